//! What a message or a command line asks for.
//!
//! Everything that may be asked is a [field](fields::table::FIELDS), and the flags of the command line are written as a message
//! before they are read: a flag and a field of one name can never mean different things. Reading of text only: nothing
//! here knows the queue.

pub mod fields;
pub mod decode;
mod body;
mod envelope;
pub mod terms;
pub mod local_config;
pub mod events;
pub mod order;
pub mod relation;

use std::fmt;

use crate::model::target_table::TargetTable;
use crate::request::terms::Terms;

/// A request, checked: everything that can be known without looking outside. It is an [`Order`](order::Order) for each of
/// its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadRequest {
    /// Never empty, no target twice; in the order asked.
    pub targets: Vec<TargetTable>,
    /// Load even when the table has this or newer data.
    pub force: bool,
    pub terms: Terms,
}

/// Everything that is wrong with a request, each problem with the name of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidRequest {
    /// Never empty.
    pub problems: Vec<String>,
    /// The tables that it names all the same, as far as schema and names are usable: whoever reads the log asks for them.
    pub targets: Vec<TargetTable>,
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}
