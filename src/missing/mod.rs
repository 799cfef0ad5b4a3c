//! Data on S3 that no row of the ledger knows: how it is told from what was loaded, and what of it is shown and sent.

pub mod scope;
pub mod routed;
pub mod chunks;
pub mod announced;
pub mod date_range;
pub mod dated;
pub mod summary;
pub mod batches;
pub mod rate;
pub mod flight;
pub mod answers;
pub mod dated_files;
pub mod date_totals;

use crate::model::data_date::DataDate;
use crate::model::object::ListedObject;
use crate::model::routed_date::RoutedDate;
use crate::model::target_table::TargetTable;

/// Data of a table that no row of the ledger is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub target: TargetTable,
    /// The file. For the parts of a date it is their address, with the bytes of all of them and the time of the newest.
    pub object: ListedObject,
    /// Of how many objects it is.
    pub objects: u64,
    pub data: Data,
    pub why: Why,
}

/// What data is, which says how the daemon is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// All of a date, in the dated layouts: a load message names it.
    OfDate(DataDate),
    /// A file that a rule takes, with the date that its key tells: an event announces it.
    File(Option<RoutedDate>),
}

/// Why data is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Why {
    NeverLoaded,
    /// The ledger knows the key, or the date, with another content.
    Rewritten,
}
