//! The rows that a load writes into the ledger.

use std::fmt;

use chrono::{DateTime, Duration, Utc};

use crate::model::copy_options::word::CopyWord;
use crate::model::load_mode::LoadMode;
use crate::model::shown::shown_within;
use crate::plan::LoadPlan;
use crate::plan::cuts::Cutting;
use crate::plan::step::Copy;
use crate::warehouse::redshift::sql::ledger::Ledger;
use crate::warehouse::redshift::sql::ledger::version::{
    LONGEST_UNKNOWN_FIELDS, LONGEST_WIDENED, LedgerVersion, SUPERSEDED,
};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

/// Rows that the transaction of a load has moved so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MovedRows {
    pub(crate) copied: u64,
    /// Rows of the data that are in the target, as far as the load has come.
    pub(crate) loaded: u64,
    pub(crate) deleted: u64,
    /// Rows of the data that went, as another one of their key stands for them; `None` unless it is a merge.
    pub(crate) duplicate: Option<u64>,
    /// Keys of the data of which the target has a later row; `None` unless it is a merge.
    pub(crate) outdated: Option<u64>,
    /// Staged rows of a merge whose key the target had; `None` where no statement has told it by the way.
    pub(crate) matched: Option<u64>,
    /// Rows that a merge removed beyond one of each key, as nothing in Redshift forbids several: at least so many; `None` unless it
    /// is a merge.
    pub(crate) beyond_keys: Option<u64>,
    /// Rows that COPY has refused and left out.
    pub(crate) skipped: u64,
    /// Values that COPY has cut, and values whose bytes it has replaced.
    pub(crate) cut: u64,
    pub(crate) replaced: u64,
    /// Rows of the load's data date that are in the table; `None` when nobody has counted them.
    pub(crate) in_window: Option<u64>,
}

/// When a load ends, by the clock of Redshift, which shows seconds only: later than the last load of its table, which may have ended in the
/// same second.
///
/// Ids of loads do not tell it, as they are made before the table is locked, by clocks that differ.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EndOfLoad {
    /// Of a table that is there, before the load: words stand for the last one.
    Expected,
    /// The last one has ended then, as far as any has lately.
    After(Option<DateTime<Utc>>),
}

impl fmt::Display for EndOfLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected => f.write_str("GREATEST(GETDATE(), <just after the last load>)"),
            Self::After(None) => f.write_str("GETDATE()"),
            Self::After(Some(last)) => {
                let next = Literal::timestamp(*last + Duration::microseconds(1));
                write!(f, "GREATEST(GETDATE(), TIMESTAMP {next})")
            }
        }
    }
}

