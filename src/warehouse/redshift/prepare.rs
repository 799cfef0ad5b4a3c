//! What a plan does before its transaction: ADD COLUMN, by itself, and without a long wait.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::table::Column;
use crate::plan::LoadPlan;
use crate::plan::step::Preparation;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::session::{Session, limit_statements};
use crate::warehouse::redshift::sql::table::add_column;
use crate::warehouse::redshift::statement::{run, run_with_lock};

/// ADD COLUMN takes no time by itself, but readers queue behind it for as long as it waits for its lock.
const LONGEST_DDL: Duration = Duration::from_secs(30);

/// ADD COLUMN outside the transaction: it locks out readers, so it must be short (redshift-facts 2.3). False when
/// another daemon has added a column meanwhile.
pub(super) async fn prepare(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<bool, Failure> {
    let columns = plan.preparation.iter().filter_map(|preparation| match preparation {
        Preparation::AddColumn(column) => Some(column),
        Preparation::WriteManifest { .. } => None,
    });
    let columns: Vec<&Column> = columns.collect();
    if columns.is_empty() {
        return Ok(true);
    }
    let start = Instant::now();
    let target = &plan.key.target;
    limit(session, redshift.sessions.statement_timeout.min(LONGEST_DDL), abort).await?;
    for column in columns {
        let what = format!("adding column `{}` to {target}", column.name);
        let addition = add_column(target, column);
        match run_with_lock(redshift, session, target, &what, Stage::Prepare, &addition, abort).await {
            Ok(()) => {}
            Err(failure) => {
                // Nobody else may find the short limit.
                session.discard();
                return match failure.kind {
                    FailureKind::Conflict => Ok(false),
                    // A long query of others is no fault of the message, however often it is met.
                    FailureKind::Timeout => Err(Failure { kind: FailureKind::Conflict, ..failure }),
                    _ => Err(failure),
                };
            }
        }
    }
    if let Err(failure) = limit(session, redshift.sessions.statement_timeout, abort).await {
        session.discard();
        return Err(failure);
    }
    redshift.metrics.stage_ended(Stage::Prepare, start.elapsed());
    Ok(true)
}

async fn limit(session: &mut Session, timeout: Duration, abort: &CancellationToken) -> Result<(), Failure> {
    let (what, statement) = ("limiting the time of ADD COLUMN", limit_statements(timeout));
    run(session, what, Stage::Prepare, &statement, abort).await.map(drop)
}
