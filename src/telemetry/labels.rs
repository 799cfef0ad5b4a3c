//! Closed sets of label values, so that no metric grows a series that nobody expected.

/// How the load of one table ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Loaded,
    Skipped,
    Failed,
}

impl Outcome {
    pub fn label(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// Where messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        match self {
            Self::Visible => "visible",
            Self::InFlight => "in_flight",
            Self::Delayed => "delayed",
            Self::Dead => "dead",
            Self::Held => "held",
        }
    }
}

/// What became of one attempt to extend a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseExtension {
    Extended,
    /// It will be tried again.
    Failed,
    /// The message is, or will soon be, somebody else's.
    Lost,
}

impl LeaseExtension {
    pub fn label(self) -> &'static str {
        match self {
            Self::Extended => "extended",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}
