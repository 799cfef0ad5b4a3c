//! The steps of a load.

use strum::EnumDiscriminants;

use crate::model::copy_template::CopyTemplate;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::loaded_file::{FileOfLoad, LoadedFile};
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::own_sql::OwnStatement;
use crate::model::table::{Column, KeyCase, OutsideRows, TableSpec};
use crate::model::target_table::TargetTable;
use crate::model::window::Window;
use crate::model::window::rows::{ColumnValue, Which};
use crate::plan::cuts::{CutsGate, Cutting};
use crate::plan::input::{ImplausibleRows, LoadsSince};
use crate::plan::merge::Merge;
use crate::plan::reading::Reading;
use crate::plan::row_count::RowCountGate;
use crate::schema::widening::Widening;
use crate::source::manifest::ListedFile;
use crate::source::parts::whole::Whole;

/// A step before the transaction, taken in the order of the plan; safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preparation {
    /// Writes the manifest that makes COPY load exactly `files`.
    WriteManifest {
        uri: ObjectUri,
        files: Vec<ListedFile>,
        /// Of the files: one COPY reads its manifest and its data in one region (redshift-facts 1.2).
        region: String,
    },
    /// Writes the paths by which COPY finds the values of these keys, and behind them the whole object.
    WritePaths {
        uri: ObjectUri,
        keys: Vec<String>,
        /// Of the files, as with a manifest.
        region: String,
    },
    AddColumn(Column),
    /// Cannot run inside a transaction (redshift-facts 0.8).
    Widen(Widening),
}

/// A step inside the transaction; [`StepKind`] is its name.
#[derive(Debug, Clone, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(name(StepKind), derive(strum::Display), doc = "The name of a [`Step`].")]
pub enum Step {
    CreateTable(Box<TableSpec>),
    /// Removes the rows that the load replaces. Comes first, because it takes the exclusive write lock, which makes
    /// it the mutex between daemons (redshift-facts 2.4b).
    Delete(Replaced),
    /// With the write lock held: rolls back when another daemon has loaded the table since the facts were gathered.
    LookAgain(LoadsSince),
    /// With the write lock held: rolls back when the ledger no longer says the same of these files as when the facts were gathered. Loads
    /// of other announced files may have come meanwhile, which only add rows, so that it stands in the place of [`Step::LookAgain`]. Both
    /// are taken when the table was found empty: the ledger row says so, and would hide a load that came in between.
    LookForFiles {
        files: Vec<ObjectMeta>,
        known: Vec<LoadedFile>,
    },
    /// Rolls back when DELETE has removed fewer rows than an earlier load of the window had brought: the others would
    /// stay beside the new ones.
    CheckDeleted(EarlierRows),
    /// Makes the table that takes every value whole, to count those that do not fit the target.
    CreateWide(Vec<Column>),
    /// The data once more, into it.
    CopyWide(Copy),
    /// Makes the staging table of a merge, with the columns of the target.
    CreateStaging,
    /// Runs a statement of the table config. All of them come with the lock held, before COPY.
    PreSql(OwnStatement),
    Copy(Copy),
    /// Rolls back when the files are no longer as they were listed, so that nobody knows which content COPY has read.
    CheckFiles(FilesAsListed),
    /// Rolls back when the template of COPY is no longer as it was read: nobody knows what COPY has made of it.
    CheckTemplate(CopyTemplate),
    /// Asks Redshift how many rows COPY has skipped, and rolls back when it does not tell.
    CountSkipped,
    /// Counts the values that COPY has cut or replaced, and rolls back when there are more than may be.
    CountCuts(CutsGate),
    /// In the transaction that made it, as with the staging table.
    DropWide,
    /// Counts the rows of the load's window for the ledger, and rolls back when rows came whose date cannot be true, or
    /// is of no business of this load.
    CheckDates(DateGate),
    /// Rolls back when COPY has loaded another number of rows than may be.
    CheckRowCount(RowCountGate),
    /// Counts the rows of the table that stand beside others of their key, before COPY.
    CountSurplus(Vec<Ident>),
    /// Counts them again, and rolls back when COPY has added to them: a merge has given rows of the window another date, by which
    /// DELETE could not find them.
    CheckSurplus(Vec<Ident>),
    /// Counts the staged rows and their keys; rolls back when a key is null, or has rows among which nobody can choose.
    CheckKeys(Merge),
    /// Removes the staged rows that a later row of the table outlives.
    DropOlder(Merge),
    /// Gives the staged rows the values that the rows which they replace have in columns that the data does not fill.
    KeepColumns(Merge),
    /// Removes the rows of the table whose keys are staged.
    DeleteMatches(Merge),
    /// Adds the staged rows, one of each key.
    InsertStaged(Merge),
    /// In the transaction that made it, so that the next borrower of the session does not meet it.
    DropStaging,
    /// Runs a statement of the table config. All of them come after the last check, which judges what COPY has done.
    PostSql(OwnStatement),
    /// Notes in the ledger which other messages this load covers, by their ids: they asked the same, and waited when
    /// it began.
    RecordSuperseded(Vec<String>),
    /// Notes in the ledger which announced files this load has loaded.
    RecordFiles(Vec<FileOfLoad>),
    /// Writes the ledger row. Comes last, because under SERIALIZABLE the ledger's own write lock is held from here on.
    RecordLoad,
}

