//! The queue: the port, SQS behind it, and the leases that keep held messages ours.

pub mod group;
pub mod dead_letter;
pub mod sqs;
pub mod lease;

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::failure::advice::Advice;
use crate::queue::group::GroupId;

/// One delivery of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same at every delivery.
    pub id: String,
    pub receipt_handle: ReceiptHandle,
    pub body: String,
    /// How often it was delivered, this time included; 1 at first.
    pub receive_count: u32,
    /// When it was delivered for the first time, as far as the queue tells.
    pub first_received_at: Option<DateTime<Utc>>,
    /// Always there in a FIFO queue; elsewhere if its producer named one.
    pub group: Option<GroupId>,
    /// The id that it had at first, as one says that was sent back from the dead-letter queue.
    pub original_id: Option<String>,
}

/// What proves that a delivery is ours; a new one comes with every delivery.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReceiptHandle(pub String);

/// Bytes of what a parked message has with it in one attribute, as JSON writes them. What is longer is cut there.
pub const LONGEST_ATTRIBUTE: usize = 4096;

/// What a parked message has with it in the dead-letter queue, an attribute each. Of a message of several tables each
/// holds one part for each failed table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhyParked {
    /// In one sentence, with what to do.
    pub reason: String,
    /// Values of the label `kind`, separated by commas.
    pub kind: String,
    /// The failed tables, separated by commas; those that it names, of a message that cannot be understood.
    pub tables: String,
    /// The failed attempts, separated by commas.
    pub load_ids: String,
    /// A JSON array of the rows that COPY refused; empty when that was not it.
    pub load_errors: String,
    /// The group of the message's first table; `None` when it could not be understood.
    pub group: Option<GroupId>,
}

/// Messages in the queue, as SQS counts them: approximately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    pub visible: i64,
    pub in_flight: i64,
    pub delayed: i64,
}

/// How a queue is set up, as far as loads depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSetup {
    pub url: String,
    pub is_fifo: bool,
    /// Deliveries after which the redrive policy moves a message to the dead-letter queue; `None` without a policy.
    pub max_receive_count: Option<u32>,
    /// How long a message is kept.
    pub retention: Option<Duration>,
    /// What the queue's clock said, in whole seconds.
    pub told_at: Option<DateTime<Utc>>,
}

/// The longest that a receive waits for messages. Why it is this short stands in `daemon/intake.rs`.
pub const LONG_POLL: Duration = Duration::from_secs(1);

/// A message queue with a visibility timeout. Transport errors were already retried below.
#[async_trait]
pub trait MessageQueue: Send + Sync {
    /// Waits for messages for [`LONG_POLL`] at most, and returns at most `max` (1 to 10), or none. What is
    /// returned is hidden from other consumers for `visibility_timeout`, whatever the queue's own setting. Dropped before
    /// it returns, it may have hidden messages that nobody has.
    async fn receive(&self, max: usize, visibility_timeout: Duration) -> Result<Vec<Message>, QueueError>;

    /// Hides up to 10 deliveries from other consumers, each for a time from now. One result for each, in order; an
    /// error says whether the receipt handle is still valid.
    async fn extend(&self, extensions: &[(ReceiptHandle, Duration)]) -> Vec<Result<(), QueueError>>;

    /// Ok means the message will not be delivered again, or was already gone.
    async fn delete(&self, handle: &ReceiptHandle) -> Result<(), QueueError>;

    /// Lets the queue deliver the message again after `pause`; Ok also when the receipt handle has expired.
    async fn release(&self, handle: &ReceiptHandle, pause: Duration) -> Result<(), QueueError>;

    /// Puts a copy of the message into the dead-letter queue with what is known about it, once with each of these bodies; then it is to be
    /// deleted. A crash in between leaves it in both, and so does an error those that were put there before; parked again within five
    /// minutes, it is still once in a dead-letter queue that is FIFO. Ok(false) when there is no dead-letter queue: nothing was done.
    async fn park(
        &self,
        message: &Message,
        bodies: &[Cow<'_, str>],
        why: &WhyParked,
    ) -> Result<bool, QueueError>;

    async fn depth(&self) -> Result<QueueDepth, QueueError>;

    /// Messages in the dead-letter queue; `None` when there is none.
    async fn dead_letters(&self) -> Result<Option<i64>, QueueError>;

    /// Puts a message of this group into the queue and returns its id. Sent twice, it is there twice.
    async fn send(&self, body: &str, group: &GroupId) -> Result<String, QueueError>;
}

/// A request to the queue that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    #[error("the queue {queue} does not exist; check {named_by}")]
    NoSuchQueue {
        queue: String,
        /// The settings that name this queue.
        named_by: &'static str,
    },
    #[error("access to the queue {queue} is denied ({detail}); {}", Advice::CheckLoadersRights)]
    Denied { queue: String, detail: String },
    /// The message is gone, or its visibility timeout ran out and another consumer may have it.
    #[error("the receipt handle has expired ({detail})")]
    ReceiptHandleExpired { detail: String },
    /// The message itself: too long, with characters that the queue does not take, or without what it asks for.
    #[error("the queue {queue} refused the message ({detail})")]
    Refused { queue: String, detail: String },
    #[error("the queue {queue} did not answer ({detail})")]
    Unavailable { queue: String, detail: String },
    /// We waited no longer.
    #[error("the queue did not answer within {}, asked to {asked_to}", humantime::format_duration(*within))]
    NoAnswer { within: Duration, asked_to: &'static str },
    /// The queue itself does not tell its redrive policy. Of the dead-letter queue this says nothing.
    #[error("the queue does not tell which its dead-letter queue is: {by_queue}")]
    DeadLetterQueueUnknown { by_queue: Box<Self> },
}
