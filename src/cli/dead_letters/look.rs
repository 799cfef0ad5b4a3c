//! Sees what is in the dead-letter queue, and gives it back.

use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::Instant;

use crate::queue::dead_letter::DeadLetter;
use crate::queue::sqs::Sqs;
use crate::queue::{MessageQueue, QueueError};

/// While others are received; who is killed meanwhile gives nothing back, and then it comes back by itself.
pub(super) const HOLD: Duration = Duration::from_secs(120);
/// Much shorter, so that all are given back before.
pub(super) const LONGEST_LOOK: Duration = Duration::from_secs(45);
/// As many as memory holds with bodies of the usual size.
const MOST: usize = 10_000;

/// What was seen.
pub(super) struct Seen {
    /// Those parked first come first.
    pub(super) letters: Vec<DeadLetter>,
    /// Whether there were no others, as far as the queue counts them.
    pub(super) are_all: bool,
}

/// Holds every message until the last one was received, so that each comes once; then all are given back.
pub(super) async fn look(queue: &Sqs, url: &str) -> Result<Seen, QueueError> {
    let mut held: IndexMap<String, DeadLetter> = IndexMap::new();
    let received = receive_all(queue, url, &mut held).await;
    // They are counted while they are held: whether in flight or not, each counts.
    let count = queue.dead_letters().await;
    let mut letters: Vec<DeadLetter> = held.into_values().collect();
    let given_back = queue.give_back(url, &letters).await;
    received?;
    given_back?;
    letters.sort_by_key(|letter| letter.parked_at);
    let seen = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    Ok(Seen { are_all: count?.is_none_or(|count| count <= seen), letters })
}

async fn receive_all(
    queue: &Sqs,
    url: &str,
    held: &mut IndexMap<String, DeadLetter>,
) -> Result<(), QueueError> {
    let start = Instant::now();
    while held.len() < MOST && start.elapsed() < LONGEST_LOOK {
        let received = queue.receive_dead_letters(url, HOLD).await?;
        if received.is_empty() {
            break;
        }
        // One that comes twice has its latest receipt handle.
        held.extend(received.into_iter().map(|letter| (letter.id.clone(), letter)));
    }
    Ok(())
}
