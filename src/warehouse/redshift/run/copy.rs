//! COPY: how many rows it has loaded, and why it refused a file.

use std::time::Duration;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::action::Action;
use crate::warehouse::redshift::run::load_errors::RefusedRows;
use crate::warehouse::redshift::run::odd_file::{self, OddFile};
use crate::warehouse::redshift::run::statement::{NotCommitted, perform};
use crate::warehouse::redshift::run::{Run, load_errors};
use crate::warehouse::redshift::sql::catalog::ErrorsOf;

/// The number of rows that a COPY which was just performed has loaded.
pub(super) async fn rows_copied(
    run: Run<'_>,
    session: &mut Session,
    copy: &Action<'_>,
) -> Result<u64, NotCommitted> {
    let rows = perform(run, session, &Action::count_copied()).await?;
    let count = rows.first().and_then(|row| row.get(0)?.parse().ok());
    count.ok_or_else(|| {
        let sentence = format!("{}: Redshift did not say how many rows it loaded", copy.what);
        Failure::new(FailureKind::StatementRefused, copy.stage, sentence).into()
    })
}

/// The file may be hard to reach, and what is known has waited long enough.
const LONGEST_LOOK_AT_FILE: Duration = Duration::from_secs(5);

/// As many reasons as a sentence may hold; all of them are in `load_errors`.
const TOLD: usize = 3;

/// The failure of a COPY that refused rows, with what the views of load errors say about it, and what the file says for
/// itself.
pub(super) async fn why_refused(run: Run<'_>, refused: RefusedRows, of: ErrorsOf) -> Failure {
    let RefusedRows { what, view, says } = refused;
    let load_errors = load_errors::in_time(run, of, view).await;
    let odd_file = tokio::select! {
        found = odd_file::what_is_odd(run.redshift, run.plan, &load_errors) => found,
        () = tokio::time::sleep(LONGEST_LOOK_AT_FILE) => None,
        () = run.abort.cancelled() => None,
    };
    let told: Vec<String> = load_errors.iter().take(TOLD).map(ToString::to_string).collect();
    let (reasons, advice) = match (odd_file, load_errors.len() - told.len()) {
        (Some(OddFile { odd, advice }), _) => {
            // The file explains them all.
            let first = told.first().map(|first| format!(" (COPY says: {first})")).unwrap_or_default();
            (format!("{odd}{first}"), Some(advice))
        }
        (None, _) if told.is_empty() => (says, None),
        (None, 0) => (told.join("; "), Some(Advice::FixFileOrConfig)),
        (None, more) => (format!("{}; and {more} more", told.join("; ")), Some(Advice::FixFileOrConfig)),
    };
    let sentence = format!("{what} failed: {reasons}");
    let failure = Failure::new(FailureKind::DataRejected, Stage::Copy, sentence).with_advice(advice);
    Failure { load_errors, ..failure }
}
