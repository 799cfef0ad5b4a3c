//! Redshift's words for what goes wrong with S3 (facts 1.9, 1.14).

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;

use super::grammar::location::Location;
use super::manifest::Entry;
use crate::wire::diagnosis::{detail, s3_exception};
use crate::wire::report::Report;

pub(super) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// The columnar formats need the length of each object (fact 1.9).
pub(super) fn without_length(entry: &Entry) -> Report {
    let message = "File entry does not have 'meta' key.";
    Report::error("XX000", message).with_detail(detail(message, 15_003, &entry.location.to_string(), &[]))
}

/// Redshift's own words for it are not known.
pub(super) fn wrong_length(location: &Location, said: u64, found: u64) -> Report {
    let message =
        format!("Manifest entry '{location}' says content_length {said}, but the object has {found} bytes");
    diagnosed(&message, location)
}

/// What a COPY is told that has nothing to read.
pub(crate) fn nothing_there(location: &Location) -> Report {
    diagnosed(&format!("The specified S3 prefix '{}' does not exist", location.key), location)
}

/// `S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid ...,ExtRid ...,CanRetry 1`
pub(super) fn in_redshifts_words<E>(error: &SdkError<E>) -> Report
where
    E: ProvideErrorMetadata + Error + Debug + 'static,
    SdkError<E>: RequestId,
{
    match status(error) {
        Some(status) => {
            let message = error.message().unwrap_or(if status == 403 {
                "Access Denied"
            } else {
                "S3 refused the request"
            });
            s3_exception(
                message,
                Some(status),
                error.code().unwrap_or("Unknown"),
                error.request_id().unwrap_or(""),
            )
        }
        None => interrupted(error),
    }
}

/// The connection failed, or broke off.
pub(crate) fn interrupted(error: &(dyn Error + 'static)) -> Report {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    s3_exception(&text, None, "RequestFailed", "")
}

pub(super) fn diagnosed(message: &str, location: &Location) -> Report {
    Report::error("XX000", message).with_detail(detail(message, 8001, &location.to_string(), &[]))
}
