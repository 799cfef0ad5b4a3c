//! What an error of the store means, which depends on what was asked for.

use crate::failure::{Failure, FailureKind, Stage};
use crate::storage::{StorageError, StorageErrorKind};

/// Turns an error into a failure of `stage`; `missing` is what it means that the object is not there.
pub(crate) fn failure_of(error: &StorageError, stage: Stage, missing: FailureKind) -> Failure {
    let kind = match error.kind {
        StorageErrorKind::NotFound => missing,
        StorageErrorKind::NoSuchBucket | StorageErrorKind::Denied => FailureKind::StorageDenied,
        StorageErrorKind::TooLarge | StorageErrorKind::Archived => match stage {
            Stage::Config => FailureKind::InvalidTableConfig,
            _ => FailureKind::UnusableDataFile,
        },
        StorageErrorKind::Unavailable => FailureKind::StorageUnavailable,
    };
    Failure::new(kind, stage, error.to_string())
}
