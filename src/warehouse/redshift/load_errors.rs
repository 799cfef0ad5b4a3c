//! The reason for a refused COPY, read from Redshift's error views on a session of its own.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::failure::Stage;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::sql::catalog;

/// Enough to see whether all rows are wrong in the same way.
const SHOWN: u32 = 3;
/// Rows appear in the views with some delay.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// The first reasons that Redshift noted for the last COPY of a session: `line 7 of s3://…, column `id` (int4):
/// Invalid digit…`. Empty when they cannot be read; the views need rights of their own (redshift-facts 1.15).
pub(super) async fn reasons(redshift: &Redshift, process_id: i32, refusal: &str) -> Vec<String> {
    let provisioned = catalog::load_errors_provisioned(process_id, SHOWN);
    let serverless = catalog::load_errors_serverless(process_id, SHOWN);
    let in_likely_order = match refusal.contains("sys_load_error_detail") {
        true => [serverless, provisioned],
        false => [provisioned, serverless],
    };
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        for question in &in_likely_order {
            let reasons = ask(redshift, question).await;
            if !reasons.is_empty() {
                return reasons;
            }
        }
    }
    Vec::new()
}

async fn ask(redshift: &Redshift, question: &str) -> Vec<String> {
    let Ok(mut session) = redshift.pool.session(Stage::Copy).await else { return Vec::new() };
    match session.rows(question).await {
        Ok(rows) => rows.iter().map(sentence).collect(),
        Err(error) => {
            tracing::debug!(%error, "a view of load errors could not be read");
            Vec::new()
        }
    }
}

fn sentence(row: &SimpleQueryRow) -> String {
    let field = |index| row.get(index).map(str::trim).unwrap_or_default();
    let column = match field(2) {
        "" => String::new(),
        name => format!(", column `{name}` ({})", field(3)),
    };
    format!("line {} of {}{column}: {}", field(1), field(0), field(4))
}
