//! Rows that COPY has refused and left out, as MAXERROR lets it: how many, and why.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::failure::load_error::LoadError;
use crate::failure::{Failure, FailureKind, Stage};
use crate::plan::step::Place;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::refusal::ErrorView;
use crate::warehouse::redshift::run::action::Action;
use crate::warehouse::redshift::run::statement::{NotCommitted, perform, unless_aborted};
use crate::warehouse::redshift::run::{Run, load_errors};
use crate::warehouse::redshift::sql::catalog::ErrorsOf;

/// The view is filled late; the table is locked meanwhile.
const ATTEMPTS: u32 = 15;
const PAUSE: Duration = Duration::from_secs(1);

/// How many rows the COPY of the transaction has skipped. Only a notice and this view tell: COPY succeeds without them.
///
/// # Errors
/// When the view does not show the COPY in time: rows that nobody has counted would be lost.
pub(super) async fn count(
    run: Run<'_>,
    session: &mut Session,
    into: Place,
    copied: u64,
) -> Result<u64, NotCommitted> {
    let beginning = perform(run, session, &Action::ask_beginning()).await?;
    let since = beginning.first().and_then(|row| row.get(0)).unwrap_or_default();
    let question = Action::ask_for_errors(run.plan, session.process_id, since, into);
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            let pause = async {
                tokio::time::sleep(PAUSE).await;
                Ok(())
            };
            unless_aborted(run, Stage::Copy, pause).await?;
        }
        let answer = perform(run, session, &question).await?;
        if let Some(skipped) = answer.first().and_then(|row| skipped_by(row, copied)) {
            return Ok(skipped);
        }
    }
    let sentence = format!(
        "{} failed: sys_load_history does not show the COPY after {ATTEMPTS} s; leave MAXERROR out of `copy_options` if that happens \
         again",
        question.what
    );
    Err(Failure::new(FailureKind::StatementRefused, Stage::Copy, sentence).into())
}

/// `None` when it is about another COPY, or one that has not come to its end in the view.
fn skipped_by(row: &SimpleQueryRow, copied: u64) -> Option<u64> {
    let number = |index| row.get(index)?.parse::<u64>().ok();
    (number(0)? == copied).then(|| number(1))?
}

/// The first of the rows that a session has skipped, each once although it was skipped by two COPYs. Empty when the views do not
/// tell in time.
pub(super) async fn first_of(run: Run<'_>, of: ErrorsOf) -> Vec<LoadError> {
    let mut found = load_errors::in_time(run, of, ErrorView::Serverless).await;
    let mut seen = Vec::new();
    found.retain(|error| {
        let place = (error.file.clone(), error.line, error.column.clone());
        let is_new = !seen.contains(&place);
        seen.extend(is_new.then_some(place));
        is_new
    });
    found.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    found
}
