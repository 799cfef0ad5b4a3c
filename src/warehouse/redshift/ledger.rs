//! The ledger, read. Only [`run`](super::run) writes to it, inside the load transaction.

pub(super) mod prepare;
pub(super) mod files;

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, Stage};
use crate::model::data_date::DataDate;
use crate::model::freshness::Freshness;
use crate::model::ident::Ident;
use crate::model::load_id::{Fingerprint, LoadId};
use crate::model::load_of_date::LoadOfDate;
use crate::model::target_table::TargetTable;
use crate::plan::cuts::Cuts;
use crate::plan::input::{EarlierLoad, EarlierLoads};
use crate::warehouse::Committed;
use crate::warehouse::history::{HistoryFilter, LedgerEntry};
use crate::warehouse::redshift::sql::ledger::questions::{LATEST_OF_WINDOW, NEWEST, OF_FILES, OF_WINDOW};
use crate::warehouse::redshift::sql::ledger::version::LedgerVersion;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors, survey};
use crate::warehouse::survey::EarlierQuestion;

/// Of somebody who looks at a page.
pub(super) const LONGEST_QUESTION: Duration = Duration::from_secs(30);

/// The answer to [`count_loads_since`](super::sql::ledger::Ledger::count_loads_since): how many there are, and the end of the last one.
pub(super) fn loads_since(
    rows: &[SimpleQueryRow],
    target: &TargetTable,
) -> Result<(i64, Option<DateTime<Utc>>), Failure> {
    let Some(row) = rows.first() else { return Ok((0, None)) };
    let read = |row: &SimpleQueryRow| {
        let last = match row.get(1) {
            Some(last) => Some(DateTime::from_timestamp_micros(last.parse().ok()?)?),
            None => None,
        };
        Some((row.get(0)?.parse().ok()?, last))
    };
    read(row).ok_or_else(|| survey::unreadable(target, row))
}

pub(super) async fn earlier_loads(
    redshift: &Redshift,
    target: &TargetTable,
    question: &EarlierQuestion<'_>,
) -> Result<EarlierLoads, Failure> {
    let question = |columns| redshift.ledger.earlier_loads(target, question, columns);
    let rows = ask_any_version(redshift, &question, None).await?;
    let mut loads = EarlierLoads::default();
    for row in &rows {
        let load = Some(earlier_load(row).ok_or_else(|| survey::unreadable(target, row))?);
        match row.get(0) {
            Some(OF_FILES) => loads.of_files = load,
            Some(OF_WINDOW) => loads.of_window = load,
            Some(LATEST_OF_WINDOW) => loads.latest_of_window = load,
            Some(NEWEST) => loads.newest = load,
            _ => {}
        }
    }
    Ok(loads)
}

/// `None` when a number cannot be read: it must not pass for nothing.
fn earlier_load(row: &SimpleQueryRow) -> Option<EarlierLoad> {
    let rows_in_window = match row.get(4) {
        Some(_) => Some(optional_number(row, 4)?),
        None => None,
    };
    Some(EarlierLoad {
        load_id: LoadId(row.get(1)?.to_owned()),
        finished_at: row.get(2)?.parse().ok()?,
        rows: optional_number(row, 3)?,
        rows_in_window,
        config_fingerprint: row.get(5).map(|fingerprint| Fingerprint(fingerprint.to_owned())),
        data_date_column: row.get(6).map(Ident::of_catalog),
        is_of_window: row.get(7)? == "t",
        data_date: data_date(row.get(8)?)?,
    })
}

pub(super) async fn find_load(redshift: &Redshift, load_id: &LoadId) -> Result<Option<Committed>, Failure> {
    let rows = ask(redshift, &redshift.ledger.rows_of_load(load_id)).await?;
    Ok(rows.first().map(|row| Committed {
        rows: number(row, 0),
        rows_deleted: number(row, 1),
        rows_in_window: optional_number(row, 2),
        rows_duplicate: number(row, 3),
        rows_outdated: number(row, 4),
        rows_beyond_keys: number(row, 8),
        cuts: Cuts {
            cut: number(row, 5),
            replaced: number(row, 6),
            skipped: number(row, 7),
            ..Cuts::default()
        },
        skipped_rows: Vec::new(),
    }))
}

pub(super) async fn loads_of_dates(
    redshift: &Redshift,
    target: &TargetTable,
    dates: &[DataDate],
) -> Result<Vec<LoadOfDate>, Failure> {
    // No row is of a date that no column holds.
    let dates: Vec<DataDate> = dates.iter().copied().filter(|date| date.is_held_by_columns()).collect();
    if dates.is_empty() {
        return Ok(Vec::new());
    }
    let rows = ask(redshift, &redshift.ledger.loads_of_dates(target, &dates)).await?;
    let read = |row: &SimpleQueryRow| {
        Some(LoadOfDate {
            date: data_date(row.get(0)?)?,
            load_id: LoadId(row.get(1)?.to_owned()),
            source_url: row.get(2)?.to_owned(),
            fingerprint: Fingerprint(row.get(3)?.to_owned()),
        })
    };
    rows.iter().map(|row| read(row).ok_or_else(|| survey::unreadable(target, row))).collect()
}

