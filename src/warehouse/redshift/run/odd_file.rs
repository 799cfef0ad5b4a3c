//! A look at the file that COPY refused: what it is says more than what COPY made of it.

use crate::failure::load_error::LoadError;
use crate::model::format::Compression;
use crate::model::object::ObjectUri;
use crate::model::shown::shown;
use crate::plan::LoadPlan;
use crate::plan::step::{CopySource, Step};
use crate::source::content;
use crate::source::head::HEAD;
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

/// What is odd about the only file of the load, or about the one of the first load error, with its name; `None` when
/// nothing is, or it cannot be looked at.
pub(super) async fn what_is_odd(
    redshift: &Redshift,
    plan: &LoadPlan,
    load_errors: &[LoadError],
) -> Option<String> {
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
    let odd = match load_errors.first().is_some_and(is_of_unpacking) {
        // What was unpacked of it before says nothing.
        true => content::odd_packing(&head, reading.compression).or_else(|| damaged(reading.compression)),
        false => content::oddity(&head, reading.format, reading.compression, reading.encoding()),
    };
    Some(format!("{} {}", shown(&file.to_string()), odd?))
}
