//! The facts that a decision rests on, gathered before it is made.

use chrono::{DateTime, Duration, Utc};

use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::{Fingerprint, LoadId};
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::shown::shown_within;
use crate::model::table::{DataDateColumn, TableSpec, TableState};
use crate::model::window::Window;
use crate::model::window::rows::{ColumnValue, NotTold, WindowRows};
use crate::model::zone::Zone;
use crate::plan::row_count::RowCountPolicy;
use crate::plan::settings::Settings;
use crate::request::order::Order;
use crate::schema::widening::Widening;

/// A data date that lies further ahead than this cannot be true.
const LONGEST_AHEAD: Duration = Duration::days(1);

/// All facts about one table of one request but its files. A manifest may list thousands of these, which nobody looks at
/// before it is known that they are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanningInput {
    /// Of the load that the plan would be.
    pub load_id: LoadId,
    pub order: Order,
    /// In the name of the file.
    pub date: DataDate,
    /// What message and config say together.
    pub settings: Settings,
    /// Whose rows the load replaces.
    pub window: Window,
    /// The object that was selected: the only file, or a producer's manifest. Of parts, what their keys start with.
    pub chosen: ObjectMeta,
    pub spec: TableSpec,
    /// Objects beside the file that were passed over.
    pub misnamed: Misnamed,
    /// What the ledger knows of announced files, before any other fact was gathered; empty for a load message.
    pub known_files: Vec<LoadedFile>,
    /// Of the config as it was read.
    pub config_fingerprint: Fingerprint,
    pub table: TableState,
    pub rows: TableRows,
    pub earlier: EarlierLoads,
    /// Counted before any other fact was gathered.
    pub loads_since: LoadsSince,
    /// Whether values are known that do not fit their columns: COPY has refused them just now, or the last load had some.
    pub has_cuts: bool,
    /// Columns that earlier attempts at the same load meant to widen.
    pub widened_before: Vec<Widening>,
    pub row_count_policy: RowCountPolicy,
    /// Rows of the target's last loads, newest first; empty when no policy asks for them.
    pub recent_row_counts: Vec<u64>,
    /// Where a generated manifest would go: bucket, and a prefix that ends in a slash.
    pub manifest_folder: ObjectUri,
    pub now: DateTime<Utc>,
}

impl PlanningInput {
    /// The latest data date that can be true.
    pub fn latest_plausible(&self) -> DateTime<Utc> {
        latest_plausible(self.now)
    }

    /// How the rows of the window are told from others.
    ///
    /// # Errors
    /// When the data date column cannot tell them.
    pub fn window_rows(&self) -> Result<WindowRows, NotTold> {
        self.window.in_column(self.spec.data_date_column.column_type)
    }
}

/// What the rows of a table are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsQuestion {
    pub column: DataDateColumn,
    /// Of the column.
    pub zone: Zone,
    pub window: WindowRows,
    /// Rows that are later than this cannot be true.
    pub latest_plausible: ColumnValue,
    /// Whether such rows say nothing about which data is newer. They do against a file of such a date, which was allowed.
    pub only_plausible: bool,
}

impl RowsQuestion {
    /// The question about a file of this date; `None` when the column cannot hold the ends of its window, or tell its rows.
    pub fn about(
        date: DataDate,
        window: &Window,
        column: &DataDateColumn,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        if !window.is_held_by_columns() {
            return None;
        }
        let latest = latest_plausible(now);
        Some(Self {
            window: window.in_column(column.column_type).ok()?,
            latest_plausible: ColumnValue::of(latest, window.zone(), column.column_type),
            only_plausible: date.instant() <= latest,
            column: column.clone(),
            zone: window.zone(),
        })
    }
}

/// The latest data date that can be true at `now`.
pub fn latest_plausible(now: DateTime<Utc>) -> DateTime<Utc> {
    now + LONGEST_AHEAD
}

/// Objects that seem to be meant as data of the target, but whose names have no data date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misnamed {
    pub count: u64,
    /// The one with the latest day in its name, and the digits of that day.
    pub newest: Option<(String, ObjectUri)>,
}

impl Misnamed {
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.newest = self.newest.take().max(other.newest);
    }

    /// Whether one of them may be newer than a data date.
    pub fn may_be_newer_than(&self, date: DataDate) -> bool {
        let of_file = date.instant().format("%Y%m%d").to_string();
        self.newest.as_ref().is_some_and(|(day, _)| *day > of_file)
    }

    /// In words; `None` when there is none.
    pub fn words(&self) -> Option<String> {
        let (_, example) = self.newest.as_ref()?;
        let count = self.count;
        Some(format!(
            "objects without an RFC 3339 date in their names are ignored ({count}, such as {}); rename these objects if they are data",
            shown_within(&example.to_string(), 1200)
        ))
    }
}

