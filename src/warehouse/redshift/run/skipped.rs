//! Rows that COPY has refused and left out, as MAXERROR lets it: how many, and why.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::failure::load_error::LoadError;
use crate::failure::{Failure, FailureKind, Stage};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::refusal::ErrorView;
use crate::warehouse::redshift::run::action::{Action, load_of};
use crate::warehouse::redshift::run::statement::{NotCommitted, perform, unless_aborted};
use crate::warehouse::redshift::run::{Run, load_errors};
use crate::warehouse::redshift::sql::catalog::ErrorsOf;

/// The views are filled late, and the queue of queries may be long; the table is locked meanwhile.
const LONGEST_LOOK: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_secs(1);

/// What the views say of a COPY, as far as they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    loaded: u64,
    errors: u64,
    /// Errors that are shown one by one.
    shown: u64,
    /// Of those the ones that may have cost more than their row.
    of_file: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Skipped(u64),
    /// Not all is there to be seen.
    TooEarly,
    /// So many errors after which nobody knows where COPY has read on.
    OfFile(u64),
}

fn judge(told: Option<Told>, copied: u64) -> Verdict {
    match told {
        Some(Told { of_file, .. }) if of_file > 0 => Verdict::OfFile(of_file),
        Some(Told { loaded, errors, shown, .. }) if loaded == copied && shown >= errors => {
            Verdict::Skipped(errors)
        }
        _ => Verdict::TooEarly,
    }
}

/// How many rows the COPY of the transaction has skipped. Only a notice and views tell: COPY succeeds without a word.
///
/// # Errors
/// When the views do not show the COPY with all its errors in time, or one that is of more than a row: rows that nobody has
/// counted would be lost.
pub(super) async fn count(run: Run<'_>, session: &mut Session, copied: u64) -> Result<u64, NotCommitted> {
    let answer = perform(run, session, &Action::ask_last_copy()).await?;
    let query = answer.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or_default();
    let question = Action::ask_for_errors(run.plan, query);
    let failed = |why: String| {
        let sentence = format!("{} failed: {why}", question.what);
        NotCommitted::from(Failure::new(FailureKind::StatementRefused, Stage::Copy, sentence))
    };
    let asking = async {
        loop {
            let answer = perform(run, session, &question).await?;
            match judge(answer.first().and_then(told), copied) {
                Verdict::Skipped(rows) => return Ok(rows),
                Verdict::OfFile(errors) => {
                    let why = format!(
                        "{errors} of its errors are not of one value, such as a quote that is never closed, so that nobody knows how much \
                         of the file was passed over; fix the file, or leave MAXERROR out to see where"
                    );
                    let failure = Failure::new(
                        FailureKind::DataRejected,
                        Stage::Copy,
                        format!("{}: {why}", load_of(run.plan)),
                    );
                    return Err(NotCommitted::TooManySkipped(failure));
                }
                Verdict::TooEarly => {}
            }
            let pause = async {
                tokio::time::sleep(PAUSE).await;
                Ok(())
            };
            unless_aborted(run, Stage::Copy, pause).await?;
        }
    };
    let in_time = tokio::time::timeout(LONGEST_LOOK, asking).await;
    match in_time {
        Ok(counted) => counted,
        Err(_) => Err(failed(format!(
            "sys_load_history and sys_load_error_detail do not show the COPY with all its errors after {} s; leave MAXERROR out of \
             `copy_options` if that happens again",
            LONGEST_LOOK.as_secs()
        ))),
    }
}

/// `None` when a number is not there, which must not pass for none.
fn told(row: &SimpleQueryRow) -> Option<Told> {
    let number = |index| row.get(index)?.parse::<u64>().ok();
    Some(Told { loaded: number(0)?, errors: number(1)?, shown: number(2)?, of_file: number(3)? })
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

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Told = Told { loaded: 7, errors: 2, shown: 2, of_file: 0 };

    #[test]
    fn rows_are_counted_only_when_the_views_show_the_copy_with_all_its_errors() {
        assert_eq!(judge(Some(TOLD), 7), Verdict::Skipped(2));
        assert_eq!(judge(None, 7), Verdict::TooEarly);
        assert_eq!(judge(Some(Told { loaded: 6, ..TOLD }), 7), Verdict::TooEarly, "another COPY");
        assert_eq!(judge(Some(Told { shown: 1, ..TOLD }), 7), Verdict::TooEarly);
        assert_eq!(judge(Some(Told { errors: 0, shown: 0, ..TOLD }), 7), Verdict::Skipped(0));
    }

    #[test]
    fn an_error_that_may_have_cost_more_than_its_row_counts_nothing() {
        assert_eq!(judge(Some(Told { of_file: 1, ..TOLD }), 7), Verdict::OfFile(1));
        assert_eq!(judge(Some(Told { of_file: 1, shown: 1, ..TOLD }), 7), Verdict::OfFile(1));
    }
}
