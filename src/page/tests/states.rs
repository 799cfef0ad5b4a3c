//! States that pages are rendered from.

use crate::daemon::state::failures::FailureReport;
use crate::daemon::state::ledger_reading::LedgerReading;
use crate::daemon::state::loaded_tables::LoadedTable;
use crate::daemon::state::queue_counts::QueueCounts;
use crate::daemon::state::sentence::Level;
use crate::daemon::state::status::{HourReport, Status};
use crate::daemon::state::tables::{LoadStatus, TableStatus};
use crate::daemon::state::timeline::{AttemptReport, LoadTimeline, TableHistory};
use crate::failure::load_error::LoadError;
use crate::warehouse::history::LedgerEntry;

const LOAD_ID: &str = "019abcde-0000-7000-8000-000000000001";

/// A daemon that has just started.
pub(crate) fn empty() -> Status {
    Status {
        version: "0.1.0",
        now: "2026-11-26T12:00:00.000Z".to_owned(),
        level: Level::Well,
        sentence: "All is well: 0 loads running, 0 waiting".to_owned(),
        not_ready_because: Vec::new(),
        not_parking_because: None,
        loader: "s3-to-redshift 0.1.0 on host".to_owned(),
        redshift_version: None,
        paused_because: None,
        pauses: Vec::new(),
        routes: None,
        held: 0,
        queue: QueueCounts::default(),
        tables: Vec::new(),
        failures: Vec::new(),
        drift: Vec::new(),
        cuts: Vec::new(),
        ledger: LedgerReading::default(),
        loaded_tables: Vec::new(),
        loaded_tables_count: 0,
        hours: Vec::new(),
    }
}

pub(crate) fn failure(table: &str) -> FailureReport {
    FailureReport {
        at: "2026-11-26T11:30:00.000Z".to_owned(),
        message_id: "message-2".to_owned(),
        messages: 1,
        table: Some(table.to_owned()),
        load_id: Some(LOAD_ID.to_owned()),
        kind: "data_rejected",
        stage: "copy",
        disposition: "parked",
        sentence: format!("COPY into {table} refused 1 row; fix the file"),
        data_date: Some("2026-11-26T00:00:00Z".to_owned()),
        source: Some("s3://bucket/file.json.gz".to_owned()),
        load_errors: vec![LoadError {
            file: "s3://bucket/file.json.gz".to_owned(),
            line: 7,
            column: "id".to_owned(),
            column_type: "int8".to_owned(),
            reason: "Invalid digit".to_owned(),
            value: None,
        }],
        was_loaded_since: false,
        newer_was_loaded_since: false,
        files: Vec::new(),
    }
}

pub(crate) fn loaded_table(name: &str) -> LoadedTable {
    LoadedTable {
        table: name.to_owned(),
        data_date: "2026-11-23T00:00:00Z".to_owned(),
        data_age_seconds: 302_400,
        last_load: LOAD_ID.to_owned(),
        loaded_at: "2026-11-24T02:00:00Z".to_owned(),
        loaded_before_seconds: 208_800,
        rows: 1_234_567,
        cadence_seconds: Some(86_400),
        cadence_from: Some("ledger"),
        age_in_cadences: Some(3.5),
        is_late: true,
        due_at: Some("2026-11-25T00:00:00Z".to_owned()),
        is_loading: false,
        waiting: 0,
    }
}

pub(super) fn active(name: &str) -> TableStatus {
    TableStatus {
        table: name.to_owned(),
        load: Some(LoadStatus {
            message_id: "message-1".to_owned(),
            running_for_seconds: 130,
            superseding: 2,
            load_id: Some(LOAD_ID.to_owned()),
            stage: Some("replace"),
            seconds_in_stage: Some(65),
            blocked_by: Some("it is held by pid 7 of user `bi`".to_owned()),
        }),
        waiting: 3,
        waits_because: Some("its table is being loaded, one load at a time".to_owned()),
    }
}

