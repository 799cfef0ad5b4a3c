//! What an error of the store means, which depends on what was asked for.

use crate::failure::{Failure, FailureKind, Stage};
use crate::storage::{Reader, StorageError, StorageErrorKind};

/// Turns an error into a failure of `stage`; `missing` is what it means that the object is not there.
pub(crate) fn failure_of(error: &StorageError, stage: Stage, missing: FailureKind) -> Failure {
    let advice = error.kind.advice(Reader::Loader);
    Failure::new(kind_of(error.kind, stage, missing), stage, error.what()).with_advice(advice)
}

/// The same for whoever has no [`StorageError`], but what COPY says of one.
pub(crate) fn kind_of(kind: StorageErrorKind, stage: Stage, missing: FailureKind) -> FailureKind {
    match kind {
        StorageErrorKind::NotFound => missing,
        StorageErrorKind::NoSuchBucket
        | StorageErrorKind::Denied
        | StorageErrorKind::WrongKeys
        | StorageErrorKind::ExpiredKeys
        | StorageErrorKind::WrongClock
        | StorageErrorKind::WrongRegion
        | StorageErrorKind::NoRegion => FailureKind::StorageDenied,
        StorageErrorKind::TooLarge | StorageErrorKind::Archived => match stage {
            Stage::Config => FailureKind::InvalidTableConfig,
            _ => FailureKind::UnusableDataFile,
        },
        StorageErrorKind::Unavailable | StorageErrorKind::Unreachable(_) => FailureKind::StorageUnavailable,
    }
}
