//! What a plan does before its transaction, in the plan's order: ALTER TABLE, by itself and without a long wait, and what COPY
//! reads beside the data.

use std::time::Duration;

use tokio::time::Instant;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::column_type::ColumnType;
use crate::model::object::ObjectUri;
use crate::plan::step::Preparation;
use crate::schema::widening::Widening;
use crate::source::{json_paths, manifest};
use crate::storage::failure::failure_of;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::run::action::Action;
use crate::warehouse::redshift::run::statement::{NotCommitted, perform, unless_aborted};
use crate::warehouse::redshift::run::step::Facts;

/// ALTER TABLE takes no time by itself, but readers queue behind it for as long as it waits for its lock.
const LONGEST_DDL: Duration = Duration::from_secs(30);

/// Stale when another daemon has added or widened a column meanwhile.
pub(super) async fn prepare(run: Run<'_>, session: &mut Session) -> Result<Facts, NotCommitted> {
    if run.plan.preparation.is_empty() {
        return Ok(Facts::Hold);
    }
    let start = Instant::now();
    run.redshift.progress.enters(&run.plan.key.target, Stage::Prepare);
    let is_change = |step: &Preparation| matches!(step, Preparation::AddColumn(_) | Preparation::Widen(_));
    let changes_table = run.plan.preparation.iter().any(is_change);
    let usual = run.redshift.sessions.statement_timeout;
    if changes_table {
        perform(run, session, &Action::limit(usual.min(LONGEST_DDL))).await?;
    }
    let prepared = take_all(run, session).await;
    // Nobody else may find the short limit.
    let restored = match changes_table && !session.is_unanswered() {
        true => perform(run, session, &Action::limit(usual)).await.map(drop),
        false => Ok(()),
    };
    if restored.is_err() {
        session.discard();
    }
    let facts = prepared?;
    restored?;
    run.redshift.metrics.stage_ended(Stage::Prepare, start.elapsed());
    Ok(facts)
}

async fn take_all(run: Run<'_>, session: &mut Session) -> Result<Facts, NotCommitted> {
    for preparation in &run.plan.preparation {
        let action = Action::of_preparation(run.plan, preparation);
        run.redshift.progress.does(&run.plan.key.target, &action.to_show());
        let answer = perform(run, session, &action).await;
        match preparation {
            // ALTER TABLE locks out readers, so it stands outside the transaction (redshift-facts 2.3).
            Preparation::AddColumn(_) | Preparation::Widen(_) => match answer {
                Err(NotCommitted::Failed(Failure { kind: FailureKind::Conflict, .. })) => {
                    return Ok(Facts::AreStale);
                }
                // A long query of others is no fault of the message, however often it is met.
                Err(NotCommitted::Failed(failure)) if failure.kind == FailureKind::Timeout => {
                    return Err(Failure { kind: FailureKind::Conflict, ..failure }.into());
                }
                Err(NotCommitted::Failed(failure)) => {
                    return match preparation {
                        Preparation::Widen(widening)
                            if failure.kind == FailureKind::StatementRefused
                                && !is_still_narrow(run, session, widening).await? =>
                        {
                            Ok(Facts::AreStale)
                        }
                        _ => Err(failure.into()),
                    };
                }
                answer => drop(answer?),
            },
            Preparation::WriteManifest { .. } | Preparation::WritePaths { .. } => {
                unless_aborted(run, action.stage, write_file(run.redshift, preparation)).await?;
            }
        }
    }
    Ok(Facts::Hold)
}

/// Whether a column that could not be widened is as it was planned with: Redshift refuses to give it the length that it has,
/// or one that its values exceed by now, each in words of its own.
async fn is_still_narrow(
    run: Run<'_>,
    session: &mut Session,
    widening: &Widening,
) -> Result<bool, NotCommitted> {
    let look = Action::look_at_column(run.plan, &widening.column);
    let rows = perform(run, session, &look).await?;
    let there = rows.first().and_then(|row| ColumnType::parse(row.get(0)?).ok());
    Ok(there == Some(ColumnType::Varchar(widening.from)))
}

/// What COPY is pointed at, where the preparation is to write it.
pub(super) async fn write_file(redshift: &Redshift, preparation: &Preparation) -> Result<(), Failure> {
    match preparation {
        Preparation::WriteManifest { uri, files, region } => {
            write(redshift, "manifest", uri, manifest::render(files), region).await
        }
        Preparation::WritePaths { uri, keys, region } => {
            write(redshift, "file of JSON paths", uri, json_paths::render(keys), region).await
        }
        Preparation::AddColumn(_) | Preparation::Widen(_) => Ok(()),
    }
}

/// An object in the region of the data.
async fn write(
    redshift: &Redshift,
    what: &str,
    uri: &ObjectUri,
    text: String,
    region_of_data: &str,
) -> Result<(), Failure> {
    let refused = |error| {
        let failure = failure_of(&error, Stage::Prepare, FailureKind::StorageDenied);
        failure.advised(&Advice::UseWritableManifestFolder)
    };
    let region = redshift.store.region(&uri.bucket).await.map_err(refused)?;
    if region != region_of_data {
        let sentence = format!(
            "the {what} {uri} would be in {region} and its data in {region_of_data}, which COPY cannot read together"
        );
        return Err(Failure::new(FailureKind::StorageDenied, Stage::Prepare, sentence)
            .advised(&Advice::UseManifestFolderIn(region_of_data.to_owned())));
    }
    redshift.store.write(uri, text.into_bytes()).await.map_err(refused)
}
