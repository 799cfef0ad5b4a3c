//! What is known of a target before S3 is looked at: the ledger's word and the catalog's, in one round trip.

use tokio_postgres::SimpleQueryRow;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::plan::input::LoadEnd;
use crate::plan::row_count::RECENT_LOADS;
use crate::warehouse::redshift::sql::catalog;
use crate::warehouse::redshift::sql::ledger::version::LedgerVersion;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors, inspect};
use crate::warehouse::survey::{LedgerOfTarget, Survey, SurveyQuestion};

pub(super) async fn survey(
    redshift: &Redshift,
    target: &TargetTable,
    question: &SurveyQuestion<'_>,
) -> Result<Survey, Failure> {
    let of_ledger = |columns| {
        let counts =
            question.row_counts.then(|| redshift.ledger.recent_row_counts(target, RECENT_LOADS, columns));
        // Before everything else: a load that commits from here on makes the number of loads stale.
        [redshift.ledger.loads_of_target(target, question, columns)].into_iter().chain(counts).collect()
    };
    let mut session = redshift.pool.session_after_pause(Stage::Inspect).await?;
    let mut ask = async |of_ledger: Vec<Sql>| {
        let mut answers = session.answers(of_ledger.iter().chain(&catalog::definition(target))).await?;
        let definition = answers.split_off(of_ledger.len().min(answers.len()));
        Ok::<_, tokio_postgres::Error>((answers, definition))
    };
    let mut answer = ask(of_ledger(LedgerVersion::LATEST)).await;
    // `plan` changes nothing, so it does without what nobody has made or upgraded yet. To a message such a ledger does not
    // say that it is new.
    if question.message_id.is_none() {
        for version in LedgerVersion::all().skip(1) {
            if !answer.as_ref().is_err_and(errors::column_is_missing) {
                break;
            }
            answer = ask(of_ledger(version)).await;
        }
        if answer.as_ref().is_err_and(errors::relation_is_missing) {
            answer = ask(Vec::new()).await;
        }
    }
    let (of_ledger, definition) = answer.map_err(|error| {
        let what =
            format!("reading the definition of {target}, and its loads in {}", redshift.ledger.loads());
        let failure = errors::statement_failed(&what, Stage::Inspect, &error);
        // Only the ledger is asked by its name.
        match errors::relation_is_missing(&error) || errors::column_is_missing(&error) {
            true => failure.advised(&Advice::MakeLedger),
            false => failure,
        }
    })?;
    let mut ledger = LedgerOfTarget::default();
    let [loads, counts] = [0, 1].map(|index| of_ledger.get(index).map_or(&[][..], Vec::as_slice));
    for row in loads {
        add(&mut ledger, row).ok_or_else(|| unreadable(target, row))?;
    }
    let count = |row: &SimpleQueryRow| row.get(0)?.parse().ok();
    let counts = counts.iter().map(|row| count(row).ok_or_else(|| unreadable(target, row)));
    ledger.recent_row_counts = counts.collect::<Result<_, _>>()?;
    Ok(Survey { table: inspect::state(target, &definition)?, ledger })
}

/// Adds what a row of [`loads_of_target`](super::sql::ledger::Ledger::loads_of_target) says; `None` when it cannot be
/// read, which must not pass for nothing.
fn add(ledger: &mut LedgerOfTarget, row: &SimpleQueryRow) -> Option<()> {
    ledger.loads_since += row.get(0)?.parse::<i64>().ok()?;
    if let Some(newest) = row.get(1) {
        ledger.newest_end = Some(newest.parse().ok()?);
    }
    if let Some(load_id) = row.get(2) {
        ledger.of_message = Some(LoadId(load_id.to_owned()));
    }
    if let Some(end) = row.get(3) {
        ledger.replacing = Some(load_end(end)?);
    }
    ledger.last_had_cuts |= row.get(4).is_some() && row.get(4) == row.get(5);
    if let Some(end) = row.get(6) {
        ledger.merging = Some(load_end(end)?);
    }
    Some(())
}

/// As [`ENDED`](super::sql::ledger::questions) writes it.
pub(super) fn load_end(end: &str) -> Option<LoadEnd> {
    let (finished_at, load_id) = end.split_once(' ')?;
    Some(LoadEnd { finished_at: finished_at.parse().ok()?, load_id: LoadId(load_id.to_owned()) })
}

/// An answer of the ledger that is none.
pub(super) fn unreadable(target: &TargetTable, row: &SimpleQueryRow) -> Failure {
    let fields: Vec<&str> = (0..row.len()).map(|index| row.get(index).unwrap_or("null")).collect();
    let sentence =
        format!("earlier loads of {target} cannot be judged: the ledger says `{}`", fields.join(", "));
    Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
}
