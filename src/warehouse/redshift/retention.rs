//! The ledger's old rows: which there are, and their removal. Read and removed by separate statements, so that neither is a
//! cause of conflict with the loads that go on meanwhile.

use chrono::{DateTime, Duration, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::warehouse::old_rows::{OldFiles, OldLoad, OldRows};
use crate::warehouse::redshift::{Redshift, errors, survey};

/// More than a ledger holds that is pruned from time to time.
const MOST: usize = 100_000;
/// In one statement, for whose time loads wait to write their rows.
const BATCH: usize = 1000;
/// The same for covered messages and files, which have no ids that are short.
const SLICE: Duration = Duration::days(1);
/// Seconds are rounded either way.
const ROUNDING: Duration = Duration::seconds(1);

pub(super) async fn old_rows(
    redshift: &Redshift,
    before: DateTime<Utc>,
    forget_before: Option<DateTime<Utc>>,
) -> Result<OldRows, Failure> {
    let questions = [redshift.ledger.old_loads(before, MOST), redshift.ledger.count_old_messages(before)];
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let answers = match session.answers(&questions).await {
        // Nobody has loaded anything yet.
        Err(error) if errors::relation_is_missing(&error) => {
            return Ok(OldRows {
                loads: Vec::new(),
                are_all: true,
                messages: 0,
                messages_from: before,
                files: Vec::new(),
                forget_before,
            });
        }
        answers => answers.map_err(|error| not_told(redshift, &error))?,
    };
    let of_age = forget_before.map(|moment| redshift.ledger.aged_files(moment));
    let mut files = Vec::new();
    for question in [redshift.ledger.old_files(before)].into_iter().chain(of_age) {
        let rows = match session.rows(&question).await {
            // A ledger of an earlier version knows none.
            Err(error) if errors::relation_is_missing(&error) => break,
            rows => rows.map_err(|error| not_told(redshift, &error))?,
        };
        for row in &rows {
            files.push(old_files(row).ok_or_else(unreadable)?);
        }
    }
    let [loads, messages] = [0, 1].map(|index| answers.get(index).map_or(&[][..], Vec::as_slice));
    let loads =
        loads.iter().map(|row| old_load(row).ok_or_else(unreadable)).collect::<Result<Vec<_>, _>>()?;
    let (messages, messages_from) =
        messages.first().and_then(|row| old_messages(row, before)).ok_or_else(unreadable)?;
    Ok(OldRows { are_all: loads.len() < MOST, loads, messages, messages_from, files, forget_before })
}

fn old_load(row: &SimpleQueryRow) -> Option<OldLoad> {
    Some(OldLoad {
        load_id: LoadId(row.get(0)?.to_owned()),
        target: TargetTable { schema: Ident::of_catalog(row.get(1)?), table: Ident::of_catalog(row.get(2)?) },
        finished_at: DateTime::from_timestamp(row.get(3)?.parse().ok()?, 0)?,
    })
}

fn old_files(row: &SimpleQueryRow) -> Option<OldFiles> {
    let at = |index| DateTime::from_timestamp(row.get(index)?.parse().ok()?, 0);
    let replacing = if row.len() > 5 { Some(survey::load_end(row.get(5)?)?) } else { None };
    Some(OldFiles {
        target: TargetTable { schema: Ident::of_catalog(row.get(0)?), table: Ident::of_catalog(row.get(1)?) },
        replacing,
        count: row.get(2)?.parse().ok()?,
        from: at(3)?,
        to: at(4)?,
    })
}

/// Their number, and the time of the first.
fn old_messages(row: &SimpleQueryRow, before: DateTime<Utc>) -> Option<(u64, DateTime<Utc>)> {
    let first = match row.get(1) {
        Some(first) => DateTime::from_timestamp(first.parse().ok()?, 0)?,
        None => before,
    };
    Some((row.get(0)?.parse().ok()?, first))
}

pub(super) async fn remove(redshift: &Redshift, old: &OldRows, before: DateTime<Utc>) -> Result<(), Failure> {
    let ledger = &redshift.ledger;
    let of_loads = old.loads.chunks(BATCH).map(|batch| ledger.delete_loads(batch));
    let of_messages = slices(old.messages_from, before).filter(|_| old.messages > 0);
    let of_messages = of_messages.map(|(first, end)| ledger.delete_messages_between(first, end));
    let of_files = old.files.iter().flat_map(|files| {
        let latest = if files.replacing.is_some() { Some(before) } else { old.forget_before };
        let end = latest.unwrap_or(before).min(files.to + ROUNDING * 2);
        slices(files.from, end).map(|(first, end)| ledger.delete_files_between(files, first, end))
    });
    let mut session = redshift.pool.session(Stage::Record).await?;
    for delete in of_loads.chain(of_messages).chain(of_files) {
        session.rows(&delete).await.map_err(|error| {
            let what = format!("removing old rows from the ledger {}", ledger.loads());
            errors::statement_failed(&what, Stage::Record, &error)
        })?;
    }
    Ok(())
}

/// From the whole second of a moment on to the end, in parts.
fn slices(from: DateTime<Utc>, end: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
    let firsts = std::iter::successors(Some(from - ROUNDING), |first| Some(*first + SLICE));
    firsts.take_while(move |first| *first < end).map(move |first| (first, end.min(first + SLICE)))
}

fn not_told(redshift: &Redshift, error: &tokio_postgres::Error) -> Failure {
    let what = format!("looking for old rows in the ledger {}", redshift.ledger.loads());
    let failure = errors::statement_failed(&what, Stage::Inspect, error);
    if errors::column_is_missing(error) { failure.advised(&Advice::MakeLedger) } else { failure }
}

fn unreadable() -> Failure {
    let sentence = "cannot list old rows of the ledger: Redshift's answer has an unexpected form".to_owned();
    Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
}
