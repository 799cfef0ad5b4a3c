//! What can go wrong with a message, and what that means for it.
//!
//! The store and the queue report errors in their own words, the warehouse and the load room as a [`Failure`]; only
//! [`disposition`](disposition::disposition) decides what becomes of the message.

pub mod advice;
pub mod disposition;
pub mod load_error;
pub mod sentence;
pub mod unreachable;

use strum::{EnumIter, IntoStaticStr};

use crate::failure::advice::Advice;
use crate::failure::load_error::LoadError;
use crate::failure::sentence::Sentence;
use crate::model::announced_file::AnnouncedFile;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;

/// One table of one message that could not be loaded, or a message that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    pub kind: FailureKind,
    pub stage: Stage,
    /// Names the object, what is wrong and what to do next, in one line of a few kilobytes at most; holds no secret.
    pub sentence: Sentence,
    /// The attempt that failed, by the id in its COPY statement; `None` before one was made.
    pub load_id: Option<LoadId>,
    /// The first rows that COPY refused, if that was it.
    pub load_errors: Vec<LoadError>,
    /// What was to be loaded; `None` before it was found.
    pub data: Option<Box<DataOfLoad>>,
    /// The announced files that it is of; empty for a load message.
    pub files: Vec<FailedFile>,
}

/// An announced file that is not loaded, and why not: those of one message may fail each in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedFile {
    pub file: AnnouncedFile,
    pub kind: FailureKind,
}

/// The data of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataOfLoad {
    pub date: DataDate,
    /// Of its file, manifest or directory of parts.
    pub source: ObjectUri,
}

impl Failure {
    pub fn new(kind: FailureKind, stage: Stage, sentence: impl Into<String>) -> Self {
        let sentence = Sentence::new(&sentence.into());
        Self { kind, stage, sentence, load_id: None, load_errors: Vec::new(), data: None, files: Vec::new() }
    }

    /// The same failure, of these files.
    pub fn of_files(self, files: &[AnnouncedFile]) -> Self {
        let of_kind = |file: &AnnouncedFile| FailedFile { file: file.clone(), kind: self.kind };
        Self { files: files.iter().map(of_kind).collect(), ..self }
    }

    /// Its own kind, and those of its files that fail for other reasons.
    pub fn kinds(&self) -> Vec<FailureKind> {
        let mut kinds = vec![self.kind];
        for FailedFile { kind, .. } in &self.files {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds
    }

    /// The same failure in other words.
    pub fn told(self, sentence: &str) -> Self {
        Self { sentence: Sentence::new(sentence), ..self }
    }

    /// The same failure, with more to tell about it.
    pub fn and(self, addition: &str) -> Self {
        Self { sentence: self.sentence.and(addition), ..self }
    }

    /// The same failure, with what to do next.
    pub fn advised(self, advice: &Advice) -> Self {
        self.and(&advice.to_string())
    }

    /// The same failure, with what to do next where that is known.
    pub fn with_advice(self, advice: Option<Advice>) -> Self {
        match advice {
            Some(advice) => self.advised(&advice),
            None => self,
        }
    }

    /// The same failure, of this load.
    pub fn of_load(self, load_id: &LoadId) -> Self {
        Self { load_id: Some(load_id.clone()), ..self }
    }

    /// The same failure, of the load of this data.
    #[must_use]
    pub fn of_data(self, date: DataDate, source: &ObjectUri) -> Self {
        Self { data: Some(Box::new(DataOfLoad { date, source: source.clone() })), ..self }
    }
}

/// The classes of failure that are treated differently, or that an operator tells apart on a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum FailureKind {
    /// The message cannot be understood or asks for what is not supported.
    InvalidRequest,
    /// An event announces a file, and no rule says what becomes of it.
    Unrouted,
    /// No data file is there for the target and date that the message names.
    NoDataFile,
    /// Parts of the newest data are there, and nothing says that these are all.
    IncompleteData,
    /// The data file's manifest, or its format, cannot be loaded.
    UnusableDataFile,
    /// The table config is not there.
    NoTableConfig,
    /// The table config is there and wrong.
    InvalidTableConfig,
    /// The table differs from its config in a way that no load may repair, or is no table.
    SchemaConflict,
    /// COPY refused the data.
    DataRejected,
    /// COPY loaded another number of rows than the message expects or the policy allows.
    UnexpectedRowCount,
    /// A data date cannot be true: of the file, of rows in it, or of rows in the table.
    ImplausibleDate,
    /// Rows of the file are not of the window that the load replaces.
    OutsideWindow,
    /// An announced file was written again after its load, and nobody has said what becomes of the rows that it has brought.
    Rewritten,
    /// Rows of an earlier load of the window would stay beside the new ones.
    WouldDouble,
    /// Rows of one key in the data of a merge, among which nobody can choose.
    DuplicateKeys,
    /// S3 refused access, or the bucket is not there.
    StorageDenied,
    /// S3 did not answer, or asked to slow down.
    StorageUnavailable,
    /// Redshift refused the login.
    LoginRefused,
    /// The database user lacks a right on the schema, table or ledger.
    PermissionDenied,
    /// Redshift cannot be reached, restarts, or dropped the connection before COMMIT was sent.
    WarehouseUnavailable,
    /// Another transaction was in the way: serialization conflict, deadlock, a table that changed under the plan.
    Conflict,
    /// The connection was lost after COMMIT was sent, and the ledger does not know the load yet.
    CommitUnknown,
    /// Redshift refused a statement for a reason not listed here.
    StatementRefused,
    /// The load took longer than `LOAD_TIMEOUT`.
    Timeout,
    /// The message's lease was lost, so another consumer may hold it by now.
    LeaseLost,
    /// The table is paused, and enough messages wait for that to end.
    Paused,
    /// So much of what is in hand is for this table that messages of others would not be received.
    Crowded,
    /// The daemon is shutting down.
    Aborted,
    /// Somebody has stopped the load by hand.
    AbortedByOperator,
    /// A bug in this program ended the work.
    InternalError,
}

impl FailureKind {
    /// The value of the label `kind`.
    pub fn label(self) -> &'static str {
        self.into()
    }

    /// Whether nothing has failed, and the message merely waits in the queue.
    pub fn is_put_off(self) -> bool {
        matches!(self, Self::Paused | Self::Crowded)
    }
}

/// The step of the way from message to commit at which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// Reading the message.
    Decode,
    /// Waiting for the table's turn and a free place.
    Wait,
    /// Listing S3 and choosing the data file.
    Discover,
    /// Reading the table config.
    Config,
    /// Reading the catalog, the ledger and the newest data date.
    Inspect,
    /// Comparing, and deciding what to do.
    Plan,
    /// ADD COLUMN, and writing a manifest.
    Prepare,
    /// CREATE TABLE, or DELETE of the rows that are replaced, including the wait for the table's write lock.
    Replace,
    /// The statements of `pre_sql`.
    PreSql,
    Copy,
    /// Bringing staged rows into the table.
    Merge,
    /// The statements of `post_sql`.
    PostSql,
    /// Writing the ledger row.
    Record,
    Commit,
    /// ANALYZE and VACUUM, when the load is committed.
    After,
    /// Wherever a bug has struck.
    Unknown,
}

impl Stage {
    /// The value of the label `stage`.
    pub fn label(self) -> &'static str {
        self.into()
    }
}
