//! What a message or a command line asks for.
//!
//! Both doors fill the same [`RequestFields`](fields::RequestFields), so a flag and a field of one name can never
//! mean different things. Reading of text only: nothing here knows the queue.

pub mod decode;
mod body;
mod envelope;
pub mod fields;
pub mod local_config;
pub mod order;

use crate::model::data_date::DataDate;
use crate::model::object::SourceBucket;
use crate::model::target_table::TargetTable;

/// A request, checked: everything that can be known without looking outside. It is an [`Order`](order::Order) for each of
/// its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadRequest {
    /// Never empty, no target twice; in the order asked.
    pub targets: Vec<TargetTable>,
    pub source: SourceBucket,
    /// Clear the table in the load's transaction. Never implies `force`.
    pub truncate: bool,
    /// Load even when the table has this or newer data.
    pub force: bool,
    /// Only this data date; `None` means the newest.
    pub date: Option<DataDate>,
    /// A table config instead of the one beside the data file.
    pub config: Option<ConfigLocation>,
    /// Roll back when COPY loads another number; only with a single target.
    pub expected_rows: Option<u64>,
}

/// Where a table config is when the request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigLocation {
    S3(crate::model::object::ObjectUri),
    /// Any path: a person at this machine names it.
    Local(std::path::PathBuf),
    /// A file of the daemon's directory of table configs, by its path from there: a message names it.
    InDirectory {
        directory: std::path::PathBuf,
        file: std::path::PathBuf,
    },
}
