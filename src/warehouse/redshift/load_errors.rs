//! The reason for a refused COPY, read from Redshift's error views on a session of its own.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::config::warehouse::LoadErrorSettings;
use crate::failure::Stage;
use crate::failure::load_error::LoadError;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::sql::catalog::{self, ErrorsOf};

/// Rows appear in the views with some delay.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// The first rows that Redshift refused in the last COPY of a session. Empty when they cannot be read; the views need
/// rights of their own (redshift-facts 1.15).
pub(super) async fn of_session(redshift: &Redshift, of: ErrorsOf, refusal: &str) -> Vec<LoadError> {
    let LoadErrorSettings { shown, with_values } = redshift.settings.load_errors;
    let provisioned = catalog::load_errors_provisioned(of, shown, with_values);
    let serverless = catalog::load_errors_serverless(of, shown);
    let in_likely_order = match refusal.contains("sys_load_error_detail") {
        true => [serverless, provisioned],
        false => [provisioned, serverless],
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

async fn ask(redshift: &Redshift, question: &str) -> Vec<LoadError> {
    let Ok(mut session) = redshift.pool.session(Stage::Copy).await else { return Vec::new() };
    match session.rows(question).await {
        Ok(rows) => rows.iter().map(load_error).collect(),
        Err(error) => {
            tracing::debug!(%error, "a view of load errors could not be read");
            Vec::new()
        }
    }
}

fn load_error(row: &SimpleQueryRow) -> LoadError {
    let field = |index| row.get(index).map(str::trim).unwrap_or_default().to_owned();
    LoadError {
        file: field(0),
        line: field(1).parse().unwrap_or_default(),
        column: field(2),
        column_type: field(3),
        reason: field(4),
        value: row.get(5).map(|value| value.trim_end().to_owned()),
    }
}
