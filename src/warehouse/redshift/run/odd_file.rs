//! A look at the file that COPY refused: what it is says more than what COPY made of it.

use crate::failure::load_error::LoadError;
use crate::model::object::ObjectUri;
use crate::model::shown::shown;
use crate::plan::LoadPlan;
use crate::plan::step::{CopySource, Step};
use crate::source::content;
use crate::source::head::HEAD;
use crate::warehouse::redshift::Redshift;

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
    let oddity = content::oddity(&head, copy.reading.format, copy.reading.compression)?;
    Some(format!("{} {oddity}", shown(&file.to_string())))
}
