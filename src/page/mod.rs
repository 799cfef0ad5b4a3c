//! Pages for people, rendered from the daemon's state: state in, HTML out. No socket, no clock, no question to anybody.
//!
//! Every page is one file that asks for nothing else: styles and script stand in it, under a nonce that its
//! Content-Security-Policy names. It is whole without the script, which only fetches the page again. The templates escape all
//! that they are given; what cannot be seen is escaped before, as everywhere that texts from outside are shown. A page has
//! [`LARGEST`] bytes at most, whatever is in the state: lists end early, and say how much more there is.

pub mod home;
pub mod load;
pub mod table;
pub mod missing;
mod frame;
mod list;
mod words;
mod plot;
mod failures;

use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;

/// The address of a table's page.
pub fn path_of(target: &TargetTable) -> String {
    words::table_path(target.schema.as_str(), target.table.as_str())
}

/// The address of a load's page.
pub fn path_of_load(load_id: &LoadId) -> String {
    words::load_path(&load_id.0)
}

/// Bytes of a page.
pub const LARGEST: usize = 60_000;

#[cfg(test)]
pub(crate) mod tests;
