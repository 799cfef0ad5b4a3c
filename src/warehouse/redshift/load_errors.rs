//! The reason for a refused COPY, read from Redshift's error views on a session of its own.

use crate::failure::Stage;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::sql::catalog;

/// Enough to see whether all rows are wrong in the same way.
const SHOWN: u32 = 3;

/// The first reasons that Redshift noted for the last COPY of a session: `line 7 of s3://…, column `id` (int4):
/// Invalid digit…`. Empty when they cannot be read; the views need rights of their own (redshift-facts 1.15).
pub(super) async fn reasons(redshift: &Redshift, process_id: i32, refusal: &str) -> Vec<String> {
    let question = if refusal.contains("sys_load_error_detail") {
        catalog::load_errors_serverless(process_id, SHOWN)
    } else {
        catalog::load_errors_provisioned(process_id, SHOWN)
    };
    let Ok(mut session) = redshift.pool.session(Stage::Copy).await else { return Vec::new() };
    let rows = match session.rows(&question).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::warn!(%error, "load errors could not be read");
            return Vec::new();
        }
    };
    let sentence = |row: &tokio_postgres::SimpleQueryRow| {
        let field = |index| row.get(index).map(str::trim).unwrap_or_default();
        let column = match field(2) {
            "" => String::new(),
            name => format!(", column `{name}` ({})", field(3)),
        };
        format!("line {} of {}{column}: {}", field(1), field(0), field(4))
    };
    rows.iter().map(sentence).collect()
}
