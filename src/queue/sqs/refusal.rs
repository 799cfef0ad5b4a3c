//! What SQS means when it refuses a request.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::BatchResultErrorEntry;

use crate::aws_error::AwsError;
use crate::queue::QueueError;

/// The queue that a request went to, as errors name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct AskedQueue<'a> {
    /// Its URL, or its name while that is all that is known.
    pub(super) name: &'a str,
    /// The settings that name it.
    named_by: &'static str,
}

impl<'a> AskedQueue<'a> {
    pub(super) fn main(name: &'a str) -> Self {
        Self { name, named_by: "QUEUE_URL" }
    }

    pub(super) fn dead_letter(name: &'a str) -> Self {
        Self { name, named_by: "DEAD_LETTER_QUEUE_URL or the redrive policy" }
    }

    /// What an error of a request about this queue or its deliveries means.
    pub(super) fn refused<E>(self, error: &SdkError<E>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let AwsError { code, status, lacks_credentials, detail } = AwsError::of(error);
        let queue = self.name.to_owned();
        match code.as_str() {
            code if code.contains("NonExistentQueue") || code == "QueueDoesNotExist" => {
                QueueError::NoSuchQueue { queue, named_by: self.named_by }
            }
            code if is_expired_handle(code) => QueueError::ReceiptHandleExpired { detail },
            code if code.contains("Throttl") || code.contains("OverLimit") => {
                QueueError::Unavailable { queue, detail }
            }
            _ if lacks_credentials || matches!(status, Some(400 | 401 | 403)) => {
                QueueError::Denied { queue, detail }
            }
            _ => QueueError::Unavailable { queue, detail },
        }
    }

    /// What an error of sending a message to this queue means. The code that tells of an expired receipt handle elsewhere is about
    /// the message here.
    pub(super) fn message_refused<E>(self, error: &SdkError<E>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match self.refused(error) {
            QueueError::ReceiptHandleExpired { detail } => {
                QueueError::Refused { queue: self.name.to_owned(), detail }
            }
            QueueError::Denied { queue, detail } if is_about_the_message(error) => {
                QueueError::Refused { queue, detail }
            }
            other => other,
        }
    }

    /// Of an entry of a batch that is not among those which the answer says were accepted.
    pub(super) fn left_out(self) -> QueueError {
        let detail = "it did not accept this entry of a batch".to_owned();
        QueueError::Unavailable { queue: self.name.to_owned(), detail }
    }

    /// What one failed entry of a batch about deliveries means.
    pub(super) fn entry_refused(self, entry: &BatchResultErrorEntry) -> QueueError {
        let detail = format!("{}: {}", entry.code, entry.message.as_deref().unwrap_or_default());
        if is_expired_handle(&entry.code) {
            QueueError::ReceiptHandleExpired { detail }
        } else {
            QueueError::Unavailable { queue: self.name.to_owned(), detail }
        }
    }
}

/// The codes with which SQS says that a receipt handle is of no use any more. It also answers `InvalidParameterValue`
/// for a handle that expired, or when the twelve hours of one delivery are used up.
fn is_expired_handle(code: &str) -> bool {
    let code = code.rsplit(['#', '.']).next().unwrap_or(code);
    matches!(
        code,
        "ReceiptHandleIsInvalid" | "MessageNotInflight" | "InvalidParameterValue" | "InvalidIdFormat"
    )
}

/// SQS refuses what is too long, has characters that it does not take, or lacks the group or deduplication id that a
/// FIFO queue asks for.
fn is_about_the_message<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    const KNOWN: [&str; 7] = [
        "InvalidMessageContents",
        "InvalidAttributeValue",
        "TooLong",
        "MissingParameter",
        "InvalidParameter",
        "ValidationError",
        "UnsupportedOperation",
    ];
    KNOWN.iter().any(|known| code.contains(known))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::config::http::HttpResponse;
    use aws_sdk_sqs::error::ErrorMetadata;

    use super::*;

    const MAIN: AskedQueue<'_> =
        AskedQueue { name: "https://sqs.eu-west-1.amazonaws.com/1/loads", named_by: "QUEUE_URL" };

    fn error(status: u16, code: &str) -> SdkError<ErrorMetadata> {
        let meta = ErrorMetadata::builder().code(code).message("no").build();
        let response = HttpResponse::new(status.try_into().unwrap(), "".into());
        SdkError::service_error(meta, response)
    }

    #[test]
    fn a_missing_queue_is_named_with_the_setting_that_names_it() {
        let missing = error(400, "AWS.SimpleQueueService.NonExistentQueue");
        assert_eq!(
            AskedQueue::main("loads").refused(&missing).to_string(),
            "the queue loads does not exist; check QUEUE_URL"
        );
        assert_eq!(
            AskedQueue::dead_letter("loads-dead").refused(&missing).to_string(),
            "the queue loads-dead does not exist; check DEAD_LETTER_QUEUE_URL or the redrive policy"
        );
    }

    #[test]
    fn an_expired_token_is_a_matter_of_access_and_throttling_is_not() {
        let expired = MAIN.refused(&error(403, "ExpiredToken"));
        assert!(matches!(expired, QueueError::Denied { .. }), "{expired}");
        let throttled = MAIN.refused(&error(400, "ThrottlingException"));
        assert!(matches!(throttled, QueueError::Unavailable { .. }), "{throttled}");
    }

    #[test]
    fn a_refused_message_is_not_taken_for_an_expired_receipt_handle() {
        let too_long = error(400, "InvalidParameterValue");
        assert!(matches!(MAIN.refused(&too_long), QueueError::ReceiptHandleExpired { .. }));
        let refused = MAIN.message_refused(&too_long);
        assert!(matches!(refused, QueueError::Refused { .. }), "{refused}");
    }

    #[test]
    fn a_message_without_a_group_is_not_taken_for_a_lack_of_rights() {
        for code in ["MissingParameter", "InvalidParameterCombination", "com.amazonaws.sqs#MissingParameter"]
        {
            let refused = MAIN.message_refused(&error(400, code));
            assert!(matches!(refused, QueueError::Refused { .. }), "{code}: {refused}");
        }
        let denied = MAIN.message_refused(&error(400, "AccessDeniedException"));
        assert!(matches!(denied, QueueError::Denied { .. }), "{denied}");
    }
}
