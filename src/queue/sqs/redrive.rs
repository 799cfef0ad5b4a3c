//! The dead-letter queue, looked at and emptied by people.

use std::time::Duration;

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName,
};
use chrono::DateTime;

use crate::queue::dead_letter::{DeadLetter, ORIGINAL_MESSAGE_ID};
use crate::queue::group::GroupId;
use crate::queue::sqs::refusal::AskedQueue;
use crate::queue::sqs::{Sqs, is_fifo, whole_seconds};
use crate::queue::{LONG_POLL, QueueError, ReceiptHandle};

/// Messages in one request.
const BATCH: usize = 10;

impl Sqs {
    /// Where dead letters are; `None` when there is no dead-letter queue.
    pub async fn dead_letters_at(&self) -> Result<Option<&str>, QueueError> {
        self.dead_letter_queue_url().await
    }

    /// Up to ten messages of the dead-letter queue at `url`, or none after [`LONG_POLL`]. They are hidden from others for the time
    /// of `hold`, unless they are given back before.
    pub async fn receive_dead_letters(
        &self,
        url: &str,
        hold: Duration,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let request = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(whole_seconds(LONG_POLL))
            .visibility_timeout(whole_seconds(hold))
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .message_attribute_names("All");
        let answer = request.send().await.map_err(|error| AskedQueue::dead_letter(url).refused(&error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(dead_letter).collect())
    }

    /// Shows them to everybody again. What cannot be given back comes back by itself.
    pub async fn give_back(&self, url: &str, letters: &[DeadLetter]) -> Result<(), QueueError> {
        for batch in letters.chunks(BATCH) {
            let entries = batch.iter().enumerate().map(|(index, letter)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(&letter.receipt_handle.0)
                    .visibility_timeout(0)
                    .build()
                    .expect("an id and a receipt handle are set")
            });
            let request = self.client.change_message_visibility_batch().queue_url(url);
            let given_back = request.set_entries(Some(entries.collect())).send().await;
            given_back.map_err(|error| AskedQueue::dead_letter(url).refused(&error))?;
        }
        Ok(())
    }

    /// Sends the body to the queue again, with the group and the id that the message had at first, and returns its new id. In a FIFO queue
    /// it is there once, though it is sent twice within five minutes.
    pub async fn send_back(&self, letter: &DeadLetter) -> Result<String, QueueError> {
        match self.send_again(letter, true).await {
            // A body of the longest that SQS takes leaves no room for it.
            Err(QueueError::Refused { .. }) => self.send_again(letter, false).await,
            sent => sent,
        }
    }

    async fn send_again(&self, letter: &DeadLetter, with_id: bool) -> Result<String, QueueError> {
        let id = MessageAttributeValue::builder().data_type("String").string_value(letter.original_id());
        let id = id.build().expect("a data type is set");
        let mut group = letter.group.clone();
        let mut request = self.client.send_message().queue_url(&self.queue_url).message_body(&letter.body);
        if is_fifo(&self.queue_url) {
            group = group.or_else(|| Some(GroupId::told_by_queue(&letter.id)));
            request = request.message_deduplication_id(&letter.id);
        }
        request = request.set_message_group_id(group.map(|group| group.as_str().to_owned()));
        if with_id {
            request = request.message_attributes(ORIGINAL_MESSAGE_ID, id);
        }
        let answer = request.send().await.map_err(|error| self.main_queue().message_refused(&error))?;
        Ok(answer.message_id.unwrap_or_default())
    }

    /// Ok means that it is gone for good.
    pub async fn delete_dead_letter(&self, url: &str, letter: &DeadLetter) -> Result<(), QueueError> {
        let request = self.client.delete_message().queue_url(url).receipt_handle(&letter.receipt_handle.0);
        let deleted = request.send().await;
        deleted.map(drop).map_err(|error| AskedQueue::dead_letter(url).refused(&error))
    }
}

fn dead_letter(raw: aws_sdk_sqs::types::Message) -> Option<DeadLetter> {
    let of_system = raw.attributes.unwrap_or_default();
    let sent = of_system.get(&MessageSystemAttributeName::SentTimestamp);
    let group = of_system.get(&MessageSystemAttributeName::MessageGroupId);
    let attributes = raw.message_attributes.unwrap_or_default().into_iter();
    Some(DeadLetter {
        id: raw.message_id?,
        receipt_handle: ReceiptHandle(raw.receipt_handle?),
        body: raw.body.unwrap_or_default(),
        parked_at: sent.and_then(|text| DateTime::from_timestamp_millis(text.parse().ok()?)),
        group: group.map(|group| GroupId::told_by_queue(group)),
        attributes: attributes.filter_map(|(name, value)| Some((name, value.string_value?))).collect(),
    })
}
