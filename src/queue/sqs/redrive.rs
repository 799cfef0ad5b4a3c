//! The dead-letter queue, looked at and emptied by people.

use std::time::Duration;

use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use chrono::DateTime;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::queue::dead_letter::batch::LARGEST;
use crate::queue::dead_letter::{DeadLetter, ORIGINAL_MESSAGE_ID, QueueNames};
use crate::queue::group::GroupId;
use crate::queue::sqs::deliveries::{self, put};
use crate::queue::sqs::refusal::AskedQueue;
use crate::queue::sqs::{Sqs, is_fifo, whole_seconds};
use crate::queue::{LONG_POLL, QueueError, ReceiptHandle};

/// Requests at a time: the way to SQS and back is most of the time that each takes.
pub const SIDE_BY_SIDE: usize = 8;

/// One message of a batch with what became of it.
type Outcome<T> = Result<T, QueueError>;

impl Sqs {
    /// Where dead letters are; `None` when there is no dead-letter queue.
    pub async fn dead_letters_at(&self) -> Result<Option<&str>, QueueError> {
        self.dead_letter_queue_url().await
    }

    /// The names under which messages know the queue that they came from.
    pub async fn names(&self) -> Result<QueueNames, QueueError> {
        let name = QueueAttributeName::QueueArn;
        let request = self.client.get_queue_attributes().queue_url(&self.queue_url);
        let answer = request.attribute_names(name.clone()).send().await;
        let answer = answer.map_err(|error| self.main_queue().refused(&error))?;
        let arn = answer.attributes.and_then(|mut attributes| attributes.remove(&name));
        Ok(QueueNames { url: self.queue_url.clone(), arn })
    }

    /// Whether messages of one group must go back one after another.
    pub fn keeps_order(&self) -> bool {
        is_fifo(&self.queue_url)
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
            .message_system_attribute_names(MessageSystemAttributeName::DeadLetterQueueSourceArn)
            .message_attribute_names("All");
        let answer = request.send().await.map_err(|error| AskedQueue::dead_letter(url).refused(&error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(dead_letter).collect())
    }

    /// Hides messages of the dead-letter queue at `url` for a time from now; none at all shows them to everybody again. Those for
    /// which that fails come back by themselves.
    pub async fn hide(
        &self,
        url: &str,
        handles: Vec<ReceiptHandle>,
        time: Duration,
    ) -> Result<(), QueueError> {
        let batches: Vec<Vec<ReceiptHandle>> = handles.chunks(LARGEST).map(<[_]>::to_vec).collect();
        let requests = batches.into_iter().map(|batch| async move {
            let times: Vec<(ReceiptHandle, Duration)> =
                batch.into_iter().map(|handle| (handle, time)).collect();
            // Those of a batch that could not be hidden come back by themselves.
            deliveries::hide_together(&self.client, AskedQueue::dead_letter(url), &times).await.map(drop)
        });
        stream::iter(requests).buffer_unordered(SIDE_BY_SIDE).try_collect().await
    }

    /// Sends the bodies of up to ten messages to the queue again, each with the group and the id that it had at first, and returns
    /// the new id of each, in order. In a FIFO queue a message is there once, though it is sent twice within five minutes.
    pub async fn send_back(&self, letters: &[DeadLetter]) -> Vec<Outcome<String>> {
        let mut outcomes = match self.send_together(letters).await {
            Ok(outcomes) => outcomes,
            Err(refused @ QueueError::Refused { .. }) => vec![Err(refused); letters.len()],
            Err(error) => return vec![Err(error); letters.len()],
        };
        for (letter, outcome) in letters.iter().zip(&mut outcomes) {
            if outcome.is_err() {
                // What one entry lacks, or what SQS could not do just then, is no matter of the others; and nobody below tries an
                // entry again.
                *outcome = self.send_alone(letter).await;
            }
        }
        outcomes
    }

    async fn send_together(&self, letters: &[DeadLetter]) -> Result<Vec<Outcome<String>>, QueueError> {
        let entries = letters.iter().enumerate().map(|(index, letter)| {
            let (group, deduplication_id) = self.place_of(letter);
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&letter.body)
                .set_message_group_id(group)
                .set_message_deduplication_id(deduplication_id)
                .message_attributes(ORIGINAL_MESSAGE_ID, first_id(letter))
                .build()
                .expect("an id and a body are set")
        });
        let request = self.client.send_message_batch().queue_url(&self.queue_url);
        let answer = request.set_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(|error| self.main_queue().message_refused(&error))?;
        let mut outcomes = vec![Err(self.main_queue().left_out()); letters.len()];
        for sent in answer.successful {
            put(&mut outcomes, &sent.id, Ok(sent.message_id));
        }
        Ok(outcomes)
    }

