//! Runs a wish to its end: in time, and with as many attempts as the facts need.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::attempt::new_load_id;
use crate::load::gather::{Considered, consider};
use crate::load::{LoadOutcome, Loader, TableWish};
use crate::plan::decision::Decision;
use crate::telemetry::labels::Outcome;
use crate::telemetry::metrics::Freshness;

/// How often the facts are gathered anew when other daemons are faster, before the message waits for a while.
const ATTEMPTS: usize = 3;

/// What `plan` shows: the facts, the decision, and the statements that would run.
pub struct Preview {
    pub considered: Considered,
    /// With secrets masked; empty unless the decision is to load.
    pub statements: Vec<String>,
}

impl Loader {
    /// Loads the table of a wish, or says why there is nothing to do. Counts and times the load.
    ///
    /// Firing `abort` stops the load and rolls it back; the future must still be awaited.
    pub async fn load(&self, wish: &TableWish, abort: &CancellationToken) -> Result<LoadOutcome, Failure> {
        let _in_progress = self.metrics.load_started();
        let start = Instant::now();
        let result = self.load_in_time(wish, abort).await;
        let outcome = match &result {
            Ok(LoadOutcome::Loaded(_)) => Outcome::Loaded,
            Ok(LoadOutcome::Skipped(_)) => Outcome::Skipped,
            Err(_) => Outcome::Failed,
        };
        self.metrics.load_ended(&wish.target, outcome, start.elapsed());
        match &result {
            Ok(LoadOutcome::Loaded(report)) => {
                self.metrics.committed(&wish.target, report.rows, report.bytes);
                let freshness = Freshness { data_date: report.data_date, loaded_at: (self.now)() };
                self.metrics.fresh(&wish.target, freshness);
            }
            // Failures are counted where the message is settled, once it is known what they mean.
            Ok(LoadOutcome::Skipped(_)) | Err(_) => {}
        }
        result
    }

    /// Everything that `load` would find out and decide, with nothing changed.
    pub async fn preview(&self, wish: &TableWish) -> Result<Preview, Failure> {
        let loads_of_target = self.warehouse.loads_of_target(&wish.target).await?;
        let considered = consider(self, wish, new_load_id(), loads_of_target, (self.now)()).await?;
        let statements = match &considered.decision {
            Decision::Load(plan) => self.warehouse.statements(plan),
            Decision::Skip(_) | Decision::Refuse(_) => Vec::new(),
        };
        Ok(Preview { considered, statements })
    }

    /// The load is told to stop when its time is up, and then awaited like any other: only it can roll back.
    async fn load_in_time(
        &self,
        wish: &TableWish,
        abort: &CancellationToken,
    ) -> Result<LoadOutcome, Failure> {
        let stop = abort.child_token();
        let mut load = Box::pin(self.load_until_settled(wish, &stop));
        tokio::select! {
            result = &mut load => return result,
            () = tokio::time::sleep(self.settings.timeout) => stop.cancel(),
        }
        load.await.map_err(|failure| match failure.kind {
            FailureKind::Aborted => timed_out(wish, failure, self.settings.timeout),
            _ => failure,
        })
    }

    async fn load_until_settled(
        &self,
        wish: &TableWish,
        stop: &CancellationToken,
    ) -> Result<LoadOutcome, Failure> {
        for _ in 0..ATTEMPTS {
            if let Some(outcome) = self.attempt(wish, stop).await? {
                return Ok(outcome);
            }
            info!(table = %wish.target, "{} was loaded or changed by another daemon, or its files changed meanwhile: looking again", wish.target);
        }
        Err(Failure::new(
            FailureKind::Conflict,
            Stage::Replace,
            format!(
                "{} or its files were changed by others {ATTEMPTS} times while it was to be loaded",
                wish.target
            ),
        ))
    }
}

fn timed_out(wish: &TableWish, aborted: Failure, timeout: Duration) -> Failure {
    let sentence = format!(
        "the load of {} took longer than LOAD_TIMEOUT ({}), which you may raise: {}",
        wish.target,
        humantime::format_duration(timeout),
        aborted.sentence
    );
    Failure { kind: FailureKind::Timeout, sentence, ..aborted }
}
