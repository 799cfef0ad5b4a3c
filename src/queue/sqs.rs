//! The queue on SQS. SDK types end here.

use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName,
};
use chrono::DateTime;
use tokio::sync::OnceCell;

use crate::aws_error::AwsError;
use crate::queue::{Message, MessageQueue, QueueDepth, QueueError, ReceiptHandle, WhyParked};

/// Half of the longest that SQS waits: a drain waits for a poll under way, and six requests a minute cost nothing.
const LONG_POLL: i32 = 10;
/// The longest visibility timeout of SQS.
const LONGEST_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// One SQS queue and, if there is one, its dead-letter queue.
pub struct Sqs {
    client: Client,
    queue_url: String,
    /// Asked for by the user; found through the queue's redrive policy otherwise.
    dead_letter_queue_url: OnceCell<String>,
}

impl Sqs {
    pub fn new(sdk_config: &SdkConfig, queue_url: String, dead_letter_queue_url: Option<String>) -> Self {
        let known = dead_letter_queue_url.map(OnceCell::from);
        Self { client: Client::new(sdk_config), queue_url, dead_letter_queue_url: known.unwrap_or_default() }
    }

    /// Looked for until there is one: an operator may add it while the daemon runs.
    async fn dead_letter_queue_url(&self) -> Result<Option<&str>, QueueError> {
        if let Some(known) = self.dead_letter_queue_url.get() {
            return Ok(Some(known));
        }
        let Some(found) = self.find_dead_letter_queue().await? else { return Ok(None) };
        Ok(Some(self.dead_letter_queue_url.get_or_init(async || found).await))
    }