impl Ledger {
    /// A pure write: a load transaction that also read the shared ledger would be the classic cause of error 1023
    /// (redshift-facts 2.4). While nobody knows what was moved, words stand for the numbers.
    pub(crate) fn insert(
        &self,
        plan: &LoadPlan,
        moved: Option<MovedRows>,
        end: EndOfLoad,
        loader: &str,
    ) -> Sql {
        let perhaps = |count: Option<u64>| count.map_or_else(|| "NULL".to_owned(), |count| count.to_string());
        let merged = |words: &str| match plan.ledger_row.mode {
            LoadMode::Merge => words.to_owned(),
            LoadMode::Append | LoadMode::Replace => "NULL".to_owned(),
        };
        let counts_cuts = plan.copy().is_some_and(|copy| copy.cutting == Cutting::Allowed);
        let may_skip = plan.copy().is_some_and(|copy| copy.reading.options.tolerance().is_some());
        let counted = |words: &str| if counts_cuts { words.to_owned() } else { "0".to_owned() };
        let [loaded, deleted, in_window, duplicate, outdated, beyond_keys, skipped, cut, replaced] =
            match moved {
                Some(MovedRows {
                    loaded,
                    deleted,
                    in_window,
                    duplicate,
                    outdated,
                    beyond_keys,
                    skipped,
                    cut,
                    replaced,
                    ..
                }) => [
                    loaded.to_string(),
                    deleted.to_string(),
                    perhaps(in_window),
                    perhaps(duplicate),
                    perhaps(outdated),
                    perhaps(beyond_keys),
                    skipped.to_string(),
                    cut.to_string(),
                    replaced.to_string(),
                ],
                None => [
                    "<rows loaded>".to_owned(),
                    "<rows of the DELETE>".to_owned(),
                    "<rows of the window>".to_owned(),
                    merged("<duplicate rows>"),
                    merged("<outdated rows>"),
                    merged("<rows beyond keys>"),
                    if may_skip { counted("<rows skipped>") } else { "0".to_owned() },
                    counted("<values cut>"),
                    counted("<values replaced>"),
                ],
            };
        let LoadPlan { key, ledger_row: row, .. } = plan;
        let names: Vec<&str> = LedgerVersion::LATEST.columns().map(|(name, _)| name).collect();
        let (window, hull) = (&key.window, key.window.hull());
        let values = [
            Literal::text(&row.load_id.0).to_string(),
            Literal::text(key.target.schema.as_str()).to_string(),
            Literal::text(key.target.table.as_str()).to_string(),
            Literal::timestamp(row.data_date.instant()).to_string(),
            Literal::text(&row.source_url.to_string()).to_string(),
            Literal::text(&key.fingerprint.0).to_string(),
            Literal::text(&row.message_id).to_string(),
            Literal::text(row.mode.label()).to_string(),
            row.forced.to_string(),
            loaded,
            row.bytes.to_string(),
            Literal::timestamp(row.started_at).to_string(),
            end.to_string(),
            Literal::text(loader).to_string(),
            deleted,
            in_window,
            Literal::text(&row.config_fingerprint.0).to_string(),
            Literal::text(row.data_date_column.as_str()).to_string(),
            row.table_was_empty.to_string(),
            Literal::text(window.label()).to_string(),
            Literal::text(&window.zone().to_string()).to_string(),
            Literal::timestamp(hull.start).to_string(),
            Literal::timestamp(hull.end).to_string(),
            Literal::text(row.format.word()).to_string(),
            row.drift.as_ref().map_or_else(
                || "NULL".to_owned(),
                |drift| Literal::text(&drift.names(LONGEST_UNKNOWN_FIELDS)).to_string(),
            ),
            duplicate,
            outdated,
            skipped,
            cut,
            if replaces_uncounted(plan) { "NULL".to_owned() } else { replaced },
            row.widened().map_or_else(
                || "NULL".to_owned(),
                |widened| Literal::text(&shown_within(&widened, LONGEST_WIDENED)).to_string(),
            ),
            beyond_keys,
            perhaps(row.cadence.map(|cadence| cadence.as_secs())),
        ];
        Sql::new(format!("INSERT INTO {} ({}) VALUES ({})", self.name(), names.join(", "), values.join(", ")))
    }

    /// One statement for all of them: the other ledger lock is taken for as short a time as the first.
    pub(crate) fn insert_superseded(&self, plan: &LoadPlan, message_ids: &[String]) -> Sql {
        let LoadPlan { key, ledger_row, .. } = plan;
        let row = |message_id: &String| {
            superseded_row([
                message_id,
                key.target.schema.as_str(),
                key.target.table.as_str(),
                &ledger_row.load_id.0,
            ])
        };
        self.insert_superseded_rows(&message_ids.iter().map(row).collect::<Vec<_>>())
    }

    /// A row of nothing, as loads write them; for a transaction that is rolled back.
    pub(crate) fn insert_nothing(&self) -> Sql {
        self.insert_superseded_rows(&[superseded_row(["check", "", "", ""])])
    }

    fn insert_superseded_rows(&self, rows: &[String]) -> Sql {
        let names: Vec<&str> = SUPERSEDED.iter().map(|(name, _)| *name).collect();
        Sql::new(format!(
            "INSERT INTO {} ({}) VALUES {}",
            Name::of_table(&self.superseded),
            names.join(", "),
            rows.join(", ")
        ))
    }
}

/// `('message', 'schema', 'table', 'load', GETDATE())`
fn superseded_row(texts: [&str; 4]) -> String {
    format!("({}, GETDATE())", texts.map(|text| Literal::text(text).to_string()).join(", "))
}

/// Whether COPY replaces bytes and nobody can tell where: of columnar files it leaves no second look.
fn replaces_uncounted(plan: &LoadPlan) -> bool {
    let replaces = |copy: &Copy| copy.reading.options.says(CopyWord::AcceptInvChars);
    plan.copy().is_some_and(|copy| copy.reading.format.is_columnar() && replaces(copy))
}
