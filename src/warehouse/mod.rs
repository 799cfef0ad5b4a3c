//! The warehouse: the port to it, and Redshift behind it.
//!
//! The port has no `query(sql)`: no caller can grow SQL of its own.

pub mod redshift;
pub mod examined;
pub mod history;
pub mod old_rows;
pub mod survey;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::failure::load_error::LoadError;
use crate::model::after_work::AfterWork;
use crate::model::copy_template::{CopyTemplate, TemplateName};
use crate::model::data_date::DataDate;
use crate::model::freshness::Freshness;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::load_of_date::LoadOfDate;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::ObjectMeta;
use crate::model::pause::{PauseTarget, Pauses, WhoAndWhy};
use crate::model::table::{Column, ViewOfColumn};
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::plan::cuts::{Cuts, Cutting};
use crate::plan::input::{EarlierLoads, RowsQuestion, TableRows};
use crate::schema::remedy::Resolution;
use crate::warehouse::history::{HistoryFilter, LedgerEntry, Overview};
use crate::warehouse::old_rows::OldRows;
use crate::warehouse::survey::{EarlierQuestion, Survey, SurveyQuestion};

/// A warehouse with transactions and a ledger. Reads may be repeated at will.
#[async_trait]
pub trait Warehouse: Send + Sync {
    /// Makes sure that the ledger is there, creating it when it is not. Ok also means that the warehouse is reached
    /// and the login is good.
    async fn prepare_ledger(&self) -> Result<(), Failure>;

    /// Ok when the warehouse answers now; with `anew` on a connection of its own, so that logins are let in too. Takes
    /// half a minute at most.
    async fn reach(&self, anew: bool) -> Result<(), Failure>;

