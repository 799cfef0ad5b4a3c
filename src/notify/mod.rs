//! Notices: what became of each table of a message, told to whoever listens at `NOTIFY_URL`.
//!
//! Nothing waits for a notice: what cannot be sent in time is counted and dropped, as the ledger knows what was loaded and
//! the dead-letter queue what was not.

pub mod notice;
pub mod outbox;
pub mod sns;
pub mod sqs;

use async_trait::async_trait;

use crate::notify::notice::Notice;

/// Where notices go.
#[async_trait]
pub trait NoticeSink: Send + Sync {
    /// Ok when it has arrived there; it may have after an error, too. Ends within [`LONGEST_SEND`](outbox::LONGEST_SEND),
    /// transport errors retried within that time.
    ///
    /// # Errors
    /// Why it was not taken, as one line for people.
    async fn send(&self, notice: &Notice) -> Result<(), String>;

    /// How many may be sent side by side; one where they have an order.
    fn at_once(&self) -> usize;
}

/// The names of FIFO topics and queues end so, and no others do.
fn is_fifo(address: &str) -> bool {
    address.ends_with(".fifo")
}

/// Side by side to a place that knows no order.
const AT_ONCE: usize = 4;

fn at_once(address: &str) -> usize {
    if is_fifo(address) { 1 } else { AT_ONCE }
}