/// What the rows of an existing table say. Of a missing table it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRows {
    pub has_any: bool,
    /// Rows of the file's window.
    pub in_window: u64,
    /// The newest data date of the rows that make the file stale; `None` when no row does, or the table has no such column
    /// yet. Rows of a date that cannot be true count only against a file of such a date.
    pub newest: Option<DateTime<Utc>>,
    /// Rows of a data date that cannot be true.
    pub implausible: Option<ImplausibleRows>,
}

/// Rows whose data date is later than [`PlanningInput::latest_plausible`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImplausibleRows {
    pub count: u64,
    /// As Redshift writes it: its years go further than those of any clock here.
    pub latest: String,
}

/// What the ledger knows of loads of the target that matter to this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierLoads {
    /// The last one of the very same files; `None` as well while the files are not known.
    pub of_files: Option<EarlierLoad>,
    /// The last one that replaced the rows of the file's window.
    pub of_window: Option<EarlierLoad>,
    /// The end of the last one that replaced all rows, or found none.
    pub replacing: Option<LoadEnd>,
    /// The end of the last merge, which may have given rows of other loads another date.
    pub merging: Option<LoadEnd>,
    /// The last one of the file's window in any mode: a merge replaces only rows of its keys.
    pub latest_of_window: Option<EarlierLoad>,
    /// Of all that are in place the one of the latest data date, where that matters.
    pub newest: Option<EarlierLoad>,
}

/// Loads of the target in the ledger that have ended since a moment. A number that others can only raise: nothing so young
/// is ever pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadsSince {
    pub moment: DateTime<Utc>,
    pub count: i64,
}

/// When a load ended. No two loads of a table end at the same moment, but those of earlier versions; of these, ids sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadEnd {
    /// Microseconds since 1970.
    pub finished_at: i64,
    pub load_id: LoadId,
}

/// One load in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierLoad {
    pub load_id: LoadId,
    /// To the second.
    pub data_date: DataDate,
    /// Microseconds since 1970.
    pub finished_at: i64,
    pub rows: u64,
    /// Those that were of the load's window when it was committed; `None` in rows of older versions.
    pub rows_in_window: Option<u64>,
    /// The column that held the date then; `None` in rows of older versions.
    pub data_date_column: Option<Ident>,
    /// `None` in rows of older versions.
    pub config_fingerprint: Option<Fingerprint>,
    /// Whether its window is that of the file.
    pub is_of_window: bool,
}

impl EarlierLoads {
    /// The last load of the same files, unless all rows, or those of their window, were replaced by others since.
    pub fn of_files(&self) -> Option<&EarlierLoad> {
        let was_replaced =
            |load: &EarlierLoad| self.of_window.as_ref().is_some_and(|other| other.end() > load.end());
        self.of_files.as_ref().filter(|load| self.is_in_place(load) && !was_replaced(load))
    }

    /// The last load that replaced the rows of the same window, unless all rows were replaced since.
    pub fn of_window(&self) -> Option<&EarlierLoad> {
        self.of_window.as_ref().filter(|load| self.is_in_place(load))
    }

    /// The last load of the same window in any mode, unless all rows were replaced since.
    pub fn latest_of_window(&self) -> Option<&EarlierLoad> {
        self.latest_of_window.as_ref().filter(|load| self.is_in_place(load))
    }

    /// Whether a merge came after a load.
    pub fn was_merged_into(&self, load: &EarlierLoad) -> bool {
        self.merging.as_ref().is_some_and(|merging| *merging > load.end())
    }

    /// Whether a load was a merge, or one came after it.
    pub fn was_merged_with_or_since(&self, load: &EarlierLoad) -> bool {
        self.merging.as_ref().is_some_and(|merging| *merging >= load.end())
    }

    fn is_in_place(&self, load: &EarlierLoad) -> bool {
        self.replacing.as_ref().is_none_or(|replacing| *replacing <= load.end())
    }
}

impl EarlierLoad {
    fn end(&self) -> LoadEnd {
        LoadEnd { finished_at: self.finished_at, load_id: self.load_id.clone() }
    }

    /// Rows of the load that were of its window by this column; `None` when the ledger does not know.
    pub fn rows_dated_by(&self, column: &Ident) -> Option<u64> {
        self.rows_in_window.filter(|_| self.data_date_column.as_ref() == Some(column))
    }
}