    /// What is there under the name of a target, and what the ledger says of its loads; the ledger is read first.
    async fn survey(&self, target: &TargetTable, question: &SurveyQuestion<'_>) -> Result<Survey, Failure>;

    /// The views that would keep Redshift from changing one of these columns.
    async fn views_of_columns(
        &self,
        target: &TargetTable,
        columns: &[Ident],
    ) -> Result<Vec<ViewOfColumn>, Failure>;

    /// What the rows of an existing table say about a window. Without a `question`, as long as the table has no column that
    /// holds data dates, only whether there are rows.
    async fn table_rows(
        &self,
        target: &TargetTable,
        question: Option<&RowsQuestion>,
    ) -> Result<TableRows, Failure>;

    /// The last loads of a target that matter to a load of this window; what [`Warehouse::survey`] tells of them is left out.
    async fn earlier_loads(
        &self,
        target: &TargetTable,
        question: &EarlierQuestion<'_>,
    ) -> Result<EarlierLoads, Failure>;

    /// What the ledger knows of these files, in their order and none more than once; a file that it does not know is left out. It is the
    /// last load of a key that is in place, among those of announced files, and those of this one file which a load message has
    /// caused: of these only if it had the same `ETag`.
    async fn known_files(
        &self,
        target: &TargetTable,
        files: &[ObjectMeta],
    ) -> Result<Vec<LoadedFile>, Failure>;

    /// What a template of COPY says. Refused when there is none of this name, or the loader's user may not use it.
    async fn template(&self, name: &TemplateName) -> Result<CopyTemplate, Failure>;

    /// Runs a plan. After `Err` nothing of its transaction is there, except with
    /// [`CommitUnknown`](crate::failure::FailureKind::CommitUnknown): then only [`Warehouse::find_load`] can tell.
    /// Firing `abort` cancels the running statement and rolls back; the future must still be awaited, never dropped.
    async fn execute(&self, plan: &LoadPlan, abort: &CancellationToken) -> Result<Execution, Failure>;

    /// Has Redshift read the data of a plan into columns, without loading it; the lines that it has read, where it tells.
    /// Changes nothing, and nobody waits for it. [`DataRejected`](crate::failure::FailureKind::DataRejected) with the first
    /// refused rows when COPY does not take all of it. Firing `stop` cancels it; the future must still be awaited.
    async fn check_data(
        &self,
        question: &DataQuestion<'_>,
        stop: &CancellationToken,
    ) -> Result<Option<u64>, Failure>;

    /// Does some work on a table outside of every load, for as long as one statement may take. Firing `stop` cancels it;
    /// the future must still be awaited, never dropped.
    async fn after_load(
        &self,
        target: &TargetTable,
        work: AfterWork,
        stop: &CancellationToken,
    ) -> Result<AfterDone, Failure>;

    /// The committed load of this id, asked on a connection of its own.
    async fn find_load(&self, load_id: &LoadId) -> Result<Option<Committed>, Failure>;

    /// Every load of a target that is of one of these data dates.
    async fn loads_of_dates(
        &self,
        target: &TargetTable,
        dates: &[DataDate],
    ) -> Result<Vec<LoadOfDate>, Failure>;

    /// How new the data of every table in the ledger is.
    async fn freshness(&self) -> Result<Vec<(TargetTable, Freshness)>, Failure>;

    /// The last loads in the ledger, newest first.
    async fn history(&self, filter: &HistoryFilter) -> Result<Vec<LedgerEntry>, Failure>;

    /// What the ledger says of all tables: their last loads, and the loads of each hour from a moment on.
    async fn overview(&self, since: DateTime<Utc>) -> Result<Overview, Failure>;

    /// Ledger rows of before a moment that no decision rests on any more.
    /// With a second moment, files that were recorded before that one are among them, though their rows are in place.
    async fn old_rows(
        &self,
        before: DateTime<Utc>,
        forget_before: Option<DateTime<Utc>>,
    ) -> Result<OldRows, Failure>;

    /// Removes them for good. After an error some of them may be gone.
    async fn remove_old_rows(&self, old: &OldRows, before: DateTime<Utc>) -> Result<(), Failure>;

    /// All pauses in force, for every daemon with this ledger.
    async fn pauses(&self) -> Result<Pauses, Failure>;

    /// Pauses from now on, in the place of an earlier pause of the same target.
    async fn pause(&self, target: &PauseTarget, who: &WhoAndWhy) -> Result<(), Failure>;

    /// Ends the pause of a target, if there is one: of a table in every schema, each that a table of this name has.
    async fn resume(&self, target: &PauseTarget) -> Result<(), Failure>;

    /// The exact statements of a plan in order, with secrets masked.
    fn statements(&self, plan: &LoadPlan) -> Vec<String>;

    /// The statements that would resolve conflicts of a table with its config, and what else is to be said of each, as
    /// comments. Nobody runs them here.
    fn resolving(&self, resolutions: &[Resolution]) -> Vec<String>;
}

/// How the run of a plan ended without a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Execution {
    Committed(Committed),
    /// Another daemon has loaded or created the table, or the files that were to be copied have changed, since the facts
    /// were gathered: rolled back, and the facts must be gathered anew.
    Stale,
}

/// What COPY is asked about data that it does not load.
#[derive(Debug, Clone, Copy)]
pub struct DataQuestion<'a> {
    pub plan: &'a LoadPlan,
    /// Those that it fills, as they would be.
    pub columns: &'a [Column],
    pub cutting: Cutting,
}

/// Work that was done after a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterDone {
    /// Redshift passes over the tables of others with a warning that nobody sees, unless a role gives the right.
    pub may_be_passed_over: bool,
}

/// A load that is in the table for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub rows: u64,
    /// Rows that it removed; 0 where the ledger does not know.
    pub rows_deleted: u64,
    /// Rows of the load's window; `None` where the ledger does not know.
    pub rows_in_window: Option<u64>,
    /// Rows of the data of a merge that went, as another one of their key stands for them.
    pub rows_duplicate: u64,
    /// Keys of the data of a merge of which the table has a later row.
    pub rows_outdated: u64,
    /// Rows that a merge removed beyond one of each key: at least so many.
    pub rows_beyond_keys: u64,
    /// Values that COPY has cut or replaced, and rows that it has skipped.
    pub cuts: Cuts,
    /// The first rows that it has skipped; empty when Redshift does not tell which.
    pub skipped_rows: Vec<LoadError>,
}
