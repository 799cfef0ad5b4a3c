//! The ledger's old rows: which there are, and their removal. Read and removed by separate statements, so that neither is a
//! cause of conflict with the loads that go on meanwhile.

use chrono::{DateTime, Duration, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::{Redshift, errors};
use crate::warehouse::{OldLoad, OldRows};

/// More than a ledger holds that is pruned from time to time.
const MOST: usize = 100_000;
/// In one statement, for whose time loads wait to write their rows.
const BATCH: usize = 1000;
/// The same for covered messages, which have no ids that are short.
const SLICE: Duration = Duration::days(1);

pub(super) async fn old_rows(redshift: &Redshift, before: DateTime<Utc>) -> Result<OldRows, Failure> {
    let questions = [redshift.ledger.old_loads(before, MOST), redshift.ledger.count_old_messages(before)];
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let answers = match session.answers(&questions).await {
        // Nobody has loaded anything yet.
        Err(error) if errors::relation_is_missing(&error) => {
            return Ok(OldRows { loads: Vec::new(), are_all: true, messages: 0, messages_from: before });
        }
        answers => answers.map_err(|error| {
            let what = format!("looking for old rows in the ledger {}", redshift.ledger.loads());
            let failure = errors::statement_failed(&what, Stage::Inspect, &error);
            if errors::column_is_missing(&error) { failure.advised(&Advice::MakeLedger) } else { failure }
        })?,
    };
    let [loads, messages] = [0, 1].map(|index| answers.get(index).map_or(&[][..], Vec::as_slice));
    let loads =
        loads.iter().map(|row| old_load(row).ok_or_else(unreadable)).collect::<Result<Vec<_>, _>>()?;
    let (messages, messages_from) =
        messages.first().and_then(|row| old_messages(row, before)).ok_or_else(unreadable)?;
    Ok(OldRows { are_all: loads.len() < MOST, loads, messages, messages_from })
}

fn old_load(row: &SimpleQueryRow) -> Option<OldLoad> {
    Some(OldLoad {
        load_id: LoadId(row.get(0)?.to_owned()),
        target: TargetTable { schema: Ident::of_catalog(row.get(1)?), table: Ident::of_catalog(row.get(2)?) },
        finished_at: DateTime::from_timestamp(row.get(3)?.parse().ok()?, 0)?,
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
    // Seconds are rounded either way.
    let first = old.messages_from - Duration::seconds(1);
    let slices = std::iter::successors(Some(first), |from| Some(*from + SLICE));
    let slices = slices.take_while(|from| old.messages > 0 && *from < before);
    let of_messages = slices.map(|from| ledger.delete_messages_between(from, before.min(from + SLICE)));
    let mut session = redshift.pool.session(Stage::Record).await?;
    for delete in of_loads.chain(of_messages) {
        session.rows(&delete).await.map_err(|error| {
            let what = format!("removing old rows from the ledger {}", ledger.loads());
            errors::statement_failed(&what, Stage::Record, &error)
        })?;
    }
    Ok(())
}

fn unreadable() -> Failure {
    let sentence = "cannot list old rows of the ledger: Redshift's answer has an unexpected form".to_owned();
    Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
}
