//! COPY: by whose rights it reads, how many rows it has loaded, and why it refused a file.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::shown::shown;
use crate::plan::LoadPlan;
use crate::plan::step::Copy;
use crate::warehouse::redshift::session::{Interrupted, Session};
use crate::warehouse::redshift::sql::catalog::ErrorsOf;
use crate::warehouse::redshift::sql::load::{Authorization, ROWS_COPIED, copy as copy_statement};
use crate::warehouse::redshift::statement::{NotCommitted, aborted, run, unless_aborted};
use crate::warehouse::redshift::{Redshift, errors, load_errors, odd_file};

/// Runs COPY and returns the number of rows that it loaded.
pub(super) async fn copy(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    step: &Copy,
    abort: &CancellationToken,
) -> Result<u64, NotCommitted> {
    // Asked for now, because temporary keys could expire while DELETE waits for its lock.
    let authorization = unless_aborted(plan, Stage::Copy, abort, how_copy_authorizes(redshift)).await?;
    let statement = copy_statement(&plan.key.target, step, &plan.ledger_row.load_id, &authorization);
    let what = format!("COPY of {} into {}", shown(&plan.ledger_row.source_url.to_string()), plan.key.target);
    match session.rows_unless_aborted(&statement, abort).await {
        Ok(_) => {}
        Err(Interrupted::Aborted) => return Err(NotCommitted::Failed(aborted(&what, Stage::Copy))),
        Err(Interrupted::Refused(error)) => {
            let failure = errors::statement_failed(&what, Stage::Copy, &error);
            let refusal = error.as_db_error().map(|refusal| refusal.message().to_owned());
            return Err(match refusal {
                Some(refusal) if errors::is_load_error(&error) => {
                    NotCommitted::DataRejected(failure, refusal)
                }
                _ => NotCommitted::Failed(failure),
            });
        }
    }
    let rows = run(session, "counting the rows of COPY", Stage::Copy, ROWS_COPIED, abort).await;
    let rows = rows?;
    let count = rows.first().and_then(|row| row.get(0)?.parse().ok());
    count.ok_or_else(|| {
        let sentence = format!("{what}: Redshift did not say how many rows it loaded");
        NotCommitted::Failed(Failure::new(FailureKind::StatementRefused, Stage::Copy, sentence))
    })
}

/// The views are filled late, and the queue of queries may be long; the load keeps its place meanwhile.
const LONGEST_LOOK: Duration = Duration::from_secs(15);

/// The file may be hard to reach, and what is known has waited long enough.
const LONGEST_LOOK_AT_FILE: Duration = Duration::from_secs(5);

/// As many reasons as a sentence may hold; all of them are in `load_errors`.
const TOLD: usize = 3;

/// The failure of a COPY, with what the views of load errors say about it, and what the file says for itself.
pub(super) async fn with_reasons(
    redshift: &Redshift,
    failure: Failure,
    plan: &LoadPlan,
    of: ErrorsOf,
    refusal: &str,
    abort: &CancellationToken,
) -> Failure {
    let load_errors = tokio::select! {
        found = load_errors::of_session(redshift, of, refusal) => found,
        () = tokio::time::sleep(LONGEST_LOOK) => Vec::new(),
        () = abort.cancelled() => Vec::new(),
    };
    let odd_file = tokio::select! {
        found = odd_file::what_is_odd(redshift, plan, &load_errors) => found,
        () = tokio::time::sleep(LONGEST_LOOK_AT_FILE) => None,
        () = abort.cancelled() => None,
    };
    let (what, _) = failure.sentence.split_once(" failed: ").unwrap_or((&failure.sentence, ""));
    let told: Vec<String> = load_errors.iter().take(TOLD).map(ToString::to_string).collect();
    let sentence = match (odd_file, load_errors.len() - told.len()) {
        (Some(odd_file), _) => {
            // The file explains them all.
            let first = told.first().map(|first| format!(" (COPY says: {first})")).unwrap_or_default();
            format!("{what} failed: {odd_file}{first}; fix the file")
        }
        (None, _) if told.is_empty() => return failure,
        (None, 0) => format!("{what} failed: {}; fix the file or the table config", told.join("; ")),
        (None, more) => {
            format!("{what} failed: {}; and {more} more; fix the file or the table config", told.join("; "))
        }
    };
    Failure { load_errors, ..failure }.told(&sentence)
}

async fn how_copy_authorizes(redshift: &Redshift) -> Result<Authorization<'_>, Failure> {
    if let Some(role) = &redshift.settings.copy_role {
        return Ok(Authorization::Role(role));
    }
    let keys = redshift.store.access_keys().await;
    keys.map(Authorization::Keys).map_err(|error| {
        let sentence = format!("{error}; set REDSHIFT_ROLE_ARN, or give the loader AWS credentials");
        Failure::new(FailureKind::StorageDenied, Stage::Copy, sentence)
    })
}
