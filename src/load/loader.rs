//! Runs a wish to its end.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::gather::{Gathered, gather};
use crate::load::{LoadOutcome, LoadReport, Loader, TableWish};
use crate::model::load_id::LoadId;
use crate::plan::planner::plan;
use crate::plan::{Decision, LoadPlan, Preparation, SkipReason};
use crate::source::manifest;
use crate::storage::failure::failure as storage_failure;
use crate::telemetry::labels::Outcome;
use crate::telemetry::metrics::Freshness;
use crate::warehouse::{Committed, Execution};

/// How often the facts are gathered anew when other daemons are faster, before the message waits for a while.
const ATTEMPTS: usize = 3;
/// Pauses before each question to the ledger about a load whose COMMIT was not answered.
const RESOLVE_PAUSES: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// What `plan` shows: the facts, the decision, and the statements that would run.
pub struct Preview {
    pub gathered: Gathered,
    pub decision: Decision,
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
        let gathered = gather(self, wish, new_load_id(), loads_of_target, (self.now)()).await?;
        let decision = plan(&gathered.input);
        let statements = match &decision {
            Decision::Load(plan) => self.warehouse.statements(plan),
            Decision::Skip(_) | Decision::Refuse(_) => Vec::new(),
        };
        Ok(Preview { gathered, decision, statements })
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

    /// `None` when the facts were stale by the time the write lock was held.
    async fn attempt(
        &self,
        wish: &TableWish,
        stop: &CancellationToken,
    ) -> Result<Option<LoadOutcome>, Failure> {
        // Counted before everything else: a load that commits from here on makes the count stale.
        let counted = self.warehouse.loads_of_target(&wish.target);
        let loads_of_target = unless_stopped(stop, wish, counted).await?;
        // What is done needs no more facts, and its files may be gone by now. This holds even with force.
        let done = self.warehouse.load_of_message(&wish.message_id, &wish.target);
        if let Some(load_id) = unless_stopped(stop, wish, done).await? {
            return Ok(Some(LoadOutcome::Skipped(SkipReason::AlreadyLoaded { load_id })));
        }
        let load_id = new_load_id();
        let attempted = self.attempt_as(&load_id, wish, loads_of_target, stop).await;
        attempted.map_err(|failure| failure.of_load(&load_id))
    }

    async fn attempt_as(
        &self,
        load_id: &LoadId,
        wish: &TableWish,
        loads_of_target: i64,
        stop: &CancellationToken,
    ) -> Result<Option<LoadOutcome>, Failure> {
        let facts = gather(self, wish, load_id.clone(), loads_of_target, (self.now)());
        let Gathered { input, .. } = unless_stopped(stop, wish, facts).await?;
        let plan = match plan(&input) {
            Decision::Load(plan) => plan,
            Decision::Skip(reason) => return Ok(Some(LoadOutcome::Skipped(reason))),
            Decision::Refuse(refusal) => {
                let failure = Failure::new(FailureKind::SchemaConflict, Stage::Plan, refusal.to_string());
                return Err(failure);
            }
        };
        unless_stopped(stop, wish, self.write_manifests(&plan, &input.data.region)).await?;
        let executed = self.warehouse.execute(&plan, stop).await;
        let execution = match executed {
            Err(failure) if failure.kind == FailureKind::CommitUnknown => {
                Execution::Committed(self.resolve(load_id, failure).await?)
            }
            executed => executed?,
        };
        let Execution::Committed(committed) = execution else { return Ok(None) };
        let row = &plan.ledger_row;
        Ok(Some(LoadOutcome::Loaded(LoadReport {
            load_id: load_id.clone(),
            rows: committed.rows,
            bytes: row.bytes,
            data_date: plan.key.data_date,
            source_url: row.source_url.clone(),
        })))
    }

    async fn write_manifests(&self, plan: &LoadPlan, data_region: &str) -> Result<(), Failure> {
        for preparation in &plan.preparation {
            let Preparation::WriteManifest { uri, files } = preparation else { continue };
            let refused = |error| {
                let failure = storage_failure(&error, Stage::Prepare, FailureKind::StorageDenied);
                let sentence = format!(
                    "{}; set MANIFEST_URL to a folder that the loader may write to",
                    failure.sentence
                );
                Failure { sentence, ..failure }
            };
            // One COPY reads its manifest and its data in one region (redshift-facts 1.2).
            let region = self.store.region(&uri.bucket).await.map_err(refused)?;
            if region != data_region {
                let sentence = format!(
                    "the manifest {uri} would be in {region} and its data in {data_region}, which COPY cannot read \
                     together; set MANIFEST_URL to a folder in {data_region}"
                );
                return Err(Failure::new(FailureKind::StorageDenied, Stage::Prepare, sentence));
            }
            self.store.write(uri, manifest::render(files).into_bytes()).await.map_err(refused)?;
        }
        Ok(())
    }

    /// A lost answer to COMMIT is not a failure: the ledger knows. The transaction may still be on its way, and the
    /// warehouse be hard to reach, so the ledger is asked for a while; after that the next delivery decides, under the
    /// table's write lock.
    async fn resolve(&self, load_id: &LoadId, failure: Failure) -> Result<Committed, Failure> {
        warn!(load.id = %load_id, error = %failure, "answer to COMMIT is lost, asking the ledger");
        for pause in RESOLVE_PAUSES {
            tokio::time::sleep(pause).await;
            if let Ok(Some(committed)) = self.warehouse.find_load(load_id).await {
                return Ok(committed);
            }
        }
        Err(failure)
    }
}

/// Runs something that only reads, or that may be repeated, unless the load is told to stop: then there is nothing to
/// roll back, and no answer worth waiting for.
async fn unless_stopped<T>(
    stop: &CancellationToken,
    wish: &TableWish,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = stop.cancelled() => {
            let sentence = format!("the load of {} was stopped before it changed anything", wish.target);
            Err(Failure::new(FailureKind::Aborted, Stage::Inspect, sentence))
        }
        result = work => result,
    }
}

/// Ids sort by time, which reads well in the ledger.
fn new_load_id() -> LoadId {
    LoadId(uuid::Uuid::now_v7().to_string())
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
