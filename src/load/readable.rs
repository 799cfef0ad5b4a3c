//! Refuses, before COPY, objects that nothing can read: what S3 says of them to COPY reads like a lack of rights.

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::object::{Access, ObjectMeta};
use crate::storage::ObjectStore;
use crate::storage::failure::failure_of;

/// Asks the object itself where the listing could not tell.
pub(super) async fn check_readable(store: &dyn ObjectStore, object: &ObjectMeta) -> Result<(), Failure> {
    let access = match &object.access {
        Access::Unclear => {
            let looked_at = store.inspect(&object.uri).await;
            looked_at.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile))?.access
        }
        known => known.clone(),
    };
    let Access::Archived { class, is_being_restored } = access else { return Ok(()) };
    let uri = &object.uri;
    let archived = format!("{uri} is archived in the storage class {class}");
    let (sentence, advice) = match is_being_restored {
        false => (format!("{archived}, where nothing can read it"), Advice::Restore),
        true => (format!("{archived} and is being restored"), Advice::AwaitRestore),
    };
    Err(Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence).advised(&advice))
}
