//! Closed sets of label values, so that no metric grows a series that nobody expected.

use strum::{EnumIter, IntoStaticStr};

/// How the load of one table ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    Loaded,
    Skipped,
    Failed,
}

impl Outcome {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// Where messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MessageState {
    /// In the queue, ready to be received.
    Visible,
    /// In the queue, received by some consumer.
    InFlight,
    /// In the queue, not ready yet.
    Delayed,
    /// In the dead-letter queue.
    Dead,
    /// Received by this process and not settled yet.
    Held,
}

impl MessageState {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// How sessions with Redshift are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum SessionUse {
    /// Logged in, whether lent or not.
    Open,
    Lent,
    /// Somebody waits for one that is free or newly opened.
    Wanted,
}

impl SessionUse {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What people, or nobody's knowledge of what they want, keep from being loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum PauseScope {
    /// Every load, by a pause.
    Daemon,
    /// Every load, by a maintenance window.
    Maintenance,
    /// Every load, as nobody knows what is paused.
    Unknown,
    /// Loads of some tables, by so many pauses.
    Tables,
}

impl PauseScope {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What became of work that comes after a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AfterResult {
    Done,
    Failed,
    /// Never begun: too many tables waited, or the daemon stopped.
    Dropped,
}

impl AfterResult {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum NoticeResult {
    Sent,
    /// It was not taken, however often it was tried.
    Failed,
    /// It was never tried, or not to the end: too many waited, or the daemon stopped.
    Dropped,
}

impl NoticeResult {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What became of one event of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum EventOutcome {
    /// A rule says what is loaded.
    Routed,
    /// No rule takes its key.
    Unrouted,
    /// A rule says that it is no data.
    Ignored,
    /// A rule takes it and can make no load of it.
    Refused,
    /// A deletion, say, or a test event.
    NotData,
}

impl EventOutcome {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What became of one attempt to extend a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum LeaseExtension {
    Extended,
    /// It will be tried again.
    Failed,
    /// The message is, or will soon be, somebody else's.
    Lost,
    /// The same, as it was held for as long as SQS allows: nothing is wrong with the queue.
    Expired,
}

impl LeaseExtension {
    pub fn label(self) -> &'static str {
        self.into()
    }
}
