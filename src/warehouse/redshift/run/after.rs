//! Work on a table after a load, outside of every transaction.

use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::after_work::AfterWork;
use crate::model::target_table::TargetTable;
use crate::warehouse::AfterDone;
use crate::warehouse::redshift::connect::session::{Interrupted, Session};
use crate::warehouse::redshift::run::clean_up::clean_up;
use crate::warehouse::redshift::sql::after;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors};

pub(in crate::warehouse::redshift) async fn after_load(
    redshift: &Redshift,
    target: &TargetTable,
    work: AfterWork,
    stop: &CancellationToken,
) -> Result<AfterDone, Failure> {
    let what = format!("{work} of {target}");
    let mut session = tokio::select! {
        biased;
        () = stop.cancelled() => return Err(stopped(&what)),
        lent = redshift.pool.session(Stage::After) => lent?,
    };
    let done = perform(&mut session, target, work, &what, stop).await;
    clean_up(redshift, &mut session).await;
    done
}

async fn perform(
    session: &mut Session,
    target: &TargetTable,
    work: AfterWork,
    what: &str,
    stop: &CancellationToken,
) -> Result<AfterDone, Failure> {
    let mut send = async |sql: &Sql| match session.rows_unless_aborted(sql, stop).await {
        Ok(rows) => Ok(rows),
        Err(Interrupted::Aborted) => Err(stopped(what)),
        Err(Interrupted::Refused(error)) => Err(errors::statement_failed(what, Stage::After, &error)),
    };
    let owner = send(&after::is_owner(target)).await?;
    send(&after::work(target, work)).await?;
    Ok(AfterDone { may_be_passed_over: owner.first().and_then(|row| row.get(0)) != Some("1") })
}

fn stopped(what: &str) -> Failure {
    Failure::new(FailureKind::Aborted, Stage::After, format!("{what} was stopped"))
}
