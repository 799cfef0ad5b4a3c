//! What the ledger says, for whoever looks at a page.
//!
//! It is asked only when somebody looks, one question at a time, and the answer is kept: many who look cost Redshift no more
//! than one, and a page is there also when Redshift does not answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::daemon::Daemon;
use crate::failure::Failure;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::warehouse::history::{HistoryFilter, LedgerEntry, Overview};

/// An answer that is no older is not asked for again.
const FRESH: Duration = Duration::from_secs(5);
/// Whoever looks waits so long for an answer, and then sees the last one.
const PATIENCE: Duration = Duration::from_secs(1);
/// A question that takes longer is given up. The server has ended it before, unless it has not begun.
const LONGEST_QUESTION: Duration = Duration::from_secs(40);
/// Questions that wait; with as many nobody's is taken.
const MOST_WAITING: usize = 20;
/// Answers that are kept.
const MOST_KEPT: usize = 100;
/// Hours of which the loads are shown.
pub const HOURS: i64 = 24;
/// Loads of one table that are shown.
pub const LOADS_OF_TABLE: u32 = 50;

/// What pages ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::daemon) enum Question {
    Overview,
    OfTable(TargetTable),
    OfLoad(LoadId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) enum Answer {
    Overview(Overview),
    Loads(Vec<LedgerEntry>),
}

/// What is known of a question when a page is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::daemon) struct Seen {
    /// The last answer, and when it was given; `None` when there was none yet.
    pub(in crate::daemon) answer: Option<(std::sync::Arc<Answer>, DateTime<Utc>)>,
    /// Why there is none, or no newer one.
    pub(in crate::daemon) why_not: Option<String>,
}

/// What becomes of a wish to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    IsFresh,
    Waits,
    IsTooMuch,
}

/// The answers, and the questions that wait.
pub(in crate::daemon) struct LedgerLook {
    state: Mutex<Looks>,
    wanted: Notify,
    /// Changes with every question that is done with.
    done: watch::Sender<u64>,
}

#[derive(Default)]
struct Looks {
    known: HashMap<Question, (Instant, Seen)>,
    /// The first one is being asked.
    waiting: VecDeque<Question>,
}

impl Default for LedgerLook {
    fn default() -> Self {
        Self { state: Mutex::default(), wanted: Notify::new(), done: watch::Sender::new(0) }
    }
}

impl LedgerLook {
    /// What the ledger says, or has said last when it does not answer within a second. Nobody asks while Redshift is known
    /// to be down.
    pub(in crate::daemon) async fn look(&self, question: &Question, is_down: bool) -> Seen {
        if is_down {
            let last = self.seen(question);
            return Seen { why_not: Some("Redshift cannot be reached".to_owned()), ..last };
        }
        let mut done = self.done.subscribe();
        match self.wants(question) {
            Want::Waits => {}
            Want::IsFresh => return self.seen(question),
            Want::IsTooMuch => {
                let why = "too many questions wait for Redshift".to_owned();
                return Seen { why_not: Some(why), ..self.seen(question) };
            }
        }
        self.wanted.notify_one();
        let answered =
            async { while self.state().waiting.contains(question) && done.changed().await.is_ok() {} };
        let last =
            || Seen { why_not: Some("Redshift has not answered yet".to_owned()), ..self.seen(question) };
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(()) => self.seen(question),
            Err(_) => last(),
        }
    }

    /// Has the question wait for its turn, unless that is not needed or there is no place.
    fn wants(&self, question: &Question) -> Want {
        let mut state = self.state();
        if state.waiting.contains(question) {
            return Want::Waits;
        }
        if state.known.get(question).is_some_and(|(at, _)| at.elapsed() < FRESH) {
            return Want::IsFresh;
        }
        if *question == Question::Overview {
            // The page that everybody looks at: behind the question that is being asked, and before all others.
            let place = state.waiting.len().min(1);
            state.waiting.insert(place, question.clone());
            return Want::Waits;
        }
        if state.waiting.len() >= MOST_WAITING {
            return Want::IsTooMuch;
        }
        state.waiting.push_back(question.clone());
        Want::Waits
    }

    fn seen(&self, question: &Question) -> Seen {
        let state = self.state();
        let known = state.known.get(question).map(|(_, seen)| seen.clone());
        known.unwrap_or_else(|| Seen { answer: None, why_not: Some("Redshift was not asked yet".to_owned()) })
    }

    fn note(&self, question: &Question, answer: Result<Answer, String>, at: DateTime<Utc>) {
        let mut state = self.state();
        let (asked_at, seen) =
            state.known.entry(question.clone()).or_insert_with(|| (Instant::now(), Seen::default()));
        *asked_at = Instant::now();
        match answer {
            Ok(answer) => *seen = Seen { answer: Some((answer.into(), at)), why_not: None },
            Err(why) => seen.why_not = Some(why),
        }
        if state.known.len() > MOST_KEPT {
            let others = state.known.iter().filter(|(question, _)| **question != Question::Overview);
            let oldest = others.min_by_key(|(_, (at, _))| *at).map(|(question, _)| question.clone());
            oldest.and_then(|oldest| state.known.remove(&oldest));
        }
        state.waiting.retain(|waiting| waiting != question);
        drop(state);
        self.done.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, Looks> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks what is wanted, one question after another, until `stop`.
pub(in crate::daemon) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    let asking = async {
        loop {
            let next = daemon.look.state().waiting.front().cloned();
            let Some(question) = next else {
                daemon.look.wanted.notified().await;
                continue;
            };
            let asked = tokio::time::timeout(LONGEST_QUESTION, ask(daemon, &question)).await;
            let answer = match asked {
                Ok(answer) => answer.map_err(|failure| failure.to_string()),
                Err(_) => Err(format!("Redshift has not answered within {} s", LONGEST_QUESTION.as_secs())),
            };
            daemon.look.note(&question, answer, (daemon.loader.now)());
        }
    };
    tokio::select! {
        () = asking => {}
        () = stop.cancelled() => {}
    }
}

