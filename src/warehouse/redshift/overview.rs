//! What pages show of the ledger, in one question.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::Failure;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::load_mode::LoadMode;
use crate::model::target_table::TargetTable;
use crate::warehouse::history::{HourOfLoads, LastLoad, Overview};
use crate::warehouse::redshift::sql::ledger::overview::VERSION;
use crate::warehouse::redshift::{Redshift, ledger};

/// A ledger that was never made has no loads. Rows that cannot be read, as others may write in the ledger too, are left out.
pub(super) async fn overview(redshift: &Redshift, since: DateTime<Utc>) -> Result<Overview, Failure> {
    let questions =
        |version| vec![VERSION, redshift.ledger.last_loads(version), redshift.ledger.loads_by_hour(since)];
    let answers =
        ledger::answers_of_any_version(redshift, &questions, Some(ledger::LONGEST_QUESTION)).await?;
    let [version, loads, hours] = [0, 1, 2].map(|index| answers.get(index).map_or(&[][..], Vec::as_slice));
    Ok(Overview {
        version: version.first().and_then(|row| row.get(0)).unwrap_or_default().to_owned(),
        last_loads: loads.iter().filter_map(last_load).collect(),
        hours: hours.iter().filter_map(hour_of_loads).collect(),
    })
}

fn last_load(row: &SimpleQueryRow) -> Option<LastLoad> {
    Some(LastLoad {
        target: TargetTable { schema: Ident::of_catalog(row.get(0)?), table: Ident::of_catalog(row.get(1)?) },
        load_id: LoadId(row.get(2)?.to_owned()),
        data_date: DataDate::from_instant(instant(row, 3)?),
        finished_at: instant(row, 4)?,
        rows: row.get(5)?.parse().ok()?,
        newest_date: DataDate::from_instant(instant(row, 6)?),
        message_id: row.get(8)?.to_owned(),
        replaced_all: row.get(9) == Some(LoadMode::Replace.label()),
        cadence: row.get(7).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs),
    })
}

fn hour_of_loads(row: &SimpleQueryRow) -> Option<HourOfLoads> {
    Some(HourOfLoads {
        start: instant(row, 0)?,
        loads: row.get(1)?.parse().ok()?,
        rows: row.get(2)?.parse().ok()?,
    })
}

/// Of seconds since 1970.
fn instant(row: &SimpleQueryRow, index: usize) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(row.get(index)?.parse().ok()?, 0)
}