    /// The redrive policy names the dead-letter queue by ARN, `arn:aws:sqs:<region>:<account>:<name>`.
    async fn find_dead_letter_queue(&self) -> Result<Option<String>, QueueError> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&self.queue_url)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .send()
            .await
            .map_err(|error| self.refused(&self.queue_url, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let policy = attributes.get(&QueueAttributeName::RedrivePolicy);
        let policy = policy.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        let arn = policy.as_ref().and_then(|policy| policy.get("deadLetterTargetArn")?.as_str());
        let mut parts = arn.unwrap_or_default().rsplit(':');
        let (Some(name), Some(account)) = (parts.next(), parts.next()) else { return Ok(None) };
        let request = self.client.get_queue_url().queue_name(name).queue_owner_aws_account_id(account);
        let answer = request.send().await.map_err(|error| self.refused(name, &error))?;
        Ok(answer.queue_url)
    }

    async fn counts(&self, queue_url: &str) -> Result<[i64; 3], QueueError> {
        const COUNTS: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let request = self
            .client
            .get_queue_attributes()
            .queue_url(queue_url)
            .set_attribute_names(Some(COUNTS.to_vec()));
        let answer = request.send().await.map_err(|error| self.refused(queue_url, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(COUNTS.map(count))
    }

    /// What an error of a request to `queue`, by URL or name, means.
    fn refused<E>(&self, queue: &str, error: &SdkError<E>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let AwsError { code, status, lacks_credentials, detail } = AwsError::of(error);
        let is_main = queue == self.queue_url;
        let queue = queue.to_owned();
        match code.as_str() {
            code if code.contains("NonExistentQueue") || code == "QueueDoesNotExist" => {
                let named_by =
                    if is_main { "QUEUE_URL" } else { "DEAD_LETTER_QUEUE_URL or the redrive policy" };
                QueueError::NoSuchQueue { queue, named_by }
            }
            code if is_lost(code) => QueueError::DeliveryLost { detail },
            code if code.contains("Throttl") || code.contains("OverLimit") => {
                QueueError::Unavailable { queue, detail }
            }
            _ if lacks_credentials || matches!(status, Some(400 | 401 | 403)) => {
                QueueError::Denied { queue, detail }
            }
            _ => QueueError::Unavailable { queue, detail },
        }
    }
}

/// The codes with which SQS says that a receipt handle is of no use any more. It also answers `InvalidParameterValue`
/// for a handle that expired, or when the twelve hours of one delivery are used up.
fn is_lost(code: &str) -> bool {
    let code = code.rsplit(['#', '.']).next().unwrap_or(code);
    matches!(
        code,
        "ReceiptHandleIsInvalid" | "MessageNotInflight" | "InvalidParameterValue" | "InvalidIdFormat"
    )
}

#[async_trait]
impl MessageQueue for Sqs {
    async fn receive(&self, max: usize, visibility_timeout: Duration) -> Result<Vec<Message>, QueueError> {
        let max = i32::try_from(max.clamp(1, 10)).expect("1 to 10 fits");
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(max)
            .wait_time_seconds(LONG_POLL)
            .visibility_timeout(whole_seconds(visibility_timeout))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp)
            .send()
            .await
            .map_err(|error| self.refused(&self.queue_url, &error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    async fn extend(&self, extensions: &[(ReceiptHandle, Duration)]) -> Vec<Result<(), QueueError>> {
        let entries = extensions.iter().enumerate().map(|(index, (delivery, timeout))| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(&delivery.0)
                .visibility_timeout(whole_seconds(*timeout))
                .build()
                .expect("an id and a receipt handle are set")
        });
        let entries = Some(entries.collect());
        let request = self.client.change_message_visibility_batch().queue_url(&self.queue_url);
        let failed = match request.set_entries(entries).send().await {
            Ok(answer) => answer.failed,
            Err(error) => return vec![Err(self.refused(&self.queue_url, &error)); extensions.len()],
        };
        let mut results = vec![Ok(()); extensions.len()];
        for entry in failed {
            if let Some(result) = entry.id.parse::<usize>().ok().and_then(|index| results.get_mut(index)) {
                *result = Err(self.entry_refused(&entry));
            }
        }
        results
    }

    async fn delete(&self, delivery: &ReceiptHandle) -> Result<(), QueueError> {
        let request = self.client.delete_message().queue_url(&self.queue_url).receipt_handle(&delivery.0);
        gone_is_fine(request.send().await.map(drop).map_err(|error| self.refused(&self.queue_url, &error)))
    }

    async fn release(&self, delivery: &ReceiptHandle, pause: Duration) -> Result<(), QueueError> {
        let request = self
            .client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(&delivery.0)
            .visibility_timeout(whole_seconds(pause));
        gone_is_fine(request.send().await.map(drop).map_err(|error| self.refused(&self.queue_url, &error)))
    }

    async fn park(&self, message: &Message, why: &WhyParked) -> Result<bool, QueueError> {
        let Some(dead_letter_queue_url) = self.dead_letter_queue_url().await? else { return Ok(false) };
        let WhyParked { reason, kind, tables, load_ids, load_errors } = why;
        let essential = [("message_id", message.id.as_str()), ("reason", reason)];
        let all = [("kind", kind), ("tables", tables), ("load_id", load_ids), ("load_errors", load_errors)];
        let all: Vec<(&str, &str)> = essential.into_iter().chain(all.map(|(n, v)| (n, v.as_str()))).collect();
        // A long body leaves no room for everything.
        if let Err(error) =
            self.send_parked(dead_letter_queue_url, &message.body, &all, LONGEST_ATTRIBUTE).await
        {
            if !matches!(error, QueueError::Refused { .. }) {
                return Err(error);
            }
            self.send_parked(dead_letter_queue_url, &message.body, &essential, SHORTENED_ATTRIBUTE).await?;
        }
        self.delete(&message.receipt_handle).await?;
        Ok(true)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        let [visible, in_flight, delayed] = self.counts(&self.queue_url).await?;
        let dead = match self.dead_letter_queue_url().await? {
            Some(url) => Some(self.counts(url).await?.iter().sum()),
            None => None,
        };
        Ok(QueueDepth { visible, in_flight, delayed, dead })
    }

    async fn send(&self, body: &str) -> Result<String, QueueError> {
        let request = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        let answer = request.send().await.map_err(|error| self.message_refused(&self.queue_url, &error))?;
        Ok(answer.message_id.unwrap_or_default())
    }
}

impl Sqs {
    async fn send_parked(
        &self,
        queue_url: &str,
        body: &str,
        attributes: &[(&str, &str)],
        longest: usize,
    ) -> Result<(), QueueError> {
        let attributes = attributes
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), attribute(value, longest)?)));
        let request = self.client.send_message().queue_url(queue_url).message_body(body);
        let sent = request.set_message_attributes(Some(attributes.collect())).send().await;
        sent.map(drop).map_err(|error| self.message_refused(queue_url, &error))
    }

    /// What an error of sending to `queue` means. The code that tells of a lost delivery elsewhere is about the message
    /// here.
    fn message_refused<E>(&self, queue: &str, error: &SdkError<E>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match self.refused(queue, error) {
            QueueError::DeliveryLost { detail } => QueueError::Refused { queue: queue.to_owned(), detail },
            QueueError::Denied { queue, detail } if is_about_the_message(error) => {
                QueueError::Refused { queue, detail }
            }
            other => other,
        }
    }

    fn entry_refused(&self, entry: &BatchResultErrorEntry) -> QueueError {
        let detail = format!("{}: {}", entry.code, entry.message.as_deref().unwrap_or_default());
        if is_lost(&entry.code) {
            QueueError::DeliveryLost { detail }
        } else {
            QueueError::Unavailable { queue: self.queue_url.clone(), detail }
        }
    }
}

fn message(raw: aws_sdk_sqs::types::Message) -> Option<Message> {
    let attributes = raw.attributes.unwrap_or_default();
    let number = |name| attributes.get(&name).and_then(|text| text.parse::<i64>().ok());
    let count = number(MessageSystemAttributeName::ApproximateReceiveCount);
    let first = number(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp);
    Some(Message {
        id: raw.message_id?,
        receipt_handle: ReceiptHandle(raw.receipt_handle?),
        body: raw.body.unwrap_or_default(),
        receive_count: count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        first_received_at: first.and_then(DateTime::from_timestamp_millis),
    })
}

