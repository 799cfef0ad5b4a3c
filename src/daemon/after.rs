//! What table configs have done after their loads: ANALYZE and VACUUM, one at a time, when the loads are committed and their
//! messages on the way to settlement. Nothing waits for it, and its failure is a line of the log.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::failure::Stage;
use crate::model::after_work::AfterWork;
use crate::model::target_table::TargetTable;
use crate::telemetry::labels::AfterResult;
use crate::telemetry::once_a_minute::OnceAMinute;
use crate::warehouse::AfterDone;

/// Tables that wait at most.
const MOST_TABLES: usize = 1000;

/// The tables that wait, each once: what is done after several loads is done once.
pub(super) struct AfterLoads {
    waiting: Mutex<VecDeque<(TargetTable, Vec<AfterWork>)>>,
    /// One was put.
    came: Notify,
    dropped: OnceAMinute<TargetTable>,
}

impl AfterLoads {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            came: Notify::new(),
            dropped: OnceAMinute::new(|count, target| {
                warn!(
                    "more than {MOST_TABLES} tables wait for what comes after their loads, and others are left out: {count}, the last one {target}"
                );
            }),
        }
    }

    /// Notes what is to be done after a load of a table. False when too many tables wait.
    fn put(&self, target: &TargetTable, works: &[AfterWork]) -> bool {
        let mut waiting = self.waiting();
        if let Some((_, there)) = waiting.iter_mut().find(|(there, _)| there == target) {
            *there = works.to_vec();
            return true;
        }
        if waiting.len() >= MOST_TABLES {
            return false;
        }
        waiting.push_back((target.clone(), works.to_vec()));
        drop(waiting);
        self.came.notify_one();
        true
    }

    async fn next(&self) -> (TargetTable, Vec<AfterWork>) {
        loop {
            let next = self.waiting().pop_front();
            match next {
                Some(next) => return next,
                None => self.came.notified().await,
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<(TargetTable, Vec<AfterWork>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes what is to be done after a load of a table. Never waits.
pub(super) fn put(daemon: &Daemon, target: &TargetTable, works: &[AfterWork]) {
    if !works.is_empty() && !daemon.after.put(target, works) {
        works.iter().for_each(|work| daemon.metrics.after_work_ended(*work, AfterResult::Dropped));
        daemon.after.dropped.happened(1, target.clone());
    }
}

/// Does what is noted, until the drain, which stops what runs; and then nothing more, until `stop`.
pub(super) async fn run(daemon: &Daemon, drain: &CancellationToken, stop: &CancellationToken) {
    tokio::select! {
        () = work_until(daemon, drain) => {}
        () = daemon.after.dropped.tell_what_is_held_back() => {}
    }
    stop.cancelled().await;
}

async fn work_until(daemon: &Daemon, drain: &CancellationToken) {
    while !drain.is_cancelled() {
        let next = async {
            // Nothing is done while the breaker is open.
            daemon.warehouse.up().await;
            daemon.after.next().await
        };
        let (target, works) = tokio::select! {
            biased;
            () = drain.cancelled() => break,
            next = next => next,
        };
        for work in works {
            perform(daemon, &target, work, drain).await;
        }
    }
    let left = std::mem::take(&mut *daemon.after.waiting());
    if !left.is_empty() {
        let works = left.iter().flat_map(|(_, works)| works);
        works.for_each(|work| daemon.metrics.after_work_ended(*work, AfterResult::Dropped));
        warn!(
            "what comes after the loads of {} tables is not done, as the daemon stops; the next loads of them do it",
            left.len()
        );
    }
}

async fn perform(daemon: &Daemon, target: &TargetTable, work: AfterWork, drain: &CancellationToken) {
    if drain.is_cancelled() {
        daemon.metrics.after_work_ended(work, AfterResult::Dropped);
        return;
    }
    let start = Instant::now();
    let done = daemon.loader.warehouse.after_load(target, work, drain).await;
    let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let table = target.to_string();
    let result = match done {
        Ok(AfterDone { may_be_passed_over: false }) => {
            info!(table, duration_ms, "{work} of {target} is done after its load");
            AfterResult::Done
        }
        Ok(AfterDone { may_be_passed_over: true }) => {
            warn!(
                table,
                duration_ms,
                "{work} of {target} is done after its load, unless Redshift has passed over it: the loader's user does not own the table"
            );
            AfterResult::Done
        }
        Err(failure) => {
            warn!(
                table,
                duration_ms,
                kind = failure.kind.label(),
                "after a load that is committed: {failure}"
            );
            AfterResult::Failed
        }
    };
    daemon.metrics.stage_ended(Stage::After, start.elapsed());
    daemon.metrics.after_work_ended(work, result);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ident::Ident;

    fn target(number: usize) -> TargetTable {
        TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(&format!("t{number}")).unwrap() }
    }

    #[tokio::test]
    async fn a_table_waits_once_and_for_what_its_last_load_says() {
        let after = AfterLoads::new();
        assert!(after.put(&target(1), &[AfterWork::Vacuum]) && after.put(&target(2), &[AfterWork::Vacuum]));
        assert!(after.put(&target(1), &[AfterWork::Analyze]));
        assert_eq!(after.next().await, (target(1), vec![AfterWork::Analyze]));
        assert_eq!(after.next().await, (target(2), vec![AfterWork::Vacuum]));
        assert!(after.waiting().is_empty());
    }

    #[test]
    fn more_tables_than_may_wait_are_left_out() {
        let after = AfterLoads::new();
        assert!((0..MOST_TABLES).all(|number| after.put(&target(number), &[AfterWork::Analyze])));
        assert!(!after.put(&target(MOST_TABLES), &[AfterWork::Analyze]));
        assert!(after.put(&target(0), &[AfterWork::Vacuum]), "it waits already");
    }
}
