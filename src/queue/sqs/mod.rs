//! The queue on SQS. SDK types end here.

mod batcher;
mod dead_letters;
mod deliveries;
mod refusal;
mod setup;
pub mod redrive;

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use chrono::DateTime;
use futures_util::FutureExt;

use crate::aws_calls::AwsCalls;
use crate::queue::dead_letter::{MESSAGE_ID, ORIGINAL_MESSAGE_ID, QUEUE_URL};
use crate::queue::group::GroupId;
use crate::queue::sqs::batcher::Batcher;
use crate::queue::sqs::dead_letters::DeadLetters;
use crate::queue::sqs::refusal::AskedQueue;
use crate::queue::{LONG_POLL, Message, MessageQueue, QueueDepth, QueueError, ReceiptHandle, WhyParked};

/// The longest visibility timeout of SQS.
const LONGEST_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// One SQS queue and, if there is one, its dead-letter queue.
pub struct Sqs {
    client: Client,
    queue_url: String,
    dead_letters: DeadLetters,
    deletes: Batcher<ReceiptHandle>,
    releases: Batcher<(ReceiptHandle, Duration)>,
}

impl Sqs {
    /// `dead_letter_queue_url` is looked for in the redrive policy when it is not given.
    pub fn new(
        sdk_config: &SdkConfig,
        queue_url: String,
        dead_letter_queue_url: Option<String>,
        calls: &AwsCalls,
    ) -> Self {
        let dead_letters = DeadLetters::new(dead_letter_queue_url);
        let config = aws_sdk_sqs::config::Builder::from(sdk_config).interceptor(calls.clone());
        let client = Client::from_conf(config.build());
        let (deletes, releases) =
            (deletes(client.clone(), queue_url.clone()), releases(client.clone(), queue_url.clone()));
        Self { client, queue_url, dead_letters, deletes, releases }
    }

    async fn dead_letter_queue_url(&self) -> Result<Option<&str>, QueueError> {
        self.dead_letters.url(&self.client, &self.queue_url).await
    }