fn gone_is_fine(result: Result<(), QueueError>) -> Result<(), QueueError> {
    match result {
        Err(QueueError::DeliveryLost { .. }) => Ok(()),
        other => other,
    }
}

/// SQS refuses what is too long, or has characters that it does not take.
fn is_about_the_message<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    ["InvalidMessageContents", "InvalidAttributeValue", "TooLong"].iter().any(|known| code.contains(known))
}

/// Bytes. Body and attributes share the room that SQS gives a message.
const LONGEST_ATTRIBUTE: usize = 4096;
const SHORTENED_ATTRIBUTE: usize = 256;

/// SQS takes attribute values of its own characters only, and none that is empty.
fn attribute(value: &str, longest: usize) -> Option<MessageAttributeValue> {
    let mut clean: String =
        value.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    clean.truncate(clean.floor_char_boundary(longest));
    let builder = MessageAttributeValue::builder().data_type("String").string_value(clean.as_str());
    let attribute = builder.build().expect("a data type is set");
    (!clean.is_empty()).then_some(attribute)
}

fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.min(LONGEST_VISIBILITY).as_millis().div_ceil(1000);
    i32::try_from(seconds).expect("twelve hours of seconds fit")
}

#[cfg(test)]
mod tests {
    use aws_config::credential_process::CredentialProcessProvider;
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_sqs::config::SharedCredentialsProvider;
    use aws_sdk_sqs::config::http::HttpResponse;
    use aws_sdk_sqs::error::ErrorMetadata;

    use super::*;

    const MAIN: &str = "https://sqs.eu-west-1.amazonaws.com/1/loads";
    const DEAD: &str = "https://sqs.eu-west-1.amazonaws.com/1/loads-dead";

    fn sqs() -> Sqs {
        let no_credentials = CredentialProcessProvider::new("false".to_owned());
        let sdk_config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(no_credentials));
        Sqs::new(&sdk_config.build(), MAIN.to_owned(), Some(DEAD.to_owned()))
    }

    /// What an answer of SQS about `queue` means.
    fn answered(queue: &str, status: u16, code: &str) -> QueueError {
        let meta = ErrorMetadata::builder().code(code).message("no").build();
        let response = HttpResponse::new(status.try_into().unwrap(), "".into());
        sqs().refused(queue, &SdkError::service_error(meta, response))
    }

    #[test]
    fn a_missing_queue_is_named_with_the_setting_that_names_it() {
        let code = "AWS.SimpleQueueService.NonExistentQueue";
        assert_eq!(
            answered(MAIN, 400, code).to_string(),
            format!("the queue {MAIN} does not exist; check QUEUE_URL")
        );
        assert_eq!(
            answered(DEAD, 400, code).to_string(),
            format!("the queue {DEAD} does not exist; check DEAD_LETTER_QUEUE_URL or the redrive policy")
        );
    }

    #[test]
    fn an_expired_token_is_a_matter_of_access_and_throttling_is_not() {
        let denied = QueueError::Denied { queue: DEAD.to_owned(), detail: "ExpiredToken: no".to_owned() };
        assert_eq!(answered(DEAD, 403, "ExpiredToken"), denied);
        let throttled = answered(MAIN, 400, "ThrottlingException");
        assert!(matches!(throttled, QueueError::Unavailable { .. }), "{throttled}");
    }

    #[tokio::test]
    async fn without_credentials_access_is_denied_in_one_short_line() {
        let refused = sqs().delete(&ReceiptHandle("a".to_owned())).await.unwrap_err();
        assert!(matches!(refused, QueueError::Denied { .. }), "{refused}");
        let line = refused.to_string();
        assert!(!line.contains('\n') && line.len() < 250, "{line}");
    }

    #[test]
    fn an_attribute_is_cut_between_characters_and_has_none_that_sqs_refuses() {
        let value = |text: &str, longest| attribute(text, longest).and_then(|made| made.string_value);
        assert_eq!(value("a\u{1}b\u{ffff}ä", 3).as_deref(), Some("ab"));
        assert_eq!(value("aä", 3).as_deref(), Some("aä"));
        assert_eq!(value("\n", 9), None);
    }

    #[test]
    fn a_refused_message_is_not_taken_for_a_lost_delivery() {
        let meta = ErrorMetadata::builder().code("InvalidParameterValue").message("too long").build();
        let response = HttpResponse::new(400.try_into().unwrap(), "".into());
        let refused = sqs().message_refused(DEAD, &SdkError::service_error(meta, response));
        assert!(matches!(refused, QueueError::Refused { .. }), "{refused}");
    }

    #[test]
    fn a_message_knows_when_it_was_first_received() {
        let raw = aws_sdk_sqs::types::Message::builder().message_id("m").receipt_handle("r");
        let told = raw
            .clone()
            .attributes(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp, "1435708800123");
        let first = message(told.build()).unwrap().first_received_at.unwrap();
        assert_eq!(first.to_rfc3339(), "2015-07-01T00:00:00.123+00:00");
        assert_eq!(message(raw.build()).unwrap().first_received_at, None);
    }
}