pub(super) fn entry(schema: &str, table: &str) -> LedgerEntry {
    LedgerEntry {
        load_id: LOAD_ID.to_owned(),
        target_schema: schema.to_owned(),
        target_table: table.to_owned(),
        data_date: "2026-11-23 00:00:00".to_owned(),
        source_url: "s3://bucket/file.json.gz".to_owned(),
        fingerprint: "f".to_owned(),
        message_id: "message-1".to_owned(),
        mode: "append".to_owned(),
        forced: true,
        rows_loaded: 1000,
        rows_deleted: Some(10),
        rows_in_window: Some(1000),
        bytes_loaded: 4096,
        granularity: Some("day".to_owned()),
        timezone: Some("UTC".to_owned()),
        window_start: Some("2026-11-23 00:00:00".to_owned()),
        window_end: Some("2026-11-24 00:00:00".to_owned()),
        format: Some("json".to_owned()),
        unknown_fields: None,
        rows_duplicate: None,
        rows_outdated: None,
        rows_skipped: Some(0),
        values_cut: Some(3),
        values_replaced: Some(0),
        widened: None,
        rows_beyond_keys: None,
        cadence_seconds: None,
        superseded_messages: 2,
        started_at: "2026-11-24 02:00:00".to_owned(),
        finished_at: "2026-11-24 02:00:42".to_owned(),
        loader: "s3-to-redshift 0.1.0 on host".to_owned(),
    }
}

pub(super) fn small() -> Status {
    let hour = |start: &str, loads| HourReport { start: start.to_owned(), loads, rows: loads * 10 };
    Status {
        level: Level::Attention,
        sentence: "Receiving: 1 load running, 3 waiting; 1 table failed, 1 table late".to_owned(),
        redshift_version: Some("PostgreSQL 8.0.2, Redshift 1.0.1".to_owned()),
        held: 4,
        queue: QueueCounts { visible: Some(5), in_flight: Some(4), delayed: Some(0), dead: Some(1) },
        tables: vec![active("nyc.trips")],
        failures: vec![failure("nyc.flights"), failure("nyc.flights")],
        ledger: LedgerReading { read_at: Some("2026-11-26T11:59:58Z".to_owned()), not_read_because: None },
        loaded_tables: vec![loaded_table("nyc.flights")],
        loaded_tables_count: 1,
        hours: vec![hour("2026-11-26T10:00:00Z", 2), hour("2026-11-26T12:00:00Z", 1)],
        ..empty()
    }
}

pub(super) fn timeline(schema: &str, table: &str) -> LoadTimeline {
    let name = format!("{schema}.{table}");
    LoadTimeline {
        load_id: LOAD_ID.to_owned(),
        entry: Some(entry(schema, table)),
        ledger: LedgerReading::default(),
        attempts: vec![AttemptReport {
            load_id: LOAD_ID.to_owned(),
            message_id: "message-1".to_owned(),
            table: name.clone(),
            began_at: "2026-11-24T02:00:00Z".to_owned(),
            stages: vec![("inspect", 120), ("copy", 40_250)],
            stage: None,
            blocked_by: None,
            ending: Some("loaded 1000 rows".to_owned()),
            statements: vec![
                ("BEGIN".to_owned(), Some(1)),
                (format!("DELETE FROM {name} WHERE false"), Some(65_000)),
                ("COMMIT".to_owned(), None),
            ],
            more_statements: 0,
        }],
        failures: vec![failure(&name)],
    }
}

pub(super) fn history(schema: &str, table: &str) -> TableHistory {
    let name = format!("{schema}.{table}");
    TableHistory {
        loads: vec![entry(schema, table), entry(schema, table)],
        ledger: LedgerReading {
            read_at: Some("2026-11-26T11:59:58Z".to_owned()),
            not_read_because: Some("Redshift cannot be reached".to_owned()),
        },
        active: Some(active(&name)),
        failures: vec![failure(&name)],
        table: name,
    }
}
