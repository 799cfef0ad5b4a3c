//! The reason for a refused COPY, read from Redshift's error views on a session of its own.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::config::warehouse::LoadErrorSettings;
use crate::failure::Stage;
use crate::failure::load_error::LoadError;
use crate::model::shown::shown;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::refusal::ErrorView;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::sql::catalog::{self, ErrorsOf};
use crate::warehouse::redshift::sql::text::Sql;

/// A COPY that refused rows.
pub(super) struct RefusedRows {
    /// "COPY of … into s.t".
    pub(super) what: String,
    /// The view of load errors that knows why.
    pub(super) view: ErrorView,
    /// In Redshift's words, which name that view and nothing else.
    pub(super) says: String,
}

/// Rows appear in the views with some delay.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// The views are filled late, and the queue of queries may be long; the load keeps its place meanwhile.
const LONGEST_LOOK: Duration = Duration::from_secs(15);

/// The same, but empty as well when it takes long, or the load is to stop.
pub(super) async fn in_time(run: Run<'_>, of: ErrorsOf, likely: ErrorView) -> Vec<LoadError> {
    tokio::select! {
        found = of_session(run.redshift, of, likely) => found,
        () = tokio::time::sleep(LONGEST_LOOK) => Vec::new(),
        () = run.abort.cancelled() => Vec::new(),
    }
}

/// The first rows that Redshift refused in the last COPY of a session. Empty when they cannot be read; the views need
/// rights of their own (redshift-facts 1.15).
async fn of_session(redshift: &Redshift, of: ErrorsOf, likely: ErrorView) -> Vec<LoadError> {
    let LoadErrorSettings { shown: most, with_values } = redshift.settings.load_errors;
    let provisioned = catalog::load_errors_provisioned(of, most, with_values);
    let serverless = catalog::load_errors_serverless(of, most);
    let in_likely_order = match likely {
        ErrorView::Serverless => [serverless, provisioned],
        ErrorView::Provisioned => [provisioned, serverless],
    };
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        for question in &in_likely_order {
            let errors = ask(redshift, question).await;
            if !errors.is_empty() {
                return errors;
            }
        }
    }
    Vec::new()
}

async fn ask(redshift: &Redshift, question: &Sql) -> Vec<LoadError> {
    let Ok(mut session) = redshift.pool.session(Stage::Copy).await else { return Vec::new() };
    match session.rows(question).await {
        Ok(rows) => {
            rows.iter().map(|row| load_error(row, redshift.settings.load_errors.with_values)).collect()
        }
        Err(error) => {
            tracing::debug!(%error, "a view of load errors could not be read");
            Vec::new()
        }
    }
}

fn load_error(row: &SimpleQueryRow, with_values: bool) -> LoadError {
    let field = |index| shown(row.get(index).unwrap_or_default().trim()).into_owned();
    LoadError {
        file: field(0),
        line: field(1).parse().unwrap_or_default(),
        column: field(2),
        column_type: field(3),
        reason: if with_values { field(4) } else { without_value(&field(4)) },
        value: row.get(5).map(|value| shown(value.trim_end()).into_owned()),
    }
}

/// Some reasons quote the refused value, or the character of it that is wrong: `Invalid digit, Value 'm', Pos 0, …`.
fn without_value(reason: &str) -> String {
    let Some((before, quoted)) = reason.split_once("Value '") else { return reason.to_owned() };
    // The views cut long texts, so that the closing quote may be missing.
    match quoted.rsplit_once('\'') {
        Some((_, after)) => format!("{before}Value '…'{after}"),
        None => format!("{before}Value '…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_without_the_value_that_it_quotes() {
        let cases = [
            (
                "Invalid digit, Value 'm', Pos 0, Type: Integer",
                "Invalid digit, Value '…', Pos 0, Type: Integer",
            ),
            ("Numeric overflow, Value '12'3', Type: Decimal", "Numeric overflow, Value '…', Type: Decimal"),
            ("Numeric overflow, Value '12", "Numeric overflow, Value '…"),
            ("Missing data for not-null field", "Missing data for not-null field"),
        ];
        for (reason, told) in cases {
            assert_eq!(without_value(reason), told);
        }
    }
}
