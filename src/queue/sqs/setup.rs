//! What the queues say of themselves, and when: for `check`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::types::QueueAttributeName;
use chrono::{DateTime, Utc};

use crate::queue::group::GroupId;
use crate::queue::sqs::dead_letters::redrive_policy;
use crate::queue::sqs::refusal::AskedQueue;
use crate::queue::sqs::{Sqs, is_fifo};
use crate::queue::{QueueError, QueueSetup};

impl Sqs {
    pub async fn setup(&self) -> Result<QueueSetup, QueueError> {
        self.setup_of(self.main_queue()).await
    }

    /// The same of the dead-letter queue; `None` when there is none.
    pub async fn dead_letter_setup(&self) -> Result<Option<QueueSetup>, QueueError> {
        let Some(url) = self.dead_letter_queue_url().await? else { return Ok(None) };
        self.setup_of(AskedQueue::dead_letter(url)).await.map(Some)
    }

    /// Ok unless the dead-letter queue at this URL says that it takes no messages of ours. It is sent one without a body, which
    /// no queue of SQS takes: only why it refuses that is of interest. True when it was taken all the same.
    pub async fn may_park(&self, url: &str) -> Result<bool, QueueError> {
        let group = is_fifo(url).then(|| GroupId::told_by_queue("check"));
        let request = self.client.send_message().queue_url(url).message_body("");
        let request = request.set_message_group_id(group.map(|group| group.as_str().to_owned()));
        match request.send().await.map_err(|error| AskedQueue::dead_letter(url).message_refused(&error)) {
            Ok(_) => Ok(true),
            Err(QueueError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn setup_of(&self, asked: AskedQueue<'_>) -> Result<QueueSetup, QueueError> {
        let date = DateOfAnswer::default();
        let request = self
            .client
            .get_queue_attributes()
            .queue_url(asked.name)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .attribute_names(QueueAttributeName::MessageRetentionPeriod);
        let answer = request.customize().interceptor(date.clone()).send().await;
        let attributes = answer.map_err(|error| asked.refused(&error))?.attributes.unwrap_or_default();
        // AWS's examples have it as text and as a number.
        let deliveries = redrive_policy(&attributes).and_then(|policy| {
            let count = policy.get("maxReceiveCount")?;
            count.as_u64().or_else(|| count.as_str()?.parse().ok())
        });
        let retention = attributes.get(&QueueAttributeName::MessageRetentionPeriod);
        Ok(QueueSetup {
            url: asked.name.to_owned(),
            is_fifo: is_fifo(asked.name),
            max_receive_count: deliveries.and_then(|count| u32::try_from(count).ok()),
            retention: retention.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs),
            told_at: date.told(),
        })
    }
}

/// Keeps the header `Date` of an answer, which the SDK does not hand out.
#[derive(Debug, Clone, Default)]
struct DateOfAnswer(Arc<Mutex<Option<DateTime<Utc>>>>);

impl DateOfAnswer {
    fn told(&self) -> Option<DateTime<Utc>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for DateOfAnswer {
    fn name(&self) -> &'static str {
        "DateOfAnswer"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date.map(|date| date.to_utc());
        Ok(())
    }
}
