//! The tables of the ledger by how late their data is.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::daemon::state::tables::TableStatus;
use crate::model::cadence;
use crate::warehouse::history::LastLoad;

/// Tables that are told of; there may be thousands.
pub const MOST_TABLES: usize = 1000;

/// Data is due once in a cadence and takes some of the next one to arrive. Beyond twice the cadence a date is missing.
pub const LATE_FROM: f64 = 2.0;

/// A table that was loaded, and how old its data is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadedTable {
    pub table: String,
    /// The newest that was ever loaded.
    pub data_date: String,
    pub data_age_seconds: u64,
    pub last_load: String,
    pub loaded_at: String,
    pub loaded_before_seconds: u64,
    /// Of the last load.
    pub rows: u64,
    /// How often new data is due; `None` while the table config says nothing and the ledger tells too little.
    pub cadence_seconds: Option<u64>,
    /// From where the cadence is known: `table config`, or learnt from the `ledger`.
    pub cadence_from: Option<&'static str>,
    /// The age of the data in cadences.
    pub age_in_cadences: Option<f64>,
    pub is_late: bool,
    /// When the data of the next date is to be there at the latest.
    pub due_at: Option<String>,
    /// Whether a load of it runs now, and how many messages wait for the next one.
    pub is_loading: bool,
    pub waiting: usize,
}

/// Every table of the loads, which stand table by table, the newest first. The one with the most cadences behind comes first;
/// those of no known cadence come last, the oldest first.
pub fn by_lateness(loads: &[LastLoad], active: &[TableStatus], now: DateTime<Utc>) -> Vec<LoadedTable> {
    let active: HashMap<&str, &TableStatus> =
        active.iter().map(|table| (table.table.as_str(), table)).collect();
    let of_tables = loads.chunk_by(|one, other| one.target == other.target);
    let mut tables: Vec<LoadedTable> =
        of_tables.filter_map(|loads| loaded_table(loads, &active, now)).collect();
    tables.sort_by(later_first);
    tables
}

fn loaded_table(
    loads: &[LastLoad],
    active: &HashMap<&str, &TableStatus>,
    now: DateTime<Utc>,
) -> Option<LoadedTable> {
    let last = loads.first()?;
    let learnt =
        || cadence::learnt(loads.iter().map(|load| load.data_date)).map(|cadence| (cadence, "ledger"));
    // A table config that says it no longer is one that says nothing.
    let known = last.cadence.map(|cadence| (cadence, "table config")).or_else(learnt);
    let cadence = known.map(|(cadence, _)| cadence);
    let since = |moment: DateTime<Utc>| now.signed_duration_since(moment).to_std().unwrap_or_default();
    let age = since(last.newest_date.instant());
    let age_in_cadences = cadence.map(|cadence| age.as_secs_f64() / cadence.as_secs_f64());
    let due_at = cadence.and_then(|cadence| {
        let patience = chrono::Duration::from_std(cadence.mul_f64(LATE_FROM)).ok()?;
        last.newest_date.instant().checked_add_signed(patience)
    });
    let table = last.target.to_string();
    let active = active.get(table.as_str());
    Some(LoadedTable {
        data_date: last.newest_date.to_string(),
        data_age_seconds: age.as_secs(),
        last_load: last.load_id.to_string(),
        loaded_at: rfc3339(last.finished_at),
        loaded_before_seconds: since(last.finished_at).as_secs(),
        rows: last.rows,
        cadence_seconds: cadence.map(|cadence| cadence.as_secs()),
        cadence_from: known.map(|(_, from)| from),
        // Two digits are enough to sort by, and to read.
        age_in_cadences: age_in_cadences.map(|age| (age * 100.0).round() / 100.0),
        is_late: age_in_cadences.is_some_and(|age| age > LATE_FROM),
        due_at: due_at.map(rfc3339),
        is_loading: active.is_some_and(|table| table.load.is_some()),
        waiting: active.map_or(0, |table| table.waiting),
        table,
    })
}

fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn later_first(one: &LoadedTable, other: &LoadedTable) -> Ordering {
    let by_age = || other.data_age_seconds.cmp(&one.data_age_seconds);
    let by_cadence = match (one.age_in_cadences, other.age_in_cadences) {
        (Some(one), Some(other)) => other.total_cmp(&one),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_cadence.then_with(by_age).then_with(|| one.table.cmp(&other.table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::data_date::DataDate;
    use crate::model::ident::Ident;
    use crate::model::load_id::LoadId;
    use crate::model::target_table::TargetTable;

    const NOW: &str = "2026-11-26T12:00:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        DataDate::parse(text).unwrap().instant()
    }

    /// The newest first.
    fn loads(table: &str, dates: &[&str]) -> Vec<LastLoad> {
        let ident = |name: &str| Ident::new(name).unwrap();
        let newest = dates.iter().map(|date| DataDate::parse(date).unwrap()).max().unwrap();
        let load = |date: &&str| LastLoad {
            target: TargetTable { schema: ident("s"), table: ident(table) },
            load_id: LoadId(format!("load of {date}")),
            message_id: format!("message of {date}"),
            data_date: DataDate::parse(date).unwrap(),
            finished_at: at("2026-11-26T11:00:00Z"),
            rows: 7,
            newest_date: newest,
            replaced_all: false,
            cadence: None,
        };
        dates.iter().map(load).collect()
    }

    #[test]
    fn tables_stand_by_how_many_cadences_their_data_is_old() {
        let hourly = ["2026-11-26T06:00:00Z", "2026-11-26T05:00:00Z", "2026-11-26T04:00:00Z"];
        let daily = ["2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11-23T00:00:00Z"];
        let all = [loads("daily", &daily), loads("hourly", &hourly), loads("new", &["2026-11-01T00:00:00Z"])]
            .concat();
        let tables = by_lateness(&all, &[], at(NOW));
        let seen: Vec<_> = tables
            .iter()
            .map(|table| (&*table.table, table.cadence_seconds, table.age_in_cadences, table.is_late))
            .collect();
        assert_eq!(
            seen,
            [
                ("s.hourly", Some(3600), Some(6.0), true),
                ("s.daily", Some(86_400), Some(1.5), false),
                ("s.new", None, None, false)
            ]
        );
        assert_eq!(tables[1].due_at.as_deref(), Some("2026-11-27T00:00:00Z"), "late from then on");
        assert_eq!(tables[1].last_load, "load of 2026-11-25T00:00:00Z");
    }

    #[test]
    fn what_the_table_config_of_the_last_load_says_counts_more_than_what_was_learnt() {
        let mut loads = loads("t", &["2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11-23T00:00:00Z"]);
        let hour = std::time::Duration::from_secs(3600);
        let cadence = |loads: &[LastLoad]| {
            let table = by_lateness(loads, &[], at(NOW)).remove(0);
            (table.cadence_seconds, table.cadence_from, table.is_late)
        };
        loads[1].cadence = Some(hour);
        assert_eq!(cadence(&loads), (Some(86_400), Some("ledger"), false), "its config says it no longer");
        loads[0].cadence = Some(hour);
        assert_eq!(cadence(&loads), (Some(3600), Some("table config"), true));
        assert_eq!(cadence(&loads[..1]), (Some(3600), Some("table config"), true), "one load is enough");
    }

    #[test]
    fn an_old_date_that_is_loaded_again_makes_no_table_older() {
        let dates = ["2015-07-01T00:00:00Z", "2026-11-26T00:00:00Z"];
        let tables = by_lateness(&loads("t", &dates), &[], at(NOW));
        assert_eq!((&*tables[0].data_date, tables[0].data_age_seconds), ("2026-11-26T00:00:00Z", 12 * 3600));
    }
}
