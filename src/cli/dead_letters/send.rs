//! Sends messages back that are held, batch beside batch, each message before it is deleted from the dead-letter queue.

use std::cell::RefCell;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use indexmap::IndexMap;

use crate::cli::dead_letters::look::HOLD;
use crate::cli::dead_letters::{failed, print};
use crate::cli::{CommandError, terminal};
use crate::queue::dead_letter::DeadLetter;
use crate::queue::dead_letter::batch::batches;
use crate::queue::sqs::Sqs;
use crate::queue::sqs::redrive::SIDE_BY_SIDE;
use crate::queue::{QueueError, ReceiptHandle};

/// What became of messages that were to be sent back.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) went: usize,
    failed: usize,
    /// Why the queue takes no message at all.
    given_up: Option<QueueError>,
    /// After that.
    untried: usize,
}

impl Sent {
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    pub(super) fn verdict(&self) -> Result<ExitCode, CommandError> {
        let Self { went, failed, given_up, untried } = self;
        if *failed == 0 && *untried == 0 {
            tracing::info!("messages sent back: {went}");
            return Ok(ExitCode::SUCCESS);
        }
        let mut sentence =
            format!("messages sent back: {went}; failed, each with its reason above: {failed}");
        if let Some(why) = given_up {
            sentence.push_str(&format!("; not tried any more: {untried}, because {why}"));
        }
        Err(CommandError::Failed(sentence))
    }
}

/// Receipt handles of what is still held, by id.
type Held = RefCell<IndexMap<String, ReceiptHandle>>;

/// Sends them, one batch after another where the queue keeps an order. Those that were not sent are given back.
pub(super) async fn send(
    queue: &Sqs,
    url: &str,
    letters: Vec<DeadLetter>,
    json: bool,
    sent: &mut Sent,
) -> Result<(), CommandError> {
    let count = letters.len();
    let held = held_of(&letters);
    let side_by_side = if queue.keeps_order() { 1 } else { SIDE_BY_SIDE };
    let done = Arc::new(AtomicUsize::new(0));
    let shown = Arc::clone(&done);
    let sending =
        terminal::progress(move || format!("{} of {count} messages", shown.load(Ordering::Relaxed)));
    let outcome = {
        let (held, told) = (&held, RefCell::new(&mut *sent));
        let told = &told;
        let batches_sent = batches(letters).into_iter().map(|batch| async move {
            if told.borrow().is_given_up() {
                told.borrow_mut().untried += batch.len();
                return Ok(batch.len());
            }
            let outcomes = send_batch(queue, url, &batch).await;
            let length = batch.len();
            let told = &mut told.borrow_mut();
            terminal::beside_progress(|| tell(batch.into_iter().zip(outcomes), held, told, json))?;
            Ok::<_, std::io::Error>(length)
        });
        let all = async {
            let mut batches = stream::iter(batches_sent).buffer_unordered(side_by_side);
            while let Some(length) = batches.next().await {
                done.fetch_add(length?, Ordering::Relaxed);
            }
            Ok::<_, std::io::Error>(())
        };
        kept(held, all, HOLD / 4, async |handles| hide_again(queue, url, handles).await).await
    };
    drop(sending);
    let left = held.into_inner().into_values().collect();
    let given_back = queue.hide(url, left, Duration::ZERO).await;
    outcome?;
    given_back.map_err(failed)
}

/// Keeps messages held while somebody thinks.
pub(super) async fn while_held<T>(
    queue: &Sqs,
    url: &str,
    letters: &[DeadLetter],
    work: impl Future<Output = T>,
) -> T {
    kept(&held_of(letters), work, HOLD / 4, async |handles| hide_again(queue, url, handles).await).await
}

fn held_of(letters: &[DeadLetter]) -> Held {
    RefCell::new(letters.iter().map(|letter| (letter.id.clone(), letter.receipt_handle.clone())).collect())
}

/// The result of `work`, during which what is still held is hidden anew again and again.
async fn kept<T>(
    held: &Held,
    work: impl Future<Output = T>,
    every: Duration,
    hide: impl AsyncFn(Vec<ReceiptHandle>),
) -> T {
    let keeping = async {
        loop {
            tokio::time::sleep(every).await;
            let handles = held.borrow().values().cloned().collect();
            hide(handles).await;
        }
    };
    tokio::select! {
        biased;
        result = work => result,
        never = keeping => never,
    }
}

/// What is not hidden any more may be sent back twice, which the ledger keeps from being loaded twice.
async fn hide_again(queue: &Sqs, url: &str, handles: Vec<ReceiptHandle>) {
    if let Err(error) = queue.hide(url, handles, HOLD).await {
        tracing::warn!(%error, "messages could not be held any longer");
    }
}

/// What became of one message.
enum Outcome {
    Moved(String),
    /// It is still parked.
    NotSent(QueueError),
    /// It is in both queues.
    NotDeleted(String, QueueError),
}

/// SQS has accepted a message before it is deleted here: who is killed in between leaves it in both queues, and the ledger keeps
/// its files from being loaded twice.
async fn send_batch(queue: &Sqs, url: &str, batch: &[DeadLetter]) -> Vec<Outcome> {
    let sent = queue.send_back(batch).await;
    let accepted = batch.iter().zip(&sent).filter(|(_, sent)| sent.is_ok()).map(|(letter, _)| letter);
    let deleted = queue.delete_dead_letters(url, &accepted.collect::<Vec<_>>()).await;
    let mut deleted = deleted.into_iter();
    let outcome = |sent: Result<String, QueueError>| match sent {
        Err(error) => Outcome::NotSent(error),
        Ok(id) => match deleted.next().expect("there is an outcome for each that was sent") {
            Ok(()) => Outcome::Moved(id),
            Err(error) => Outcome::NotDeleted(id, error),
        },
    };
    sent.into_iter().map(outcome).collect()
}

fn tell(
    outcomes: impl Iterator<Item = (DeadLetter, Outcome)>,
    held: &Held,
    sent: &mut Sent,
    json: bool,
) -> std::io::Result<()> {
    for (letter, outcome) in outcomes {
        let why = match outcome {
            Outcome::Moved(id) => {
                sent.went += 1;
                held.borrow_mut().swap_remove(&letter.id);
                print::redriven(&letter, Some(&id), json)?;
                continue;
            }
            Outcome::NotSent(error) => {
                let why = format!("it is still parked: {error}");
                if !matches!(error, QueueError::Refused { .. }) {
                    sent.given_up.get_or_insert(error);
                }
                why
            }
            Outcome::NotDeleted(id, error) => {
                format!("it was sent back as {id}, and is still in the dead-letter queue too: {error}")
            }
        };
        sent.failed += 1;
        print::not_redriven(&letter, &why, json)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_not_sent_yet_is_held_for_as_long_as_the_rest_takes() {
        let handle = |name: &str| (name.to_owned(), ReceiptHandle(name.to_owned()));
        let held: Held = RefCell::new([handle("a"), handle("b")].into_iter().collect());
        let hidden = RefCell::new(Vec::new());
        let work = async {
            tokio::time::sleep(Duration::from_secs(45)).await;
            held.borrow_mut().swap_remove("a");
            tokio::time::sleep(Duration::from_secs(30)).await;
        };
        kept(&held, work, Duration::from_secs(30), async |handles| hidden.borrow_mut().push(handles.len()))
            .await;
        assert_eq!(*hidden.borrow(), [2, 1]);
    }
}
