//! Runs an order to its end: in time, and with as many attempts as the facts need.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info};

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::attempt::{Attempt, EarlierAttempts, new_load_id};
use crate::load::gather::{Considered, consider, survey};
use crate::load::{LoadOutcome, LoadReport, Loader};
use crate::model::freshness::Freshness;
use crate::plan::decision::{Decision, Refusal};
use crate::request::order::Order;
use crate::telemetry::labels::Outcome;
use crate::telemetry::spans;

/// How often the facts are gathered anew when other daemons are faster, before the message waits for a while.
pub(super) const ATTEMPTS: usize = 3;

/// What `plan` shows: the facts, the decision, and the statements that would run, or would resolve a refusal.
pub struct Preview {
    pub considered: Considered,
    /// With secrets masked; empty unless the decision is to load, or to refuse a table that can be changed.
    pub statements: Vec<String>,
}

impl Loader {
    /// Loads the table of an order, or says why there is nothing to do. Counts and times the load. A panic in it is a
    /// failure; what its transaction has done is rolled back.
    ///
    /// Firing `abort` stops the load and rolls it back; the future must still be awaited.
    pub async fn load(&self, order: &Order, abort: &CancellationToken) -> Result<LoadOutcome, Failure> {
        let _in_progress = self.metrics.load_started();
        let start = Instant::now();
        let span = spans::of_load(Some(&order.message_id), &order.target);
        let result = Box::pin(self.load_in_time(order, abort).instrument(span)).await;
        let outcome = match &result {
            Ok(LoadOutcome::Loaded(_)) => Outcome::Loaded,
            Ok(LoadOutcome::Skipped(_)) => Outcome::Skipped,
            Err(_) => Outcome::Failed,
        };
        // Failures are counted where the message is settled, once it is known what they mean.
        if let Ok(LoadOutcome::Loaded(report)) = &result {
            self.note_committed(order, report);
        }
        // Last, as the table may be there only now.
        self.metrics.load_ended(&order.target, outcome, start.elapsed());
        result
    }

    pub(super) fn note_committed(&self, order: &Order, report: &LoadReport) {
        let freshness =
            Freshness { data_date: report.data_date, loaded_at: (self.now)(), cadence: report.cadence };
        self.metrics.fresh(&order.target, freshness);
        self.metrics.committed(&order.target, report.rows, report.bytes);
    }

    /// Everything that `load` would find out and decide, with nothing changed.
    pub async fn preview(&self, order: &Order) -> Result<Preview, Failure> {
        self.preview_of(order).instrument(spans::of_load(None, &order.target)).await
    }

    async fn preview_of(&self, order: &Order) -> Result<Preview, Failure> {
        let surveyed = survey(self, order, None).await?;
        let considered = consider(self, order, new_load_id(), surveyed).await?;
        let statements = match &considered.decision {
            Decision::Load(plan) => self.warehouse.statements(plan),
            Decision::Refuse(Refusal::Conflicts { resolutions, .. }) => self.warehouse.resolving(resolutions),
            Decision::Skip(_) | Decision::Refuse(_) => Vec::new(),
        };
        Ok(Preview { considered, statements })
    }

    /// The load is told to stop when its time is up, and then awaited like any other: only it can roll back.
    async fn load_in_time(&self, order: &Order, abort: &CancellationToken) -> Result<LoadOutcome, Failure> {
        let cancel = abort.child_token();
        let mut load = Box::pin(self.load_until_settled(order, &cancel));
        tokio::select! {
            result = &mut load => return result,
            () = tokio::time::sleep(self.settings.timeout) => cancel.cancel(),
        }
        load.await.map_err(|failure| match failure.kind {
            FailureKind::Aborted => timed_out(order, failure, self.settings.timeout),
            _ => failure,
        })
    }

    async fn load_until_settled(
        &self,
        order: &Order,
        cancel: &CancellationToken,
    ) -> Result<LoadOutcome, Failure> {
        let (mut stale, mut earlier) = (0, EarlierAttempts::default());
        while stale < ATTEMPTS {
            match self.attempt(order, &earlier, cancel).await? {
                Attempt::Ended(outcome) => return Ok(outcome),
                Attempt::FactsWereStale(planned) => {
                    stale += 1;
                    earlier.widened = planned.widened;
                    info!(
                        "{} was loaded or changed by another daemon, or its files changed meanwhile: looking again",
                        order.target
                    );
                }
                Attempt::DoesNotFit(planned, refused) => {
                    // Only once: after it COPY may cut.
                    earlier = EarlierAttempts { has_cuts: true, widened: planned.widened };
                    info!(%refused, "not all data fits {}: loading again, counting what is cut, replaced or skipped", order.target);
                }
            }
        }
        Err(changed_too_often(order))
    }
}

pub(super) fn changed_too_often(order: &Order) -> Failure {
    let sentence = format!(
        "{} or its files were changed by others {ATTEMPTS} times while it was to be loaded",
        order.target
    );
    Failure::new(FailureKind::Conflict, Stage::Replace, sentence)
}

pub(super) fn timed_out(order: &Order, aborted: Failure, timeout: Duration) -> Failure {
    let sentence = format!(
        "the load of {} took longer than LOAD_TIMEOUT ({}): {}",
        order.target,
        humantime::format_duration(timeout),
        aborted.sentence
    );
    Failure { kind: FailureKind::Timeout, ..aborted }.told(&sentence).advised(&Advice::RaiseLoadTimeout)
}