async fn ask(daemon: &Daemon, question: &Question) -> Result<Answer, Failure> {
    let warehouse = &daemon.loader.warehouse;
    let filter = match question {
        Question::Overview => {
            let since = (daemon.loader.now)() - chrono::Duration::hours(HOURS);
            return Ok(Answer::Overview(warehouse.overview(since).await?));
        }
        Question::OfTable(TargetTable { schema, table }) => HistoryFilter {
            schema: Some(schema.clone()),
            table: Some(table.clone()),
            limit: LOADS_OF_TABLE,
            ..HistoryFilter::default()
        },
        Question::OfLoad(load_id) => {
            HistoryFilter { load_id: Some(load_id.clone()), limit: 1, ..HistoryFilter::default() }
        }
    };
    Ok(Answer::Loads(warehouse.history(&filter).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(look: &LedgerLook, answer: Result<Answer, String>) {
        look.note(&Question::Overview, answer, DateTime::UNIX_EPOCH);
    }

    fn loads() -> Answer {
        Answer::Loads(Vec::new())
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_look_ask_once() {
        let look = LedgerLook::default();
        let looking = futures_util::future::join_all((0..50).map(|_| look.look(&Question::Overview, false)));
        let answering = async {
            look.wanted.notified().await;
            assert_eq!(look.state().waiting.len(), 1);
            answer(&look, Ok(loads()));
        };
        let (seen, ()) = tokio::join!(looking, answering);
        assert!(seen.iter().all(|seen| seen.answer.is_some() && seen.why_not.is_none()));
        look.look(&Question::Overview, false).await;
        assert!(look.state().waiting.is_empty(), "the answer is fresh");
        tokio::time::advance(FRESH).await;
        look.look(&Question::Overview, false).await;
        assert_eq!(look.state().waiting.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_answer_is_seen_while_redshift_does_not_answer_and_nobody_asks_while_it_is_down() {
        let look = LedgerLook::default();
        answer(&look, Ok(loads()));
        tokio::time::advance(FRESH).await;
        let down = look.look(&Question::Overview, true).await;
        assert!(down.answer.is_some() && look.state().waiting.is_empty(), "{down:?}");
        let start = Instant::now();
        let silent = look.look(&Question::Overview, false).await;
        assert!(silent.answer.is_some() && silent.why_not.is_some(), "{silent:?}");
        assert_eq!(start.elapsed(), PATIENCE);
        answer(&look, Err("refused".to_owned()));
        let refused = look.look(&Question::Overview, false).await;
        assert_eq!((refused.answer.is_some(), refused.why_not.as_deref()), (true, Some("refused")));
    }

    #[tokio::test(start_paused = true)]
    async fn questions_and_answers_do_not_pile_up() {
        let look = LedgerLook::default();
        answer(&look, Ok(loads()));
        for number in 0..2 * MOST_KEPT {
            let question = Question::OfLoad(LoadId(number.to_string()));
            look.wants(&question);
            assert!(look.state().waiting.len() <= MOST_WAITING);
            if number > MOST_WAITING {
                let told = look.look(&question, false).await;
                assert!(
                    told.why_not.is_some_and(|why| why.contains("too many")),
                    "nothing old passes for fresh"
                );
            }
            tokio::time::advance(Duration::from_millis(1)).await;
            look.note(
                &Question::OfLoad(LoadId(format!("other {number}"))),
                Ok(loads()),
                DateTime::UNIX_EPOCH,
            );
        }
        tokio::time::advance(FRESH).await;
        assert_eq!(look.wants(&Question::Overview), Want::Waits);
        assert_eq!(look.state().waiting.get(1), Some(&Question::Overview), "it is the next one");
        assert_eq!(look.state().known.len(), MOST_KEPT);
        assert!(look.seen(&Question::Overview).answer.is_some(), "the page that everybody looks at");
    }
}
