//! A look at the file that COPY refused: what it is says more than what COPY made of it.

use crate::failure::advice::Advice;
use crate::failure::load_error::LoadError;
use crate::model::format::Compression;
use crate::model::object::ObjectUri;
use crate::model::shown::shown;
use crate::plan::LoadPlan;
use crate::plan::step::{Copy, CopySource, Step};
use crate::source::content;
use crate::source::head::unpack::unpacked;
use crate::source::head::{HEAD, UNPACKED, header};
use crate::warehouse::redshift::Redshift;

/// What COPY says of GZIP that ends early or is broken, and of BZIP2 and ZSTD too (redshift-facts 1.14).
fn is_of_unpacking(error: &LoadError) -> bool {
    error.reason.starts_with("Unknown zlib error code")
}

fn damaged(compression: Compression) -> Option<String> {
    let packed_as = compression.name();
    (compression != Compression::None).then(|| {
        format!(
            "cannot be unpacked as {packed_as} to its end: it was cut or changed on its way, or something else is behind it"
        )
    })
}

/// What explains why COPY has refused a file.
pub(super) struct OddFile {
    /// A sentence that begins with its name.
    pub(super) odd: String,
    pub(super) advice: Advice,
}

/// What is odd about the only file of the load, or about the one of the first load error; `None` when nothing is, or it cannot
/// be looked at.
pub(super) async fn what_is_odd(
    redshift: &Redshift,
    plan: &LoadPlan,
    load_errors: &[LoadError],
) -> Option<OddFile> {
    let copy = plan.transaction.iter().find_map(|step| match step {
        Step::Copy(copy) => Some(copy),
        _ => None,
    })?;
    let file = match &copy.source {
        CopySource::Object(uri) => uri.clone(),
        CopySource::Manifest(_) => ObjectUri::parse(&load_errors.first()?.file).ok()?,
    };
    let head = redshift.store.read_head(&file, HEAD).await.ok()?;
    let reading = &copy.reading;
    let fix = |clause| (clause, Advice::FixFile);
    let odd = match load_errors.first().is_some_and(is_of_unpacking) {
        // What was unpacked of it before says nothing.
        true => {
            content::odd_packing(&head, reading.compression).or_else(|| damaged(reading.compression)).map(fix)
        }
        false => content::oddity(&head, reading.format, reading.compression, reading.encoding())
            .map(fix)
            .or_else(|| names_in_first_line(&head, copy, load_errors)),
    };
    let (clause, advice) = odd?;
    Some(OddFile { odd: format!("{} {clause}", shown(&file.to_string())), advice })
}

/// That the first line, of which COPY has refused a value, holds names of columns: most of them are.
fn names_in_first_line(head: &[u8], copy: &Copy, load_errors: &[LoadError]) -> Option<(String, Advice)> {
    let reading = &copy.reading;
    if reading.ignore_header > 0
        || !reading.format.has_header()
        || !load_errors.iter().any(|error| error.line == 1)
    {
        return None;
    }
    let start = unpacked(head, reading.compression, UNPACKED).ok()?;
    let names = header::names(&start, false, 1, reading.encoding(), &reading.dialect()).ok()?;
    let is_column =
        |name: &&String| copy.columns.iter().any(|column| column.as_str() == name.to_ascii_lowercase());
    let columns = names.iter().filter(is_column).count();
    (2 * columns > names.len()).then(|| {
        (
            "has the names of columns in its first line, which COPY reads as a row".to_owned(),
            Advice::SkipHeader,
        )
    })
}
