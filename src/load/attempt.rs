//! One attempt at a load: from the facts to a commit, or to the finding that they were stale.

use std::pin::Pin;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::gather::{Considered, Surveyed, consider, survey};
use crate::load::{LoadOutcome, LoadReport, Loader, warnings};
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::plan::cuts::{self, Cutting};
use crate::plan::decision::{Decision, SkipReason};
use crate::plan::input::PlanningInput;
use crate::request::order::Order;
use crate::schema::widening::Widening;
use crate::telemetry::panics::caught;
use crate::telemetry::spans;
use crate::warehouse::Execution;

/// How an attempt ended without a failure that is the order's.
pub(super) enum Attempt {
    Ended(LoadOutcome),
    /// By the time the write lock was held.
    FactsWereStale(Planned),
    /// COPY has refused values that it may cut.
    DoesNotFit(Planned, Failure),
}

/// What an attempt has meant to change before its transaction, and may have.
pub(super) struct Planned {
    pub(super) widened: Vec<Widening>,
}

/// What the attempts at the same load before this one have found and done.
#[derive(Debug, Default)]
pub(super) struct EarlierAttempts {
    /// Whether values are known that do not fit their columns.
    pub(super) has_cuts: bool,
    /// Columns that they meant to widen.
    pub(super) widened: Vec<Widening>,
}

impl EarlierAttempts {
    /// Adds what they know to the facts of the next one.
    pub(super) fn are_known_to(&self, surveyed: &mut Surveyed) {
        surveyed.found.ledger.last_had_cuts |= self.has_cuts;
        surveyed.widened.clone_from(&self.widened);
    }
}

impl Planned {
    fn of(plan: &LoadPlan) -> Self {
        Self { widened: plan.ledger_row.widened.clone() }
    }
}

impl Loader {
    /// A failure, and so a panic, is one of this attempt, by its id.
    pub(super) async fn attempt(
        &self,
        order: &Order,
        earlier: &EarlierAttempts,
        cancel: &CancellationToken,
    ) -> Result<Attempt, Failure> {
        let load_id = new_load_id();
        self.followed(&load_id, order, Box::pin(self.attempt_as(&load_id, order, earlier, cancel))).await
    }

    /// Lets others see an attempt while it is made. A panic in it is its failure.
    pub(super) async fn followed(
        &self,
        load_id: &LoadId,
        order: &Order,
        attempt: Pin<Box<impl Future<Output = Result<Attempt, Failure>>>>,
    ) -> Result<Attempt, Failure> {
        spans::load_is(load_id);
        self.progress.begins(load_id, &order.message_id, &order.target, (self.now)());
        let attempted = caught(&self.metrics, attempt).await;
        let attempted = attempted.unwrap_or_else(|said| Err(bug(&order.target, &said)));
        self.progress.ends(&order.target, ending(&attempted));
        attempted.map_err(|failure| failure.of_load(load_id))
    }

    async fn attempt_as(
        &self,
        load_id: &LoadId,
        order: &Order,
        earlier: &EarlierAttempts,
        cancel: &CancellationToken,
    ) -> Result<Attempt, Failure> {
        let mut surveyed =
            unless_stopped(cancel, order, survey(self, order, Some(&order.message_id))).await?;
        // What is done needs no more facts, and its files may be gone by now. This holds even with force.
        if let Some(load_id) = surveyed.found.ledger.of_message.take() {
            return Ok(Attempt::Ended(LoadOutcome::Skipped(SkipReason::AlreadyLoaded { load_id })));
        }
        earlier.are_known_to(&mut surveyed);
        self.progress.enters(&order.target, Stage::Discover);
        let facts = Box::pin(consider(self, order, load_id.clone(), surveyed));
        let considered = unless_stopped(cancel, order, facts).await?;
        Box::pin(self.attempt_decided(load_id, order, considered, cancel)).await
    }

    /// Carries out what was decided.
    pub(super) async fn attempt_decided(
        &self,
        load_id: &LoadId,
        order: &Order,
        considered: Considered,
        cancel: &CancellationToken,
    ) -> Result<Attempt, Failure> {
        let (date, source) = (considered.input.date, considered.input.chosen.uri.clone());
        let decided = self.carry_out(load_id, order, considered, cancel).await;
        decided.map_err(|failure| failure.of_data(date, &source))
    }

