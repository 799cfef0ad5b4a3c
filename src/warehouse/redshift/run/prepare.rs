//! What a plan does before its transaction, in the plan's order: ADD COLUMN, by itself and without a long wait, and the
//! manifest that COPY reads.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::object::ObjectUri;
use crate::model::table::Column;
use crate::plan::LoadPlan;
use crate::plan::step::Preparation;
use crate::source::manifest;
use crate::storage::failure::failure_of;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::statement::{run, run_with_lock, unless_aborted};
use crate::warehouse::redshift::run::step::Facts;
use crate::warehouse::redshift::sql::session::limit_statements;
use crate::warehouse::redshift::sql::table::add_column;

/// ADD COLUMN takes no time by itself, but readers queue behind it for as long as it waits for its lock.
const LONGEST_DDL: Duration = Duration::from_secs(30);

/// Stale when another daemon has added a column meanwhile.
pub(super) async fn prepare(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Facts, Failure> {
    if plan.preparation.is_empty() {
        return Ok(Facts::Hold);
    }
    let start = Instant::now();
    let adds_columns = plan.preparation.iter().any(|step| matches!(step, Preparation::AddColumn(_)));
    let usual = redshift.sessions.statement_timeout;
    if adds_columns {
        limit(session, usual.min(LONGEST_DDL), abort).await?;
    }
    let prepared = take_all(redshift, session, plan, abort).await;
    // Nobody else may find the short limit.
    let restored = match adds_columns && !session.is_unanswered() {
        true => limit(session, usual, abort).await,
        false => Ok(()),
    };
    if restored.is_err() {
        session.discard();
    }
    let facts = prepared?;
    restored?;
    redshift.metrics.stage_ended(Stage::Prepare, start.elapsed());
    Ok(facts)
}

async fn take_all(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Facts, Failure> {
    for preparation in &plan.preparation {
        let facts = match preparation {
            Preparation::AddColumn(column) => add(redshift, session, plan, column, abort).await?,
            Preparation::WriteManifest { uri, files, region } => {
                let writing = write_manifest(redshift, uri, files, region);
                unless_aborted(plan, Stage::Prepare, abort, writing).await?;
                Facts::Hold
            }
        };
        if facts == Facts::AreStale {
            return Ok(facts);
        }
    }
    Ok(Facts::Hold)
}

/// ADD COLUMN outside the transaction: it locks out readers, so it must be short (redshift-facts 2.3).
async fn add(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    column: &Column,
    abort: &CancellationToken,
) -> Result<Facts, Failure> {
    let target = &plan.key.target;
    let what = format!("adding column `{}` to {target}", column.name);
    let addition = add_column(target, column);
    match run_with_lock(redshift, session, target, &what, Stage::Prepare, &addition, abort).await {
        Ok(()) => Ok(Facts::Hold),
        Err(Failure { kind: FailureKind::Conflict, .. }) => Ok(Facts::AreStale),
        // A long query of others is no fault of the message, however often it is met.
        Err(failure) if failure.kind == FailureKind::Timeout => {
            Err(Failure { kind: FailureKind::Conflict, ..failure })
        }
        Err(failure) => Err(failure),
    }
}

async fn limit(session: &mut Session, timeout: Duration, abort: &CancellationToken) -> Result<(), Failure> {
    let (what, statement) = ("limiting the time of ADD COLUMN", limit_statements(timeout));
    run(session, what, Stage::Prepare, &statement, abort).await.map(drop)
}

/// A manifest in the region of its data.
async fn write_manifest(
    redshift: &Redshift,
    uri: &ObjectUri,
    files: &[ObjectUri],
    region_of_data: &str,
) -> Result<(), Failure> {
    let refused = |error| {
        let failure = failure_of(&error, Stage::Prepare, FailureKind::StorageDenied);
        failure.advised(&Advice::UseWritableManifestFolder)
    };
    let region = redshift.store.region(&uri.bucket).await.map_err(refused)?;
    if region != region_of_data {
        let sentence = format!(
            "the manifest {uri} would be in {region} and its data in {region_of_data}, which COPY cannot read together"
        );
        return Err(Failure::new(FailureKind::StorageDenied, Stage::Prepare, sentence)
            .advised(&Advice::UseManifestFolderIn(region_of_data.to_owned())));
    }
    redshift.store.write(uri, manifest::render(files).into_bytes()).await.map_err(refused)
}
