//! Where every load of this process is, what it waits for, and how the last ones went: what people ask of a running load.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::failure::Stage;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::telemetry::sent_statements::SentStatements;

/// Attempts that have ended and are still told of.
const KEPT: usize = 500;
/// Of these the statements are kept as well.
const KEPT_WITH_STATEMENTS: usize = 100;

/// One attempt at a load.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub load_id: LoadId,
    pub message_id: String,
    pub target: TargetTable,
    pub began_at: DateTime<Utc>,
    /// Stages that are over, in their order.
    pub stages: Vec<(Stage, Duration)>,
    /// The stage that it is in, and since when; `None` once it has ended.
    pub stage: Option<(Stage, Instant)>,
    pub statements: SentStatements,
    /// Who holds the lock that it waits for, as a sentence; `None` while nobody has looked.
    pub blocked_by: Option<String>,
    /// How it ended, as a sentence.
    pub ending: Option<String>,
}

impl Attempt {
    fn leaves_stage(&mut self) {
        self.blocked_by = None;
        if let Some((stage, since)) = self.stage.take() {
            self.stages.push((stage, since.elapsed()));
        }
    }
}

/// The attempts of this process. A table has one running load at most, so its name is enough to say which is meant; of a
/// table without one nothing is noted.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Attempts>);

#[derive(Debug, Default)]
struct Attempts {
    running: HashMap<TargetTable, Attempt>,
    /// The latest last.
    ended: VecDeque<Attempt>,
}

impl Progress {
    pub fn begins(&self, load_id: &LoadId, message_id: &str, target: &TargetTable, at: DateTime<Utc>) {
        let attempt = Attempt {
            load_id: load_id.clone(),
            message_id: message_id.to_owned(),
            target: target.clone(),
            began_at: at,
            stages: Vec::new(),
            stage: Some((Stage::Inspect, Instant::now())),
            statements: SentStatements::default(),
            blocked_by: None,
            ending: None,
        };
        self.attempts().running.insert(target.clone(), attempt);
    }

    /// A stage may be entered again by each of its steps, which changes nothing.
    pub fn enters(&self, target: &TargetTable, stage: Stage) {
        let mut attempts = self.attempts();
        let Some(attempt) = attempts.running.get_mut(target) else { return };
        if attempt.stage.is_none_or(|(now, _)| now != stage) {
            attempt.leaves_stage();
            attempt.stage = Some((stage, Instant::now()));
        }
    }

    /// A statement of the load is sent, or something else is done; `text` has no secrets.
    pub fn does(&self, target: &TargetTable, text: &str) {
        if let Some(attempt) = self.attempts().running.get_mut(target) {
            attempt.statements.begins(text);
        }
    }

    /// Who is seen to hold the lock that a statement of the load waits for; `None` when nobody is, or the statement has ended.
    pub fn is_blocked(&self, target: &TargetTable, by: Option<&str>) {
        if let Some(attempt) = self.attempts().running.get_mut(target) {
            attempt.blocked_by = by.map(str::to_owned);
        }
    }

    pub fn ends(&self, target: &TargetTable, ending: String) {
        let mut attempts = self.attempts();
        let Some(mut attempt) = attempts.running.remove(target) else { return };
        attempt.leaves_stage();
        attempt.statements.end();
        attempt.ending = Some(ending);
        attempts.ended.push_back(attempt);
        if let Some(older) = attempts.ended.iter_mut().rev().nth(KEPT_WITH_STATEMENTS) {
            older.statements = SentStatements::default();
        }
        if attempts.ended.len() > KEPT {
            attempts.ended.pop_front();
        }
    }

    /// The running load of a table.
    pub fn running(&self, target: &TargetTable) -> Option<Attempt> {
        self.attempts().running.get(target).cloned()
    }

    /// All attempts for which this holds, in the order of their beginning.
    pub fn attempts_of(&self, mut is_meant: impl FnMut(&Attempt) -> bool) -> Vec<Attempt> {
        let attempts = self.attempts();
        let all = attempts.ended.iter().chain(attempts.running.values());
        all.filter(|attempt| is_meant(attempt)).cloned().collect()
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ident::Ident;

    fn table(number: usize) -> TargetTable {
        let ident = |name: &str| Ident::new(name).unwrap();
        TargetTable { schema: ident("s"), table: ident(&format!("t{number}")) }
    }

    fn begin(progress: &Progress, number: usize) -> TargetTable {
        let (target, load_id) = (table(number), LoadId(format!("load-{number}")));
        progress.begins(&load_id, "m", &target, DateTime::UNIX_EPOCH);
        target
    }

    #[tokio::test(start_paused = true)]
    async fn a_load_is_followed_from_stage_to_stage_and_what_blocked_one_is_over_with_it() {
        let progress = Progress::default();
        let target = begin(&progress, 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        progress.enters(&target, Stage::Replace);
        progress.is_blocked(&target, Some("held by pid 1"));
        tokio::time::advance(Duration::from_secs(2)).await;
        progress.enters(&target, Stage::Replace);
        let running = progress.running(&target).unwrap();
        assert_eq!(running.stages, [(Stage::Inspect, Duration::from_secs(1))]);
        assert_eq!(running.stage.unwrap().1.elapsed(), Duration::from_secs(2), "a step more of one stage");
        assert_eq!(running.blocked_by.as_deref(), Some("held by pid 1"));
        progress.is_blocked(&target, None);
        assert_eq!(progress.running(&target).unwrap().blocked_by, None, "the statement has ended");
        progress.enters(&target, Stage::Copy);
        assert_eq!(progress.running(&target).unwrap().blocked_by, None);
        progress.ends(&target, "loaded 1 row".to_owned());
        assert!(progress.running(&target).is_none());
        let [ended] = &progress.attempts_of(|attempt| attempt.message_id == "m")[..] else { panic!() };
        assert_eq!((ended.stages.len(), ended.ending.as_deref()), (3, Some("loaded 1 row")));
    }

    #[tokio::test]
    async fn the_oldest_attempts_are_forgotten() {
        let progress = Progress::default();
        for number in 0..=KEPT {
            let target = begin(&progress, number);
            progress.does(&target, "BEGIN");
            progress.ends(&target, String::new());
        }
        let kept = progress.attempts_of(|_| true);
        let with_statements = kept.iter().filter(|attempt| !attempt.statements.list().0.is_empty());
        assert_eq!(with_statements.count(), KEPT_WITH_STATEMENTS);
        assert_eq!((kept.len(), kept[0].load_id.0.as_str()), (KEPT, "load-1"));
    }
}
