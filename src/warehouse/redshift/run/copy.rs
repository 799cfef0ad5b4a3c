//! COPY: by whose rights it reads, how many rows it has loaded, and why it refused a file.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::shown::shown;
use crate::plan::LoadPlan;
use crate::plan::step::Copy;
use crate::warehouse::redshift::connect::session::{Interrupted, Session};
use crate::warehouse::redshift::refusal::Refusal;
use crate::warehouse::redshift::run::load_errors::RefusedRows;
use crate::warehouse::redshift::run::statement::{NotCommitted, aborted, run, unless_aborted};
use crate::warehouse::redshift::run::{load_errors, odd_file};
use crate::warehouse::redshift::sql::catalog::ErrorsOf;
use crate::warehouse::redshift::sql::load::{Authorization, ROWS_COPIED, copy as copy_statement};
use crate::warehouse::redshift::{Redshift, errors};

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
            return Err(match error.as_db_error().map(|refused| (Refusal::of(refused), refused)) {
                Some((Refusal::Rows(view), refused)) => {
                    let says = refused.message().trim().to_owned();
                    NotCommitted::DataRejected(RefusedRows { what, view, says })
                }
                _ => NotCommitted::Failed(errors::statement_failed(&what, Stage::Copy, &error)),
            });
        }
    }
    let rows = run(session, "counting the rows of COPY", Stage::Copy, &ROWS_COPIED, abort).await;
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

/// The failure of a COPY that refused rows, with what the views of load errors say about it, and what the file says for
/// itself.
pub(super) async fn why_refused(
    redshift: &Redshift,
    refused: RefusedRows,
    plan: &LoadPlan,
    of: ErrorsOf,
    abort: &CancellationToken,
) -> Failure {
    let RefusedRows { what, view, says } = refused;
    let load_errors = tokio::select! {
        found = load_errors::of_session(redshift, of, view) => found,
        () = tokio::time::sleep(LONGEST_LOOK) => Vec::new(),
        () = abort.cancelled() => Vec::new(),
    };
    let odd_file = tokio::select! {
        found = odd_file::what_is_odd(redshift, plan, &load_errors) => found,
        () = tokio::time::sleep(LONGEST_LOOK_AT_FILE) => None,
        () = abort.cancelled() => None,
    };
    let told: Vec<String> = load_errors.iter().take(TOLD).map(ToString::to_string).collect();
    let (reasons, advice) = match (odd_file, load_errors.len() - told.len()) {
        (Some(odd_file), _) => {
            // The file explains them all.
            let first = told.first().map(|first| format!(" (COPY says: {first})")).unwrap_or_default();
            (format!("{odd_file}{first}"), Some(Advice::FixFile))
        }
        (None, _) if told.is_empty() => (says, None),
        (None, 0) => (told.join("; "), Some(Advice::FixFileOrConfig)),
        (None, more) => (format!("{}; and {more} more", told.join("; ")), Some(Advice::FixFileOrConfig)),
    };
    let sentence = format!("{what} failed: {reasons}");
    let failure = Failure::new(FailureKind::DataRejected, Stage::Copy, sentence).with_advice(advice);
    Failure { load_errors, ..failure }
}

async fn how_copy_authorizes(redshift: &Redshift) -> Result<Authorization<'_>, Failure> {
    if let Some(role) = &redshift.settings.copy_role {
        return Ok(Authorization::Role(role));
    }
    let keys = redshift.store.access_keys().await;
    keys.map(Authorization::Keys).map_err(|error| {
        Failure::new(FailureKind::StorageDenied, Stage::Copy, error.to_string())
            .advised(&Advice::NameRoleOrKeys)
    })
}
