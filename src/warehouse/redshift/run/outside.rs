//! Which rows of a file are not of the window of its load, told in words.

use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::shown::{shown, shown_within};
use crate::plan::step::{DateGate, Step};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::run::action::load_of;
use crate::warehouse::redshift::run::authorize::how_copy_authorizes;
use crate::warehouse::redshift::sql::load::copy_aside;
use crate::warehouse::redshift::sql::rows::outside_rows;
use crate::warehouse::redshift::sql::session::BEGIN;
use crate::warehouse::redshift::sql::table::{create_aside, create_aside_like};

/// Bytes of a date as Redshift writes it, and more.
const LONGEST_DATE: usize = 64;

/// Copied rows that are not of the window.
pub(super) struct RowsOutside {
    pub(super) gate: DateGate,
    pub(super) refused: u64,
    pub(super) copied: u64,
}

/// The refusal of the rows, once their load is rolled back. Rows of other loads stood around them in the table, so the file is
/// copied once more, into a temporary table, to tell its first and last date; the caller rolls that back as well.
pub(super) async fn refusal(run: Run<'_>, session: &mut Session, outside: &RowsOutside) -> Failure {
    let RowsOutside { gate, refused, copied } = outside;
    let source = shown(&run.plan.ledger_row.source_url.to_string()).into_owned();
    let dates = match extremes(run, session, gate).await {
        Some(row) => words(&row),
        None => String::new(),
    };
    let DateGate { rows, .. } = gate;
    // A name that means another window is the commonest cause, and nothing that should be allowed.
    let next = match refused == copied {
        true if rows.window.holds_one_instant() => {
            "give the table config the `granularity` of the file's name, `day` or `hour`, or name the file by a date of its rows"
        }
        true => "name the file by a date of its rows, or correct `timezone`",
        false => {
            "fix the file, or allow such rows with `meta.outside: allow`: the next load of their own window replaces them"
        }
    };
    let sentence = format!(
        "{} was rolled back: {refused} of {copied} rows of {source} are not of {} by `{}`{dates}; {next}",
        load_of(run.plan),
        rows.window,
        rows.column
    );
    Failure::new(FailureKind::OutsideWindow, Stage::Copy, sentence)
}

/// `None` when Redshift does not tell, or the load is to stop: the number of the rows is known all the same.
async fn extremes(run: Run<'_>, session: &mut Session, gate: &DateGate) -> Option<SimpleQueryRow> {
    let copy = run.plan.copy()?;
    let created = run.plan.transaction.iter().find_map(|step| match step {
        Step::CreateTable(spec) => Some(spec),
        _ => None,
    });
    let aside = match created {
        // It is gone with the rollback.
        Some(spec) => create_aside(&spec.columns),
        None => create_aside_like(&run.plan.key.target),
    };
    let authorization = how_copy_authorizes(run.redshift).await.ok()?;
    let copy = copy_aside(copy, &run.plan.ledger_row.load_id, &authorization);
    session.enters_transaction();
    let mut rows = Vec::new();
    for statement in &[BEGIN, aside, copy, outside_rows(&gate.rows)] {
        rows = session.rows_unless_aborted(statement, run.abort).await.ok()?;
    }
    rows.pop()
}

fn words(row: &SimpleQueryRow) -> String {
    let date = |index| row.get(index).map(|text: &str| shown_within(text, LONGEST_DATE));
    let dated = match (date(0), date(1)) {
        (Some(first), Some(last)) if first == last => format!(", but of {first}"),
        (Some(first), Some(last)) => format!(", but of {first} to {last}"),
        _ => String::new(),
    };
    match row.get(2) {
        None | Some("0") => dated,
        Some(count) => format!("{dated}, {} of them without a date", shown_within(count, LONGEST_DATE)),
    }
}
