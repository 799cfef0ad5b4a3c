//! COPY … NOLOAD of the data of a plan, into a temporary table like the one that the load would find, in a transaction that is
//! rolled back: nobody waits, and nothing is changed.

use tracing::debug;

use crate::failure::{Failure, Stage};
use crate::model::object::ObjectUri;
use crate::model::shown::shown;
use crate::plan::step::Preparation;
use crate::warehouse::DataQuestion;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::action::{Action, Means};
use crate::warehouse::redshift::run::authorize::how_copy_authorizes;
use crate::warehouse::redshift::run::clean_up::clean_up;
use crate::warehouse::redshift::run::copy::why_refused;
use crate::warehouse::redshift::run::prepare::write_file;
use crate::warehouse::redshift::run::statement::{NotCommitted, perform, unless_aborted};
use crate::warehouse::redshift::run::{Run, errors_of};
use crate::warehouse::redshift::sql::load::copy_to_check;
use crate::warehouse::redshift::sql::{catalog, table};

/// Refused rows after which a second look at the data ends.
const MOST_ERRORS: u32 = 1_000;

/// See [`Warehouse::check_data`](crate::warehouse::Warehouse::check_data).
pub(in crate::warehouse::redshift) async fn check_data(
    run: Run<'_>,
    question: &DataQuestion<'_>,
) -> Result<Option<u64>, Failure> {
    let mut written = Vec::new();
    let checked = async {
        for preparation in &run.plan.preparation {
            if let Preparation::WriteManifest { uri, .. } | Preparation::WritePaths { uri, .. } = preparation
            {
                // Before it is written: it may be there though nobody has heard so.
                written.push(uri);
                unless_aborted(run, Stage::Prepare, write_file(run.redshift, preparation)).await?;
            }
        }
        check(run, question).await
    };
    let checked = checked.await;
    remove(run.redshift, &written).await;
    checked
}

/// COPY has read them. Whoever may write them may not always delete them: then `prune` does.
async fn remove(redshift: &Redshift, written: &[&ObjectUri]) {
    for uri in written {
        if let Err(error) = redshift.store.delete(&uri.bucket, std::slice::from_ref(&uri.key)).await {
            debug!(%error, "a file that COPY was pointed at stays");
        }
    }
}

async fn check(run: Run<'_>, question: &DataQuestion<'_>) -> Result<Option<u64>, Failure> {
    let mut session = run.redshift.pool.session(Stage::Copy).await?;
    match copy(run, &mut session, question, None).await {
        Ok(query) => {
            clean_up(run.redshift, &mut session).await;
            Ok(match query {
                Some(query) => lines_of(run.redshift, query).await,
                None => None,
            })
        }
        Err(NotCommitted::DataRejected(refused)) => {
            clean_up(run.redshift, &mut session).await;
            // The first refused row has ended it. What it is that more of them have, a second one tells.
            let mut other = run.redshift.pool.session(Stage::Copy).await?;
            let looked_on = copy(run, &mut other, question, Some(MOST_ERRORS)).await;
            clean_up(run.redshift, &mut other).await;
            let of = match looked_on {
                Ok(_) | Err(NotCommitted::DataRejected(_)) => {
                    session.discard();
                    errors_of(other)
                }
                Err(_) => errors_of(session),
            };
            Err(why_refused(run, refused, of).await)
        }
        Err(
            NotCommitted::Failed(failure)
            | NotCommitted::TooManySkipped(failure)
            | NotCommitted::Unknown(failure),
        ) => {
            clean_up(run.redshift, &mut session).await;
            Err(failure)
        }
        Err(NotCommitted::RowsOutside(_)) => unreachable!("only a look at the dates of rows says so"),
    }
}

/// The id by which the views know it; `None` where Redshift does not tell.
async fn copy(
    run: Run<'_>,
    session: &mut Session,
    question: &DataQuestion<'_>,
    most_errors: Option<u32>,
) -> Result<Option<i64>, NotCommitted> {
    let DataQuestion { plan, columns, cutting } = question;
    let copy = plan.copy().expect("a plan that has passed its check has a COPY");
    let target = &plan.key.target;
    let statement =
        |what: String, sql| Action { what, stage: Stage::Copy, means: Means::Statement { sql, lock: None } };
    let aside = statement(format!("making a temporary table like {target}"), table::create_aside(columns));
    let authorization = how_copy_authorizes(run.redshift).await?;
    let sql = copy_to_check(copy, *cutting, most_errors, &plan.ledger_row.load_id, &authorization);
    let source = plan.ledger_row.source_url.to_string();
    let checking = statement(format!("COPY … NOLOAD of {} for {target}", shown(&source)), sql);
    session.enters_transaction();
    perform(run, session, &Action::begin()).await?;
    perform(run, session, &aside).await?;
    let before = last_copy(run, session).await?;
    perform(run, session, &checking).await?;
    let after = last_copy(run, session).await?;
    Ok(of_this_copy(before, after))
}

async fn last_copy(run: Run<'_>, session: &mut Session) -> Result<Option<i64>, NotCommitted> {
    let answer = perform(run, session, &Action::ask_last_copy()).await?;
    Ok(answer.first().and_then(|row| row.get(0)?.parse().ok()))
}

/// The guide does not say whether a COPY with NOLOAD counts as the last one [DG `PG_LAST_COPY_ID`]. Where it does not, the id is that
/// of what the session has loaded before, maybe into another table.
fn of_this_copy(before: Option<i64>, after: Option<i64>) -> Option<i64> {
    after.filter(|_| after != before)
}

/// Lines that a COPY has read. `None` where the view does not tell at once.
async fn lines_of(redshift: &Redshift, query: i64) -> Option<u64> {
    let mut session = redshift.pool.session(Stage::Copy).await.ok()?;
    let rows = session.rows(&catalog::lines_of_copy(query)).await.ok()?;
    rows.first()?.get(0)?.parse().ok().filter(|lines| *lines > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_was_there_before_is_not_that_of_the_check() {
        assert_eq!(of_this_copy(Some(-1), Some(7)), Some(7));
        assert_eq!(of_this_copy(Some(6), Some(7)), Some(7));
        assert_eq!(of_this_copy(None, Some(7)), Some(7));
        assert_eq!(of_this_copy(Some(6), Some(6)), None);
        assert_eq!(of_this_copy(Some(-1), Some(-1)), None);
        assert_eq!(of_this_copy(Some(6), None), None);
    }
}
