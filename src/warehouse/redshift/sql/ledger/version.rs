//! The versions of the ledger, by the columns that each has brought.
//!
//! Later columns take nulls: a ledger gets them by ADD COLUMN, which can be repeated, and daemons of earlier versions go on
//! writing to it during a rollout.

use crate::model::granularity::Granularity;
use crate::model::window::Window;

/// A column by its name and its type, in the words of Redshift.
pub(crate) type Column = (&'static str, &'static str);

/// Bytes of `unknown_fields`.
pub(crate) const LONGEST_UNKNOWN_FIELDS: usize = 4_096;
/// Bytes of `widened`.
pub(crate) const LONGEST_WIDENED: usize = 4_096;

/// What each version has brought to the table of loads; deploy/sql/ledger.sql makes the same.
const LOADS: [&[Column]; 7] = [
    &[
        ("load_id", "varchar(64) NOT NULL"),
        ("target_schema", "varchar(127) NOT NULL"),
        ("target_table", "varchar(127) NOT NULL"),
        ("data_date", "timestamp NOT NULL"),
        ("source_url", "varchar(2048) NOT NULL"),
        ("fingerprint", "varchar(64) NOT NULL"),
        ("message_id", "varchar(256) NOT NULL"),
        ("mode", "varchar(16) NOT NULL"),
        ("forced", "boolean NOT NULL"),
        ("rows_loaded", "bigint NOT NULL"),
        ("bytes_loaded", "bigint NOT NULL"),
        ("started_at", "timestamp NOT NULL"),
        ("finished_at", "timestamp NOT NULL"),
        ("loader", "varchar(256) NOT NULL"),
    ],
    &[
        ("rows_deleted", "bigint"),
        ("rows_in_window", "bigint"),
        ("config_fingerprint", "varchar(64)"),
        ("data_date_column", "varchar(127)"),
        ("table_was_empty", "boolean"),
    ],
    &[
        ("granularity", "varchar(16)"),
        ("timezone", "varchar(64)"),
        ("window_start", "timestamp"),
        ("window_end", "timestamp"),
    ],
    &[("format", "varchar(16)"), ("unknown_fields", "varchar(4096)")],
    &[
        ("rows_duplicate", "bigint"),
        ("rows_outdated", "bigint"),
        ("rows_skipped", "bigint"),
        ("values_cut", "bigint"),
        ("values_replaced", "bigint"),
        ("widened", "varchar(4096)"),
        ("rows_beyond_keys", "bigint"),
    ],
    &[("cadence_seconds", "bigint")],
    // The table of files came beside it.
    &[],
];
/// The first version that has files.
const WITH_FILES: usize = 7;

/// Messages that were covered by a load that was made for another one, which asked the same. In every version.
pub(crate) const SUPERSEDED: [Column; 5] = [
    ("message_id", "varchar(256) NOT NULL"),
    ("target_schema", "varchar(127) NOT NULL"),
    ("target_table", "varchar(127) NOT NULL"),
    ("load_id", "varchar(64) NOT NULL"),
    ("recorded_at", "timestamp NOT NULL"),
];

/// Files of loads of announced files: each keeps its file from being loaded twice. A key of S3 has 1,024 bytes at most.
pub(crate) const FILES: [Column; 9] = [
    ("load_id", "varchar(64) NOT NULL"),
    ("target_schema", "varchar(127) NOT NULL"),
    ("target_table", "varchar(127) NOT NULL"),
    ("bucket", "varchar(255) NOT NULL"),
    ("object_key", "varchar(1024) NOT NULL"),
    ("version_id", "varchar(1024)"),
    ("etag", "varchar(256) NOT NULL"),
    ("bytes", "bigint NOT NULL"),
    ("recorded_at", "timestamp NOT NULL"),
];

/// A version of the ledger, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LedgerVersion(usize);

impl LedgerVersion {
    /// The one that this program writes.
    pub(crate) const LATEST: Self = Self(LOADS.len());

    /// All of them, the latest first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (1..=LOADS.len()).rev().map(Self)
    }

    /// The columns of a ledger of this version.
    pub(crate) fn columns(self) -> impl Iterator<Item = Column> {
        LOADS.into_iter().take(self.0).flatten().copied()
    }

    /// The columns that have come since the first version.
    pub(crate) fn later_columns() -> impl Iterator<Item = Column> {
        LOADS.into_iter().skip(1).flatten().copied()
    }

    /// Whether it has the table of files.
    pub(crate) fn has_files(self) -> bool {
        self.0 >= WITH_FILES
    }

    /// The condition of loads that are of a window, as all are but those of announced files.
    pub(crate) fn has_window(self) -> String {
        format!("COALESCE({}, '') <> '{}'", self.ask("granularity"), Window::OF_FILES)
    }

    /// The condition of loads whose window is more than the instant of their data date. Those of versions that knew no windows had none
    /// that was.
    pub(crate) fn has_period(self) -> String {
        let exact = Granularity::Exact.label();
        format!("COALESCE({}, '{exact}') <> '{exact}'", self.ask("granularity"))
    }

    /// A column in a question: by its name, or null as long as the ledger lacks it.
    pub(crate) fn ask(self, name: &str) -> String {
        let (_, kind) = Self::LATEST.columns().find(|(known, _)| *known == name).unwrap_or((name, "varchar"));
        match self.columns().any(|(there, _)| there == name) {
            true => name.to_owned(),
            false => format!("NULL::{kind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_the_columns_of_those_before_and_the_later_ones_take_nulls() {
        let versions: Vec<Vec<Column>> =
            LedgerVersion::all().map(|version| version.columns().collect()).collect();
        for pair in versions.windows(2) {
            assert!(pair[0].starts_with(&pair[1]));
        }
        for (name, kind) in LedgerVersion::later_columns() {
            assert!(!kind.contains("NOT NULL"), "older daemons write no {name}");
        }
    }

    #[test]
    fn what_a_ledger_lacks_reads_as_null() {
        let [latest, _, _, _, _, second, first] = LedgerVersion::all().collect::<Vec<_>>()[..] else {
            panic!()
        };
        assert_eq!(latest.ask("window_start"), "window_start");
        assert_eq!(second.ask("window_start"), "NULL::timestamp");
        assert_eq!(
            (first.ask("rows_deleted"), first.ask("mode")),
            ("NULL::bigint".to_owned(), "mode".to_owned())
        );
        assert_eq!(first.has_window(), "COALESCE(NULL::varchar(16), '') <> 'files'");
        assert_eq!(LedgerVersion::all().filter(|version| version.has_files()).count(), 1);
    }
}
