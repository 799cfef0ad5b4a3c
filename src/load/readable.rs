//! Refuses, before COPY, objects that nothing can read: what S3 says of them to COPY reads like a lack of rights.

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
    let sentence = match is_being_restored {
        false => format!(
            "{uri} is archived in the storage class {class}, where nothing can read it; restore it (S3's RestoreObject), \
             and send the message again when that is done"
        ),
        true => format!(
            "{uri} is archived in the storage class {class} and is being restored; send the message again when that is \
             done"
        ),
    };
    Err(Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence))
}
