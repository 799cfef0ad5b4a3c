//! Sees what is in the dead-letter queue: holds all of it, and gives it back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use indexmap::IndexMap;
use tokio::time::Instant;

use crate::queue::dead_letter::DeadLetter;
use crate::queue::sqs::Sqs;
use crate::queue::sqs::redrive::SIDE_BY_SIDE;
use crate::queue::{MessageQueue, QueueError};

/// While others are received; who is killed meanwhile gives nothing back, and then it comes back by itself.
pub(super) const HOLD: Duration = Duration::from_secs(120);
/// Much shorter, so that all are still held at the end.
const LONGEST_LOOK: Duration = Duration::from_secs(45);
/// As many as memory holds, with their bodies.
const MOST: usize = 100_000;
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// What was seen, and is held.
pub(super) struct Seen {
    /// Those parked first come first.
    pub(super) letters: Vec<DeadLetter>,
    /// Whether there were no others, as far as the queue counts them.
    pub(super) are_all: bool,
}

/// The messages of the dead-letter queue at `url`, which nobody holds any more.
pub(super) async fn look(queue: &Sqs, url: &str) -> Result<Seen, QueueError> {
    let seen = hold(queue, url).await?;
    give_back(queue, url, &seen.letters).await?;
    Ok(seen)
}

/// Holds every message until the last one was received, so that each comes once. After an error nothing is held.
pub(super) async fn hold(queue: &Sqs, url: &str) -> Result<Seen, QueueError> {
    let held = Mutex::default();
    let start = Instant::now();
    let received = try_join_all((0..SIDE_BY_SIDE).map(|_| receive_all(queue, url, &held, start))).await;
    // They are counted while they are held: whether in flight or not, each counts.
    let count = match received {
        Ok(_) => queue.dead_letters().await,
        Err(error) => Err(error),
    };
    let held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut letters: Vec<DeadLetter> = held.letters.into_values().collect();
    letters.sort_by_key(|letter| letter.parked_at);
    let seen = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    match count {
        Ok(count) => Ok(Seen { are_all: count.is_none_or(|count| count <= seen), letters }),
        Err(error) => {
            // The error that is told is the first one.
            drop(give_back(queue, url, &letters).await);
            Err(error)
        }
    }
}

pub(super) async fn give_back<'a>(
    queue: &Sqs,
    url: &str,
    letters: impl IntoIterator<Item = &'a DeadLetter>,
) -> Result<(), QueueError> {
    let handles = letters.into_iter().map(|letter| letter.receipt_handle.clone()).collect();
    queue.hide(url, handles, Duration::ZERO).await
}

#[derive(Default)]
struct Held {
    letters: IndexMap<String, DeadLetter>,
    bytes: usize,
}

/// Receives until nothing comes, or enough has come.
async fn receive_all(queue: &Sqs, url: &str, held: &Mutex<Held>, start: Instant) -> Result<(), QueueError> {
    while start.elapsed() < LONGEST_LOOK {
        let received = queue.receive_dead_letters(url, HOLD).await?;
        if received.is_empty() {
            break;
        }
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        for letter in received {
            held.bytes += letter.body.len();
            // One that comes twice has its latest receipt handle.
            held.letters.insert(letter.id.clone(), letter);
        }
        if held.letters.len() >= MOST || held.bytes >= MOST_BYTES {
            break;
        }
    }
    Ok(())
}