/// The rows that a load replaces before COPY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    All,
    /// Only the lock is taken: by a merge, which knows which rows it replaces when its data is staged; and for announced files, which
    /// replace none.
    None,
    Window(RowsOfWindow),
}

/// The rows of a window, by the data date column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsOfWindow {
    pub window: Window,
    pub column: Ident,
    pub which: Which,
}

/// What an earlier load of a window brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRows {
    pub target: TargetTable,
    pub load_id: LoadId,
    pub rows: u64,
    pub column: Ident,
    pub window: Window,
}

/// Rows of an earlier load would stay beside the new ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "rows of {target} would be doubled: load {load_id} brought {rows} rows for {window}, and DELETE by `{column}` removes \
     {deleted} of them; give the others a date of it with UPDATE, or replace the whole table with `truncate` and `force`; if \
     these rows are gone already, delete the row with this load_id from the table `loads` of the ledger",
    target = .earlier.target, load_id = .earlier.load_id, rows = .earlier.rows, window = .earlier.window, column = .earlier.column
)]
pub struct WouldDouble {
    pub earlier: EarlierRows,
    pub deleted: u64,
}

impl EarlierRows {
    /// The refusal, when a DELETE of so many rows leaves some of them in the table.
    pub fn left_by(self, deleted: u64) -> Option<WouldDouble> {
        (deleted < self.rows).then_some(WouldDouble { earlier: self, deleted })
    }
}

/// Where COPY puts the rows of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Target,
    Staging,
}

/// One COPY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub into: Place,
    /// Never empty. Columns of the table that are not named take their default.
    pub columns: Vec<Ident>,
    pub source: CopySource,
    pub reading: Reading,
    /// The region of the source's bucket.
    pub region: String,
    pub key_case: KeyCase,
    pub cutting: Cutting,
    /// Whether a number with more digits than its DECIMAL column takes is rounded rather than cut.
    pub rounds_decimals: bool,
    /// Whether COPY updates the table's statistics; `None` leaves it to Redshift.
    pub statupdate: Option<bool>,
}

/// What COPY reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopySource {
    /// One object. COPY takes it for a prefix, so no other key may start with this one.
    Object(ObjectUri),
    Manifest(ObjectUri),
}

/// The objects that COPY reads, as a listing showed them before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesAsListed {
    /// The object that COPY takes for a prefix: no other key may have come that starts with this one.
    Prefix(ObjectMeta),
    /// Of a manifest: its files, and the manifest itself where it is a producer's.
    Each(Vec<ObjectMeta>),
    /// Parts: a listing is no snapshot, and may have shown a mark that came after parts which it did not show.
    Parts(Box<Whole>),
}

/// The dates with which a load may commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateGate {
    /// Where the rows are.
    pub of: Place,
    pub rows: RowsOfWindow,
    pub outside: OutsideRows,
    /// Rows of the window that were there before COPY, and stay.
    pub there_already: u64,
    pub implausible: ImplausibleGate,
}

/// Whether rows may come whose data date cannot be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImplausibleGate {
    Open,
    /// No more rows than this may be later than that.
    Closed {
        latest: ColumnValue,
        there_already: u64,
    },
}

/// Rows came whose date cannot be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{count} of its rows are dated more than a day after now in `{column}`, the latest is {latest}; fix the file, or allow such \
     dates with `meta.future_rows: allow`"
)]
pub struct ImplausibleRowsCame {
    column: Ident,
    count: u64,
    latest: String,
}

impl DateGate {
    /// How many of the copied rows are not of the window, where that matters: nobody else's rows are in it.
    pub fn refused_outside(&self, copied: u64, in_window: u64) -> Option<u64> {
        let outside = copied.saturating_sub(in_window.saturating_sub(self.there_already));
        (self.outside == OutsideRows::Refused && outside > 0).then_some(outside)
    }

    /// # Errors
    /// When more rows of a date that cannot be true are there than were before.
    pub fn check(&self, implausible: Option<&ImplausibleRows>) -> Result<(), ImplausibleRowsCame> {
        let ImplausibleGate::Closed { there_already, .. } = self.implausible else { return Ok(()) };
        match implausible {
            Some(rows) if rows.count > there_already => Err(ImplausibleRowsCame {
                column: self.rows.column.clone(),
                count: rows.count - there_already,
                latest: rows.latest.clone(),
            }),
            _ => Ok(()),
        }
    }
}
