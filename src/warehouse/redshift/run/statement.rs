//! An action of a load as it is performed: what it waits for, and what it means when it is refused or stopped.

use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::connect::session::{Interrupted, Session};
use crate::warehouse::redshift::refusal::Refusal;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::run::action::{Action, Means, load_of};
use crate::warehouse::redshift::run::blockers::{Lock, describe, report_blockers};
use crate::warehouse::redshift::run::load_errors::RefusedRows;
use crate::warehouse::redshift::run::outside::RowsOutside;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors};

/// Why a transaction did not commit.
pub(super) enum NotCommitted {
    Failed(Failure),
    DataRejected(RefusedRows),
    /// With what the views of load errors say of them.
    TooManySkipped(Failure),
    RowsOutside(RowsOutside),
    /// COMMIT was sent and its answer is lost: there is nothing to roll back on.
    Unknown(Failure),
}

impl From<Failure> for NotCommitted {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Sends what there is to send of an action, and returns the rows of its answer.
pub(super) async fn perform(
    run: Run<'_>,
    session: &mut Session,
    action: &Action<'_>,
) -> Result<Vec<SimpleQueryRow>, NotCommitted> {
    match &action.means {
        Means::Statement { sql, lock: None } => send(run, session, action, sql).await,
        Means::Statement { sql, lock: Some(table) } => send_with_lock(run, session, action, sql, table).await,
        Means::Statements { statements, lock } => {
            let mut rows = Vec::new();
            for sql in statements {
                rows.extend(send_with_lock(run, session, action, sql, lock).await?);
            }
            Ok(rows)
        }
        Means::Questions(questions) => {
            Ok(unless_aborted(run, action.stage, ask(run.redshift, action, questions)).await?)
        }
        Means::Words(_) => Ok(Vec::new()),
    }
}

async fn ask(
    redshift: &Redshift,
    action: &Action<'_>,
    questions: &[Sql],
) -> Result<Vec<SimpleQueryRow>, Failure> {
    let mut session = redshift.pool.session(action.stage).await?;
    let mut rows = Vec::new();
    for question in questions {
        let answer = session.rows(question).await;
        rows.extend(answer.map_err(|error| errors::statement_failed(&action.what, action.stage, &error))?);
    }
    Ok(rows)
}

async fn send(
    run: Run<'_>,
    session: &mut Session,
    action: &Action<'_>,
    statement: &Sql,
) -> Result<Vec<SimpleQueryRow>, NotCommitted> {
    let Action { what, stage, .. } = action;
    match session.rows_unless_aborted(statement, run.abort).await {
        Ok(rows) => Ok(rows),
        Err(Interrupted::Aborted) => Err(aborted(what, *stage).into()),
        Err(Interrupted::Refused(error)) => {
            Err(match error.as_db_error().map(|refused| (Refusal::of(refused), refused)) {
                // Said of COPY alone.
                Some((Refusal::Rows(view), refused)) => {
                    let says = refused.message().trim().to_owned();
                    NotCommitted::DataRejected(RefusedRows { what: what.clone(), view, says })
                }
                _ => errors::statement_failed(what, *stage, &error).into(),
            })
        }
    }
}

/// Names whoever holds the lock that a statement waits for: in the log when it takes long, and in the failure when it
/// takes too long.
async fn send_with_lock(
    run: Run<'_>,
    session: &mut Session,
    action: &Action<'_>,
    statement: &Sql,
    table: &TargetTable,
) -> Result<Vec<SimpleQueryRow>, NotCommitted> {
    let Action { what, stage, .. } = action;
    let (lock, waiting) = (Lock::Of(table), session.process_id);
    let result = tokio::select! {
        biased;
        result = send(run, session, action, statement) => result,
        never = report_blockers(run.redshift, lock, table, what, *stage, waiting) => match never {},
    };
    match result {
        // Whoever does not answer one session will hardly answer another.
        Err(NotCommitted::Failed(failure))
            if matches!(failure.kind, FailureKind::Timeout | FailureKind::Aborted)
                && !session.is_unanswered() =>
        {
            let blockers = describe(run.redshift, lock, *stage, waiting).await;
            Err(failure.and(&blockers).into())
        }
        result => result,
    }
}

pub(super) fn aborted(what: &str, stage: Stage) -> Failure {
    Failure::new(FailureKind::Aborted, stage, format!("{what} was stopped and rolled back"))
}

/// Does something that changes nothing in the transaction, until the load is told to stop.
pub(super) async fn unless_aborted<T>(
    run: Run<'_>,
    stage: Stage,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = run.abort.cancelled() => Err(aborted(&load_of(run.plan), stage)),
    }
}