    async fn carry_out(
        &self,
        load_id: &LoadId,
        order: &Order,
        considered: Considered,
        cancel: &CancellationToken,
    ) -> Result<Attempt, Failure> {
        let Considered { input, decision, .. } = considered;
        if let Some(misnamed) =
            input.misnamed.words().filter(|_| input.misnamed.may_be_newer_than(input.date))
        {
            warn!("data of {} may be newer than {}: {misnamed}", order.target, input.date);
        }
        let plan = match decision {
            Decision::Load(plan) => plan,
            Decision::Skip(reason) => return Ok(Attempt::Ended(LoadOutcome::Skipped(reason))),
            Decision::Refuse(refusal) => {
                return Err(Failure::new(refusal.kind(), Stage::Plan, refusal.to_string()));
            }
        };
        warnings::tell_of_config(self, order, &input);
        let executed = self.warehouse.execute(&plan, cancel).await;
        let execution = match executed {
            Err(failure) if failure.kind == FailureKind::CommitUnknown => {
                Execution::Committed(self.resolve(load_id, failure, cancel).await?)
            }
            Err(failure) if failure.kind == FailureKind::DataRejected && may_fit(&plan, &input, &failure) => {
                return Ok(Attempt::DoesNotFit(Planned::of(&plan), failure));
            }
            executed => executed?,
        };
        let Execution::Committed(committed) = execution else {
            return Ok(Attempt::FactsWereStale(Planned::of(&plan)));
        };
        warnings::tell(order, &input, &plan, &committed);
        let row = &plan.ledger_row;
        Ok(Attempt::Ended(LoadOutcome::Loaded(LoadReport {
            load_id: load_id.clone(),
            rows: committed.rows,
            rows_deleted: committed.rows_deleted,
            rows_beyond_keys: committed.rows_beyond_keys,
            rows_duplicate: committed.rows_duplicate,
            rows_outdated: committed.rows_outdated,
            cuts: committed.cuts,
            bytes: row.bytes,
            data_date: row.data_date,
            source_url: row.source_url.clone(),
            drift: row.drift.clone(),
            cadence: row.cadence,
            after: input.spec.options.after.clone(),
        })))
    }
}

/// How an attempt ended, in words.
fn ending(attempted: &Result<Attempt, Failure>) -> String {
    match attempted {
        Ok(Attempt::Ended(LoadOutcome::Loaded(report))) => format!("loaded {} rows", report.rows),
        Ok(Attempt::Ended(LoadOutcome::Skipped(reason))) => format!("skipped: {reason}"),
        Ok(Attempt::FactsWereStale(_)) => {
            "others have loaded or changed the table, or its files, meanwhile: looked again".to_owned()
        }
        Ok(Attempt::DoesNotFit(_, refused)) => {
            format!("not all data fits: loaded again, counting what is cut, replaced or skipped; {refused}")
        }
        Err(failure) => format!("failed: {failure}"),
    }
}

/// Whether a COPY that has refused rows may load them when it is allowed to cut, which it was not.
pub(super) fn may_fit(plan: &LoadPlan, input: &PlanningInput, refused: &Failure) -> bool {
    plan.copy().is_some_and(|copy| {
        copy.cutting == Cutting::Refused && cuts::may_fit(&input.spec, &copy.reading, &refused.load_errors)
    })
}

/// Runs something that only reads, or that may be repeated, unless the load is told to stop: then there is nothing to
/// roll back, and no answer worth waiting for.
pub(super) async fn unless_stopped<T>(
    cancel: &CancellationToken,
    order: &Order,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => {
            let sentence = format!("the load of {} was stopped before it changed anything", order.target);
            Err(Failure::new(FailureKind::Aborted, Stage::Inspect, sentence))
        }
        result = work => result,
    }
}

/// The failure of a load that a panic has ended; what its transaction has done is rolled back.
fn bug(target: &TargetTable, said: &str) -> Failure {
    let sentence = format!("a bug in this program ended the load of {target}, please report it: {said}");
    Failure::new(FailureKind::InternalError, Stage::Unknown, sentence)
}

/// Ids sort by time, which reads well in the ledger.
pub(super) fn new_load_id() -> LoadId {
    LoadId(uuid::Uuid::now_v7().to_string())
}