    async fn send_alone(&self, letter: &DeadLetter) -> Outcome<String> {
        let (group, deduplication_id) = self.place_of(letter);
        let request = self.client.send_message().queue_url(&self.queue_url).message_body(&letter.body);
        let request = request.set_message_group_id(group).set_message_deduplication_id(deduplication_id);
        let with_id = request.clone().message_attributes(ORIGINAL_MESSAGE_ID, first_id(letter));
        let mut sent = with_id.send().await.map_err(|error| self.main_queue().message_refused(&error));
        if matches!(sent, Err(QueueError::Refused { .. })) {
            // A body of the longest that SQS takes leaves no room for the id.
            sent = request.send().await.map_err(|error| self.main_queue().message_refused(&error));
        }
        Ok(sent?.message_id.unwrap_or_default())
    }

    /// Group and deduplication id in the queue: a FIFO queue asks for both, another is told only what the message had.
    fn place_of(&self, letter: &DeadLetter) -> (Option<String>, Option<String>) {
        let is_fifo = is_fifo(&self.queue_url);
        let own = || is_fifo.then(|| GroupId::told_by_queue(&letter.id));
        let group = letter.group.clone().or_else(own);
        (group.map(|group| group.as_str().to_owned()), is_fifo.then(|| letter.id.clone()))
    }

    /// Deletes up to ten messages. Ok means that one is gone for good.
    pub async fn delete_dead_letters(&self, url: &str, letters: &[&DeadLetter]) -> Vec<Outcome<()>> {
        let asked = AskedQueue::dead_letter(url);
        if letters.is_empty() {
            return Vec::new();
        }
        let handles: Vec<&ReceiptHandle> = letters.iter().map(|letter| &letter.receipt_handle).collect();
        deliveries::delete(&self.client, asked, &handles).await
    }
}

fn first_id(letter: &DeadLetter) -> MessageAttributeValue {
    let id = MessageAttributeValue::builder().data_type("String").string_value(letter.original_id());
    id.build().expect("a data type is set")
}

fn dead_letter(raw: aws_sdk_sqs::types::Message) -> Option<DeadLetter> {
    let mut of_system = raw.attributes.unwrap_or_default();
    let sent = of_system.get(&MessageSystemAttributeName::SentTimestamp);
    let group = of_system.get(&MessageSystemAttributeName::MessageGroupId);
    let attributes = raw.message_attributes.unwrap_or_default().into_iter();
    Some(DeadLetter {
        id: raw.message_id?,
        receipt_handle: ReceiptHandle(raw.receipt_handle?),
        body: raw.body.unwrap_or_default(),
        parked_at: sent.and_then(|text| DateTime::from_timestamp_millis(text.parse().ok()?)),
        group: group.map(|group| GroupId::told_by_queue(group)),
        moved_from: of_system.remove(&MessageSystemAttributeName::DeadLetterQueueSourceArn),
        attributes: attributes.filter_map(|(name, value)| Some((name, value.string_value?))).collect(),
    })
}
