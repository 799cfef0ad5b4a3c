//! One statement of a plan, what it waits for, and what it means when it is stopped.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::blockers::describe;
use crate::warehouse::redshift::session::{Interrupted, Session};
use crate::warehouse::redshift::sql::load::end_session;
use crate::warehouse::redshift::{Redshift, errors};

/// For ending a session from another one: a server that stopped answering must not hold up whoever gives up on it.
const LONGEST_END: Duration = Duration::from_secs(10);

/// Why a transaction did not commit.
pub(super) enum NotCommitted {
    Failed(Failure),
    /// COPY refused rows; the text says which view knows why.
    DataRejected(Failure, String),
    /// COMMIT was sent and its answer is lost: there is nothing to roll back on.
    Unknown(Failure),
}

pub(super) async fn run(
    redshift: &Redshift,
    session: &mut Session,
    what: &str,
    stage: Stage,
    statement: &str,
    abort: &CancellationToken,
) -> Result<Vec<tokio_postgres::SimpleQueryRow>, Failure> {
    match session.rows_unless_aborted(statement, abort).await {
        Ok(rows) => Ok(rows),
        Err(Interrupted::Refused(error)) => Err(errors::statement_failed(what, stage, &error)),
        Err(Interrupted::Aborted { still_running }) => {
            Err(stopped(redshift, session, what, stage, still_running).await)
        }
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
    statement: &str,
    abort: &CancellationToken,
) -> Result<(), Failure> {
    let waiting = session.process_id;
    let mut running = Box::pin(run(redshift, session, what, stage, statement, abort));
    let mut patience = redshift.sessions.lock_wait_warning;
    let result = loop {
        tokio::select! {
            biased;
            result = &mut running => break result,
            () = tokio::time::sleep(patience) => {
                let blockers = describe(redshift, target, stage, waiting).await;
                warn!(table = %target, "{what} is taking long: {blockers}");
                patience *= 2;
            }
        }
    };
    match result {
        Ok(_) => Ok(()),
        Err(failure) if matches!(failure.kind, FailureKind::Timeout | FailureKind::Aborted) => {
            let blockers = describe(redshift, target, stage, waiting).await;
            let sentence = format!("{}; {blockers}", failure.sentence);
            Err(failure.told(&sentence))
        }
        Err(failure) => Err(failure),
    }
}

/// A statement that did not end when it was cancelled still holds its locks: its session is ended from another one.
pub(super) async fn stopped(
    redshift: &Redshift,
    session: &Session,
    what: &str,
    stage: Stage,
    still_running: bool,
) -> Failure {
    if still_running {
        warn!(session = session.process_id, "{what} did not stop when cancelled, ending its session");
        end(redshift, session, stage).await;
    }
    aborted(what, stage)
}

/// Rolls back. Where that is not answered, or nothing is any more, the session is ended from another one: it would keep
/// the lock of its table.
pub(super) async fn roll_back(redshift: &Redshift, session: &mut Session, stage: Stage) {
    if !session.is_unanswered() {
        session.roll_back().await;
    }
    if session.is_unanswered() {
        warn!(session = session.process_id, "Redshift does not answer any more, ending the session");
        end(redshift, session, stage).await;
    }
}

async fn end(redshift: &Redshift, session: &Session, stage: Stage) {
    let ended = tokio::time::timeout(LONGEST_END, try_to_end(redshift, session.process_id, stage)).await;
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
