//! Gathers requests about one delivery each into batches: ten thousand settled messages are a thousand requests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::queue::QueueError;

/// As many as one batch request takes.
pub(super) const LARGEST: usize = 10;
/// How long a request waits for others, far less than its way to SQS and back takes.
const LINGER: Duration = Duration::from_millis(5);

type Answer = Result<(), QueueError>;
type Send<T> = Box<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<Answer>> + std::marker::Send + Sync>;

/// Gathers what is asked for at about the same time. Cheap to clone.
pub(super) struct Batcher<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    /// Sends up to [`LARGEST`] together and has an answer for each, in order.
    send: Send<T>,
    waiting: Mutex<Vec<(T, oneshot::Sender<Answer>)>>,
    /// Each is awaited by those whose requests it sends.
    tasks: TaskTracker,
}

impl<T: std::marker::Send + 'static> Batcher<T> {
    pub(super) fn new(
        send: impl Fn(Vec<T>) -> BoxFuture<'static, Vec<Answer>> + std::marker::Send + Sync + 'static,
    ) -> Self {
        let shared = Shared { send: Box::new(send), waiting: Mutex::default(), tasks: TaskTracker::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Asks along with others, and returns its own answer; `None` when whoever asked did not come to an end. What was asked is
    /// sent also when nobody waits for the answer any more.
    pub(super) async fn ask(&self, request: T) -> Option<Answer> {
        let (teller, told) = oneshot::channel();
        let (count, full) = {
            let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push((request, teller));
            let full = (waiting.len() == LARGEST).then(|| std::mem::take(&mut *waiting));
            (waiting.len(), full)
        };
        let shared = Arc::clone(&self.shared);
        if let Some(batch) = full {
            self.shared.tasks.spawn(async move { shared.carry_out(batch).await });
        } else if count == 1 {
            self.shared.tasks.spawn(async move {
                tokio::time::sleep(LINGER).await;
                let waiting =
                    std::mem::take(&mut *shared.waiting.lock().unwrap_or_else(PoisonError::into_inner));
                shared.carry_out(waiting).await;
            });
        }
        told.await.ok()
    }
}

impl<T> Shared<T> {
    async fn carry_out(&self, batch: Vec<(T, oneshot::Sender<Answer>)>) {
        // Those that it was to send have gone along with others that made ten.
        if batch.is_empty() {
            return;
        }
        let (requests, tellers): (Vec<T>, Vec<oneshot::Sender<Answer>>) = batch.into_iter().unzip();
        for (teller, answer) in tellers.into_iter().zip((self.send)(requests).await) {
            // Who has gone needs not be told.
            drop(teller.send(answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::join_all;

    use super::*;

    /// The entries of each request.
    type Asked = Arc<Mutex<Vec<Vec<u32>>>>;

    /// A batcher that remembers what it has sent together, and refuses odd numbers.
    fn remembering() -> (Batcher<u32>, Asked) {
        let sent = Asked::default();
        let seen = Arc::clone(&sent);
        let batcher = Batcher::new(move |batch: Vec<u32>| {
            let answers = batch.iter().map(|number| match number % 2 {
                0 => Ok(()),
                _ => Err(QueueError::ReceiptHandleExpired { detail: number.to_string() }),
            });
            let answers = answers.collect();
            seen.lock().unwrap().push(batch);
            async move { answers }.boxed()
        });
        (batcher, sent)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_at_once_is_sent_in_tens_and_each_has_its_own_answer() {
        let (batcher, sent) = remembering();
        let answers = join_all((0..25).map(|number| batcher.ask(number))).await;
        for (number, answer) in (0..25).zip(answers) {
            assert_eq!(answer.unwrap().is_ok(), number % 2 == 0, "{number}");
        }
        let mut sizes: Vec<usize> = sent.lock().unwrap().iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [5, 10, 10]);
        assert_eq!(sent.lock().unwrap().concat().len(), 25, "none twice");
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_later_is_sent_by_itself() {
        let (batcher, sent) = remembering();
        batcher.ask(2).await;
        batcher.ask(4).await;
        assert_eq!(*sent.lock().unwrap(), [[2], [4]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_sent_though_who_asked_has_gone() {
        let (batcher, sent) = remembering();
        assert!(batcher.ask(2).now_or_never().is_none());
        assert_eq!(batcher.ask(4).await, Some(Ok(())));
        assert_eq!(*sent.lock().unwrap(), [[2, 4]]);
    }
}
