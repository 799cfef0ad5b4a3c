//! The ledger, read and prepared. Only [`execute`](super::execute) writes to it, inside the load transaction.

use chrono::DateTime;
use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::table::TableState;
use crate::model::target_table::TargetTable;
use crate::plan::row_count::RECENT_LOADS;
use crate::telemetry::metrics::Freshness;
use crate::warehouse::redshift::{Redshift, errors, inspect};
use crate::warehouse::{Committed, HistoryFilter, LedgerEntry};

/// Looks before it creates: a loader without the right to create schemas works with a ledger that was made for it.
pub(super) async fn prepare(redshift: &Redshift) -> Result<(), Failure> {
    for (table, create) in redshift.ledger.tables() {
        let what = format!("creating the ledger {table}");
        match inspect::inspect(redshift, table).await? {
            TableState::Table(_) => continue,
            TableState::NotATable(kind) => {
                let sentence = format!("the ledger {table} is a {kind}; set LEDGER_SCHEMA to another schema");
                return Err(Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence));
            }
            TableState::Missing => {}
            TableState::SchemaMissing => {
                run_unless_there(redshift, &what, &redshift.ledger.create_schema()).await?;
            }
        }
        run_unless_there(redshift, &what, &create).await?;
    }
    Ok(())
}

pub(super) async fn load_of_message(
    redshift: &Redshift,
    message_id: &str,
    target: &TargetTable,
) -> Result<Option<LoadId>, Failure> {
    // A ledger that is not there any more does not say that the message is new.
    let rows = ask_strictly(redshift, &redshift.ledger.load_of_message(message_id, target)).await?;
    Ok(rows.first().and_then(|row| row.get(0)).map(|id| LoadId(id.to_owned())))
}

/// Asked on a session of its own: also while a load transaction on another one is open.
pub(super) async fn loads_of_target(redshift: &Redshift, target: &TargetTable) -> Result<i64, Failure> {
    let rows = ask(redshift, &redshift.ledger.loads_of_target(target)).await?;
    let Some(count) = rows.first().and_then(|row| row.get(0)) else { return Ok(0) };
    count.parse().map_err(|_| {
        let sentence = format!("loads of {target} cannot be counted: Redshift says `{count}`");
        Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
    })
}

pub(super) async fn recent_row_counts(
    redshift: &Redshift,
    target: &TargetTable,
) -> Result<Vec<u64>, Failure> {
    let rows = ask(redshift, &redshift.ledger.recent_row_counts(target, RECENT_LOADS)).await?;
    Ok(rows.iter().map(|row| number(row, 0)).collect())
}

pub(super) async fn find_load(redshift: &Redshift, load_id: &LoadId) -> Result<Option<Committed>, Failure> {
    let rows = ask(redshift, &redshift.ledger.rows_of_load(load_id)).await?;
    Ok(rows.first().map(|row| Committed { rows: number(row, 0) }))
}

pub(super) async fn freshness(redshift: &Redshift) -> Result<Vec<(TargetTable, Freshness)>, Failure> {
    let rows = ask(redshift, &redshift.ledger.freshness()).await?;
    let read = |row: &SimpleQueryRow| {
        let instant = |index| DateTime::from_timestamp(row.get(index)?.parse().ok()?, 0);
        let target =
            TargetTable { schema: Ident::new(row.get(0)?).ok()?, table: Ident::new(row.get(1)?).ok()? };
        let data_date = DataDate::from_instant(instant(2)?);
        Some((target, Freshness { data_date, loaded_at: instant(3)? }))
    };
    Ok(rows.iter().filter_map(read).collect())
}

pub(super) async fn history(
    redshift: &Redshift,
    filter: &HistoryFilter,
) -> Result<Vec<LedgerEntry>, Failure> {
    let rows = ask(redshift, &redshift.ledger.history(filter)).await?;
    let entry = |row: &SimpleQueryRow| {
        let text = |index| row.get(index).unwrap_or_default().to_owned();
        LedgerEntry {
            load_id: text(0),
            target_schema: text(1),
            target_table: text(2),
            data_date: text(3),
            source_url: text(4),
            fingerprint: text(5),
            message_id: text(6),
            mode: text(7),
            forced: row.get(8) == Some("t"),
            rows_loaded: number(row, 9),
            bytes_loaded: number(row, 10),
            started_at: text(11),
            finished_at: text(12),
            loader: text(13),
            superseded_messages: number(row, 14),
        }
    };
    Ok(rows.iter().map(entry).collect())
}

/// A ledger that was never made has no rows: `plan` and `history` may look before the first load.
async fn ask(redshift: &Redshift, question: &str) -> Result<Vec<SimpleQueryRow>, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    match session.rows(question).await {
        Err(error) if errors::relation_is_missing(&error) => Ok(Vec::new()),
        answer => answer.map_err(|error| unreadable(redshift, &error)),
    }
}

async fn ask_strictly(redshift: &Redshift, question: &str) -> Result<Vec<SimpleQueryRow>, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    session.rows(question).await.map_err(|error| unreadable(redshift, &error))
}

fn unreadable(redshift: &Redshift, error: &tokio_postgres::Error) -> Failure {
    let what = format!("reading the ledger {}", redshift.ledger.loads());
    errors::statement_failed(&what, Stage::Inspect, error)
}

/// Another daemon may be creating it at the same moment (redshift-facts 2.11).
async fn run_unless_there(redshift: &Redshift, what: &str, statement: &str) -> Result<(), Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let result = session.rows(statement).await;
    match result.map(drop).map_err(|error| errors::statement_failed(what, Stage::Inspect, &error)) {
        Err(Failure { kind: FailureKind::Conflict, .. }) => Ok(()),
        result => result,
    }
}

fn number(row: &SimpleQueryRow, index: usize) -> u64 {
    row.get(index).and_then(|text| text.parse().ok()).unwrap_or_default()
}