    /// Visible, in flight and delayed messages.
    async fn counts(&self, asked: AskedQueue<'_>) -> Result<[i64; 3], QueueError> {
        const COUNTS: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let request = self
            .client
            .get_queue_attributes()
            .queue_url(asked.name)
            .set_attribute_names(Some(COUNTS.to_vec()));
        let answer = request.send().await.map_err(|error| asked.refused(&error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(COUNTS.map(count))
    }

    fn main_queue(&self) -> AskedQueue<'_> {
        AskedQueue::main(&self.queue_url)
    }
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
            .wait_time_seconds(whole_seconds(LONG_POLL))
            .visibility_timeout(whole_seconds(visibility_timeout))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .message_attribute_names(ORIGINAL_MESSAGE_ID)
            .message_attribute_names(MESSAGE_ID)
            .message_attribute_names(QUEUE_URL)
            .send()
            .await
            .map_err(|error| self.main_queue().refused(&error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    async fn extend(&self, extensions: &[(ReceiptHandle, Duration)]) -> Vec<Result<(), QueueError>> {
        let together = deliveries::hide_together(&self.client, self.main_queue(), extensions).await;
        together.unwrap_or_else(|error| vec![Err(error); extensions.len()])
    }

    async fn delete(&self, handle: &ReceiptHandle) -> Result<(), QueueError> {
        let answer = self.deletes.ask(handle.clone()).await;
        gone_is_fine(answer.unwrap_or_else(|| Err(self.main_queue().left_out())))
    }

    async fn release(&self, handle: &ReceiptHandle, pause: Duration) -> Result<(), QueueError> {
        let answer = self.releases.ask((handle.clone(), pause)).await;
        gone_is_fine(answer.unwrap_or_else(|| Err(self.main_queue().left_out())))
    }

    async fn park(
        &self,
        message: &Message,
        bodies: &[Cow<'_, str>],
        why: &WhyParked,
    ) -> Result<bool, QueueError> {
        let Some(dead_letter_queue_url) = self.dead_letter_queue_url().await? else { return Ok(false) };
        dead_letters::send(&self.client, dead_letter_queue_url, &self.queue_url, (message, bodies), why)
            .await?;
        Ok(true)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        let [visible, in_flight, delayed] = self.counts(self.main_queue()).await?;
        Ok(QueueDepth { visible, in_flight, delayed })
    }

    async fn dead_letters(&self) -> Result<Option<i64>, QueueError> {
        let Some(url) = self.dead_letter_queue_url().await? else { return Ok(None) };
        Ok(Some(self.counts(AskedQueue::dead_letter(url)).await?.iter().sum()))
    }

    async fn send(&self, body: &str, group: &GroupId) -> Result<String, QueueError> {
        let request = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        let mut request = request.message_group_id(group.as_str());
        if is_fifo(&self.queue_url) {
            // An id of its own for each call: the SDK's repetitions of this one are one message, and what is sent again
            // on purpose arrives again.
            request = request.message_deduplication_id(uuid::Uuid::now_v7().to_string());
        }
        let answer = request.send().await.map_err(|error| self.main_queue().message_refused(&error))?;
        Ok(answer.message_id.unwrap_or_default())
    }
}

fn deletes(client: Client, queue_url: String) -> Batcher<ReceiptHandle> {
    Batcher::new(move |handles: Vec<ReceiptHandle>| {
        let (client, queue_url) = (client.clone(), queue_url.clone());
        async move {
            let handles: Vec<&ReceiptHandle> = handles.iter().collect();
            deliveries::delete(&client, AskedQueue::main(&queue_url), &handles).await
        }
        .boxed()
    })
}

fn releases(client: Client, queue_url: String) -> Batcher<(ReceiptHandle, Duration)> {
    Batcher::new(move |pauses: Vec<(ReceiptHandle, Duration)>| {
        let (client, queue_url) = (client.clone(), queue_url.clone());
        async move { deliveries::release(&client, AskedQueue::main(&queue_url), &pauses).await }.boxed()
    })
}

fn message(raw: aws_sdk_sqs::types::Message) -> Option<Message> {
    let attributes = raw.attributes.unwrap_or_default();
    let number = |name| attributes.get(&name).and_then(|text| text.parse::<i64>().ok());
    let count = number(MessageSystemAttributeName::ApproximateReceiveCount);
    let first = number(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp);
    let mut of_sender = raw.message_attributes.unwrap_or_default();
    let mut attribute = |name: &str| of_sender.remove(name)?.string_value;
    // SQS's own redrive gives a message a new id, and leaves it what it was parked with.
    let parked_as = attribute(QUEUE_URL).and_then(|_| attribute(MESSAGE_ID));
    Some(Message {
        id: raw.message_id?,
        receipt_handle: ReceiptHandle(raw.receipt_handle?),
        body: raw.body.unwrap_or_default(),
        receive_count: count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        first_received_at: first.and_then(DateTime::from_timestamp_millis),
        group: attributes
            .get(&MessageSystemAttributeName::MessageGroupId)
            .map(|group| GroupId::told_by_queue(group)),
        original_id: attribute(ORIGINAL_MESSAGE_ID).or(parked_as),
    })
}

/// The name of a FIFO queue ends so, and no other's does (API reference of `CreateQueue`).
fn is_fifo(queue_url: &str) -> bool {
    queue_url.ends_with(".fifo")
}

fn gone_is_fine(result: Result<(), QueueError>) -> Result<(), QueueError> {
    match result {
        Err(QueueError::ReceiptHandleExpired { .. }) => Ok(()),
        other => other,
    }
}

fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.min(LONGEST_VISIBILITY).as_millis().div_ceil(1000);
    i32::try_from(seconds).expect("twelve hours of seconds fit")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_config::credential_process::CredentialProcessProvider;
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_sqs::config::SharedCredentialsProvider;
    use aws_sdk_sqs::types::MessageAttributeValue;

    use super::*;

    fn without_credentials() -> Sqs {
        let no_credentials = CredentialProcessProvider::new("false".to_owned());
        let sdk_config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(no_credentials));
        let queue_url = "https://sqs.eu-west-1.amazonaws.com/1/loads".to_owned();
        Sqs::new(&sdk_config.build(), queue_url, None, &AwsCalls::counted_in(Arc::default()))
    }

    #[tokio::test]
    async fn without_credentials_access_is_denied_in_one_short_line() {
        let refused = without_credentials().delete(&ReceiptHandle("a".to_owned())).await.unwrap_err();
        assert!(matches!(refused, QueueError::Denied { .. }), "{refused}");
        let line = refused.to_string();
        assert!(!line.contains('\n') && line.len() < 250, "{line}");
    }

    #[tokio::test]
    async fn a_queue_that_does_not_tell_its_redrive_policy_is_not_taken_for_its_dead_letter_queue() {
        let unknown = without_credentials().dead_letters().await.unwrap_err();
        assert!(matches!(unknown, QueueError::DeadLetterQueueUnknown { .. }), "{unknown}");
        assert!(
            unknown
                .to_string()
                .contains("does not tell which its dead-letter queue is: access to the queue https://sqs"),
            "{unknown}"
        );
    }

    #[test]
    fn a_message_keeps_its_first_id_whoever_sends_it_back() {
        let first_id = |attributes: &[(&str, &str)]| {
            let mut raw = aws_sdk_sqs::types::Message::builder().message_id("m").receipt_handle("r");
            for (name, value) in attributes {
                let value = MessageAttributeValue::builder().data_type("String").string_value(*value);
                raw = raw.message_attributes(*name, value.build().unwrap());
            }
            message(raw.build()).unwrap().original_id
        };
        let by_sqs = [("message_id", "parked"), ("queue_url", "https://host/1/loads")];
        assert_eq!(first_id(&by_sqs).as_deref(), Some("parked"));
        let again = [by_sqs.as_slice(), &[("original_message_id", "first")]].concat();
        assert_eq!(first_id(&again).as_deref(), Some("first"));
        assert_eq!(first_id(&[("message_id", "its producer's own")]), None);
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