/// As Redshift writes a timestamp.
fn data_date(text: &str) -> Option<DataDate> {
    let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(DataDate::from_instant(at.and_utc()))
}

pub(super) async fn freshness(redshift: &Redshift) -> Result<Vec<(TargetTable, Freshness)>, Failure> {
    let rows = ask_any_version(redshift, &|version| redshift.ledger.freshness(version), None).await?;
    let read = |row: &SimpleQueryRow| {
        let instant = |index| DateTime::from_timestamp(row.get(index)?.parse().ok()?, 0);
        let target =
            TargetTable { schema: Ident::new(row.get(0)?).ok()?, table: Ident::new(row.get(1)?).ok()? };
        let data_date = DataDate::from_instant(instant(2)?);
        let cadence = row.get(4).and_then(|last| last.split_once(' ')?.1.parse().ok());
        let cadence = cadence.map(Duration::from_secs);
        Some((target, Freshness { data_date, loaded_at: instant(3)?, cadence }))
    };
    Ok(rows.iter().filter_map(read).collect())
}

pub(super) async fn history(
    redshift: &Redshift,
    filter: &HistoryFilter,
) -> Result<Vec<LedgerEntry>, Failure> {
    let question = |columns| redshift.ledger.history(filter, columns);
    let rows = ask_any_version(redshift, &question, Some(LONGEST_QUESTION)).await?;
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
            rows_deleted: optional_number(row, 14),
            rows_in_window: optional_number(row, 15),
            granularity: row.get(19).map(str::to_owned),
            timezone: row.get(20).map(str::to_owned),
            window_start: row.get(21).map(str::to_owned),
            window_end: row.get(22).map(str::to_owned),
            format: row.get(23).map(str::to_owned),
            unknown_fields: row.get(24).map(str::to_owned),
            rows_duplicate: optional_number(row, 25),
            rows_outdated: optional_number(row, 26),
            rows_skipped: optional_number(row, 27),
            values_cut: optional_number(row, 28),
            values_replaced: optional_number(row, 29),
            widened: row.get(30).map(str::to_owned),
            rows_beyond_keys: optional_number(row, 31),
            cadence_seconds: optional_number(row, 32),
            superseded_messages: number(row, 33),
        }
    };
    Ok(rows.iter().map(entry).collect())
}

/// On a session of its own. A ledger that was never made has no rows: `plan` and `history` may look before the first load.
pub(super) async fn ask(redshift: &Redshift, question: &Sql) -> Result<Vec<SimpleQueryRow>, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    match session.rows(question).await {
        Err(error) if errors::relation_is_missing(&error) => Ok(Vec::new()),
        answer => answer.map_err(|error| unreadable(redshift, &error)),
    }
}

async fn ask_any_version(
    redshift: &Redshift,
    question: &(dyn Fn(LedgerVersion) -> Sql + Sync),
    longest: Option<Duration>,
) -> Result<Vec<SimpleQueryRow>, Failure> {
    let mut answers = answers_of_any_version(redshift, &|version| vec![question(version)], longest).await?;
    Ok(answers.pop().unwrap_or_default())
}

/// The rows of each question, or nothing at all of a ledger that was never made. One that nobody has upgraded yet lacks columns:
/// `plan`, `history` and pages change nothing, and do without them. The server gives the questions up after `longest`, or after
/// the time of any statement.
pub(super) async fn answers_of_any_version(
    redshift: &Redshift,
    questions: &(dyn Fn(LedgerVersion) -> Vec<Sql> + Sync),
    longest: Option<Duration>,
) -> Result<Vec<Vec<SimpleQueryRow>>, Failure> {
    let mut versions = LedgerVersion::all().peekable();
    while let Some(version) = versions.next() {
        let questions = questions(version);
        // A session whose question failed may have the brief limit still; the pool knows.
        let mut session = redshift.pool.session(Stage::Inspect).await?;
        let answers = match longest {
            Some(longest) => {
                session.answers_in_time(&questions, longest, redshift.sessions.statement_timeout).await
            }
            None => session.answers(&questions).await,
        };
        return match answers {
            Err(error) if errors::column_is_missing(&error) && versions.peek().is_some() => continue,
            // Of files, which earlier versions do not have.
            Err(error) if errors::relation_is_missing(&error) && version.has_files() => continue,
            Err(error) if errors::relation_is_missing(&error) => Ok(Vec::new()),
            answers => answers.map_err(|error| unreadable(redshift, &error)),
        };
    }
    Ok(Vec::new())
}

fn unreadable(redshift: &Redshift, error: &tokio_postgres::Error) -> Failure {
    let what = format!("reading the ledger {}", redshift.ledger.loads());
    errors::statement_failed(&what, Stage::Inspect, error)
}

fn number(row: &SimpleQueryRow, index: usize) -> u64 {
    optional_number(row, index).unwrap_or_default()
}

fn optional_number(row: &SimpleQueryRow, index: usize) -> Option<u64> {
    row.get(index)?.parse().ok()
}
