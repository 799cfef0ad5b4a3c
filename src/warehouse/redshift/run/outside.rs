//! Which rows of a file are not of the window of its load, told in words.

use tokio_postgres::SimpleQueryRow;

use crate::model::shown::{shown, shown_within};
use crate::plan::step::{DateGate, Step};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::run::copy::how_copy_authorizes;
use crate::warehouse::redshift::sql::load::copy_aside;
use crate::warehouse::redshift::sql::rows::outside_rows;
use crate::warehouse::redshift::sql::table::create_aside;

/// Bytes of a date as Redshift writes it, and more.
const LONGEST_DATE: usize = 64;

/// The refusal of so many of the copied rows. Rows of other loads stand around them in the table, so the file is copied once
/// more, into a temporary table, to tell its first and last date; the transaction is rolled back in any case.
pub(super) async fn told(
    run: Run<'_>,
    session: &mut Session,
    gate: &DateGate,
    refused: u64,
    copied: u64,
) -> String {
    let source = shown(&run.plan.ledger_row.source_url.to_string()).into_owned();
    let dates = match extremes(run, session, gate).await {
        Some(row) => words(&row),
        None => String::new(),
    };
    let DateGate { rows, .. } = gate;
    format!(
        "{refused} of {copied} rows of {source} are not of {} by `{}`{dates}; fix the file, or allow such rows with \
         `meta.outside: allow`",
        rows.window, rows.column
    )
}

/// `None` when Redshift does not tell, or the load is to stop: the number of the rows is known all the same.
async fn extremes(run: Run<'_>, session: &mut Session, gate: &DateGate) -> Option<SimpleQueryRow> {
    let copy = run.plan.transaction.iter().find_map(|step| match step {
        Step::Copy(copy) => Some(copy),
        _ => None,
    })?;
    let authorization = how_copy_authorizes(run.redshift).await.ok()?;
    let statements = [
        create_aside(&run.plan.key.target),
        copy_aside(copy, &run.plan.ledger_row.load_id, &authorization),
        outside_rows(&gate.rows),
    ];
    let mut rows = Vec::new();
    for statement in &statements {
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
