//! Requests that S3 refused or did not answer, in the words of the port.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::aws_error::AwsError;
use crate::causes;
use crate::failure::unreachable::Unreachable;
use crate::model::object::ObjectUri;
use crate::storage::answer::meaning;
use crate::storage::{StorageError, StorageErrorKind};

/// The content ended before its end.
pub(super) fn broken_off(uri: &ObjectUri, source: &(dyn std::error::Error + 'static)) -> StorageError {
    let kind = StorageErrorKind::Unreachable(causes::unreachable(source));
    unreadable(uri, kind, causes::in_words(source))
}

pub(super) fn unreadable(uri: &ObjectUri, kind: StorageErrorKind, detail: String) -> StorageError {
    StorageError { kind, action: "read", object: uri.to_string(), detail }
}

/// HEAD has no body, so a bucket that is not there says no more than 404.
pub(super) fn missing_bucket(error: StorageError) -> StorageError {
    match error.kind {
        StorageErrorKind::NotFound => StorageError { kind: StorageErrorKind::NoSuchBucket, ..error },
        _ => error,
    }
}

/// Whichever of several listings has found it out.
pub(super) fn no_such_bucket(error: StorageError, bucket: &str) -> StorageError {
    match error.kind {
        StorageErrorKind::NoSuchBucket => {
            StorageError { action: "look up", object: format!("s3://{bucket}"), ..error }
        }
        _ => error,
    }
}

pub(super) fn refused<E>(action: &'static str, object: String, error: &SdkError<E>) -> StorageError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let AwsError { code, status, lacks_credentials, detail } = AwsError::of(error);
    let kind = match error {
        _ if lacks_credentials => StorageErrorKind::Denied,
        SdkError::TimeoutError(_) => StorageErrorKind::Unreachable(Unreachable::NoAnswer),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            StorageErrorKind::Unreachable(Unreachable::NoAnswer)
        }
        SdkError::DispatchFailure(_) => StorageErrorKind::Unreachable(causes::unreachable(error)),
        _ => meaning(&code, status),
    };
    StorageError { kind, action, object, detail }
}
