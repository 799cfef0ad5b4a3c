//! One statement of a plan, what it waits for, and what it means when it is stopped.

use std::convert::Infallible;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::config::ending;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::warehouse::redshift::connect::session::{Interrupted, Session};
use crate::warehouse::redshift::run::blockers::describe;
use crate::warehouse::redshift::run::load_errors::RefusedRows;
use crate::warehouse::redshift::sql::session::end_session;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors};

/// Why a transaction did not commit.
pub(super) enum NotCommitted {
    Failed(Failure),
    DataRejected(RefusedRows),
    /// COMMIT was sent and its answer is lost: there is nothing to roll back on.
    Unknown(Failure),
}

impl From<Failure> for NotCommitted {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(super) async fn run(
    session: &mut Session,
    what: &str,
    stage: Stage,
    statement: &Sql,
    abort: &CancellationToken,
) -> Result<Vec<tokio_postgres::SimpleQueryRow>, Failure> {
    match session.rows_unless_aborted(statement, abort).await {
        Ok(rows) => Ok(rows),
        Err(Interrupted::Refused(error)) => Err(errors::statement_failed(what, stage, &error)),
        Err(Interrupted::Aborted) => Err(aborted(what, stage)),
    }
}

/// Runs a statement that waits for a lock of `target`, and names whoever holds the lock: in the log when it takes long,
/// and in the failure when it takes too long.
pub(super) async fn run_with_lock(
    redshift: &Redshift,
    session: &mut Session,
    target: &TargetTable,
    what: &str,
    stage: Stage,
    statement: &Sql,
    abort: &CancellationToken,
) -> Result<(), Failure> {
    let waiting = session.process_id;
    let result = tokio::select! {
        biased;
        result = run(session, what, stage, statement, abort) => result,
        never = report_blockers(redshift, target, what, stage, waiting) => match never {},
    };
    match result {
        Ok(_) => Ok(()),
        // Whoever does not answer one session will hardly answer another.
        Err(failure) if session.is_unanswered() => Err(failure),
        Err(failure) if matches!(failure.kind, FailureKind::Timeout | FailureKind::Aborted) => {
            let blockers = describe(redshift, target, stage, waiting).await;
            Err(failure.and(&blockers))
        }
        Err(failure) => Err(failure),
    }
}

/// Says in the log who holds the lock, after growing pauses, for as long as it is polled.
pub(crate) async fn report_blockers(
    redshift: &Redshift,
    target: &TargetTable,
    what: &str,
    stage: Stage,
    waiting: i32,
) -> Infallible {
    let mut patience = redshift.sessions.lock_wait_warning;
    loop {
        tokio::time::sleep(patience).await;
        let blockers = describe(redshift, target, stage, waiting).await;
        warn!("{what} is taking long: {blockers}");
        patience *= 2;
    }
}

/// Leaves nothing behind in a session whose work has failed: rolls back what is open. A session that does not answer
/// keeps its transaction, and the lock of its table, so it is ended from another one.
pub(super) async fn clean_up(redshift: &Redshift, session: &mut Session, stage: Stage) {
    if session.is_in_transaction() && !session.is_unanswered() {
        session.roll_back().await;
    }
    if session.is_unanswered() {
        warn!(session = session.process_id, "a session does not answer any more, ending it from another one");
        end(redshift, session, stage).await;
    }
}

async fn end(redshift: &Redshift, session: &Session, stage: Stage) {
    let ended =
        tokio::time::timeout(ending::END_SESSION, try_to_end(redshift, session.process_id, stage)).await;
    if let Err(why) = ended.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
        error!(session = session.process_id, why, "session could not be ended, and may hold its locks");
    }
}

async fn try_to_end(redshift: &Redshift, process_id: i32, stage: Stage) -> Result<(), String> {
    let mut other = redshift.pool.session(stage).await.map_err(|failure| failure.to_string())?;
    other.rows(&end_session(process_id)).await.map(drop).map_err(|error| error.to_string())
}

pub(super) fn aborted(what: &str, stage: Stage) -> Failure {
    Failure::new(FailureKind::Aborted, stage, format!("{what} was stopped and rolled back"))
}

/// Does something that changes nothing, until the load is told to stop.
pub(super) async fn unless_aborted<T>(
    plan: &LoadPlan,
    stage: Stage,
    abort: &CancellationToken,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = abort.cancelled() => Err(aborted(&format!("the load of {}", plan.key.target), stage)),
    }
}
