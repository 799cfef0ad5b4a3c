//! What an answer of S3 means, by its error code and its status: to our own requests, and to COPY, which passes it on.
//!
//! Codes are those of AWS's list [API reference of S3, "Error responses"]. Answers to HEAD have no body, and so no code.

use crate::storage::StorageErrorKind;

/// The one table of S3's answers.
pub(crate) fn meaning(code: &str, status: Option<u16>) -> StorageErrorKind {
    match code {
        "NoSuchKey" | "NoSuchVersion" => StorageErrorKind::NotFound,
        "NoSuchBucket" => StorageErrorKind::NoSuchBucket,
        // Restoring it helps, and no right does.
        "InvalidObjectState" => StorageErrorKind::Archived,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => StorageErrorKind::ExpiredKeys,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidToken"
        | "InvalidSecurity"
        | "NotSignedUp"
        | "UnrecognizedClientException" => StorageErrorKind::WrongKeys,
        "RequestTimeTooSkewed" => StorageErrorKind::WrongClock,
        // The region is a part of the signed header.
        "PermanentRedirect"
        | "Redirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => StorageErrorKind::WrongRegion,
        // 400: the client was too slow to send, which says nothing against the request.
        "RequestTimeout" => StorageErrorKind::Unavailable,
        // 307: the bucket is new, and names of hosts are still on their way.
        "TemporaryRedirect" => StorageErrorKind::Unavailable,
        "SlowDown"
        | "InternalError"
        | "ServiceUnavailable"
        | "Busy"
        | "OperationAborted"
        | "ConditionalRequestConflict"
        | "BandwidthLimitExceeded"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException" => StorageErrorKind::Unavailable,
        "AccessDenied" | "AccountProblem" | "AllAccessDisabled" => StorageErrorKind::Denied,
        _ => by_status(status),
    }
}

fn by_status(status: Option<u16>) -> StorageErrorKind {
    match status {
        Some(404) => StorageErrorKind::NotFound,
        Some(301) => StorageErrorKind::WrongRegion,
        Some(307 | 408 | 429) => StorageErrorKind::Unavailable,
        Some(300..=499) => StorageErrorKind::Denied,
        _ => StorageErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_more_than_its_status() {
        for (code, status, kind) in [
            ("RequestTimeout", 400, StorageErrorKind::Unavailable),
            ("ExpiredToken", 400, StorageErrorKind::ExpiredKeys),
            ("InvalidObjectState", 403, StorageErrorKind::Archived),
            ("InvalidAccessKeyId", 403, StorageErrorKind::WrongKeys),
            ("RequestTimeTooSkewed", 403, StorageErrorKind::WrongClock),
            ("AuthorizationHeaderMalformed", 400, StorageErrorKind::WrongRegion),
            ("NoSuchBucket", 404, StorageErrorKind::NoSuchBucket),
            ("OperationAborted", 409, StorageErrorKind::Unavailable),
            ("SomethingNew", 403, StorageErrorKind::Denied),
            ("SomethingNew", 503, StorageErrorKind::Unavailable),
        ] {
            assert_eq!(meaning(code, Some(status)), kind, "{code}");
        }
    }

    #[test]
    fn without_a_code_the_status_has_to_do() {
        for (status, kind) in [
            (Some(403), StorageErrorKind::Denied),
            (Some(404), StorageErrorKind::NotFound),
            (Some(301), StorageErrorKind::WrongRegion),
            (Some(429), StorageErrorKind::Unavailable),
            (Some(500), StorageErrorKind::Unavailable),
            (None, StorageErrorKind::Unavailable),
        ] {
            assert_eq!(meaning("", status), kind, "{status:?}");
        }
    }
}
