//! Where the queue is.

use crate::config::environment::Environment;

/// Where the queue is. Needed by `serve` and `enqueue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    pub url: String,
    /// `None`: found through the queue's redrive policy.
    pub dead_letter_url: Option<String>,
}

/// Reads what the queue needs.
pub fn read(environment: &mut Environment) -> QueueSettings {
    QueueSettings {
        url: environment.required("QUEUE_URL"),
        dead_letter_url: environment.optional("DEAD_LETTER_QUEUE_URL"),
    }
}
