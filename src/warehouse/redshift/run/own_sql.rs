//! A statement of the table config, inside the load's transaction.

use std::convert::Infallible;

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind};
use crate::warehouse::redshift::connect::session::Interrupted;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::errors;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::run::action::{Action, Means};
use crate::warehouse::redshift::run::blockers::{Lock, describe, report_blockers};
use crate::warehouse::redshift::run::statement::{NotCommitted, aborted};
use crate::warehouse::redshift::sql::text::Sql;

/// A name that is there already is a race between daemons when the loader meets it, and here the statement's own fault: it
/// would be met at every delivery. A statement that says IF NOT EXISTS meets it in a race only (redshift-facts 2.11).
const OF_THE_STATEMENT: [SqlState; 3] =
    [SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_COLUMN, SqlState::UNIQUE_VIOLATION];

/// The session is not lent again: temporary tables live as long as it does, and the next load must find none.
pub(super) async fn run(
    run: Run<'_>,
    session: &mut Session,
    action: &Action<'_>,
) -> Result<(), NotCommitted> {
    session.discard();
    let Means::Statement { sql, .. } = &action.means else {
        unreachable!("a statement of the table config is a statement")
    };
    let (answer, awaited) = send(run, session, action, sql).await;
    match answer {
        Ok(_) => Ok(()),
        Err(Interrupted::Aborted) => {
            let failure = aborted(&action.what, action.stage);
            Err(awaited.iter().fold(failure, |failure, awaited| failure.and(awaited)).into())
        }
        Err(Interrupted::Refused(error)) => {
            let failure = errors::statement_failed(&action.what, action.stage, &error);
            let minds = !sql.to_send().to_ascii_uppercase().contains("IF NOT EXISTS");
            let is_its_own = minds && error.code().is_some_and(|code| OF_THE_STATEMENT.contains(code));
            let kind = if is_its_own { FailureKind::StatementRefused } else { failure.kind };
            let failure = Failure { kind, ..failure };
            Err(match kind {
                FailureKind::StatementRefused | FailureKind::PermissionDenied => {
                    failure.advised(&Advice::FixOwnSql)
                }
                _ => failure,
            }
            .into())
        }
    }
}

/// The answer, and for what the statement waited when it was told to stop: that is looked at before it is stopped, as nothing
/// tells it afterwards.
async fn send(
    run: Run<'_>,
    session: &mut Session,
    Action { what, stage, .. }: &Action<'_>,
    sql: &Sql,
) -> (Result<Vec<SimpleQueryRow>, Interrupted>, Option<String>) {
    if run.abort.is_cancelled() {
        return (Err(Interrupted::Aborted), None);
    }
    let target = &run.plan.key.target;
    let (stop, waiting, mut awaited) = (CancellationToken::new(), session.process_id, None);
    let watch = async {
        tokio::select! {
            never = report_blockers(run.redshift, Lock::Awaited, target, what, *stage, waiting) => match never {},
            () = run.abort.cancelled() => {}
        }
        awaited = Some(describe(run.redshift, Lock::Awaited, *stage, waiting).await);
        stop.cancel();
        std::future::pending::<Infallible>().await
    };
    let answer = tokio::select! {
        biased;
        answer = session.rows_unless_aborted(sql, &stop) => answer,
        never = watch => match never {},
    };
    (answer, awaited)
}
