//! What `check` asks a warehouse, besides what loads ask.

use chrono::{DateTime, Utc};

use crate::model::table::{TableState, ViewOfColumn};

/// What the warehouse says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseFacts {
    /// Of Redshift with its patch, `1.0.12345`; the whole text where that is not in it.
    pub version: Version,
    /// The time zone of our sessions, and of those that choose none; `None` where it was not told.
    pub zone: String,
    pub default_zone: Option<String>,
    /// By its clock, in whole seconds.
    pub told_at: Option<DateTime<Utc>>,
    /// `None` where the database does not tell.
    pub isolation: Option<Isolation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    Redshift(String),
    Other(String),
}

impl Version {
    /// Of the answer to `SELECT version()` (redshift-facts 3.1).
    pub(crate) fn of(text: &str) -> Self {
        match text.split_once("Redshift ") {
            Some((_, version)) => Self::Redshift(version.trim().to_owned()),
            None => Self::Other(text.trim().to_owned()),
        }
    }
}

/// The isolation level of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    Snapshot,
    Serializable,
}

/// The ledger, as far as `check` has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerState {
    /// It is there, a row could be written, and nothing was left of it.
    Writable,
    /// It is not there. It could be made and written, and nothing was left of it.
    CanBeMade,
    /// An earlier version made it. A daemon adds these columns and tables when it starts.
    Earlier { missing: Vec<String> },
}

/// A target, and what our user may do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    pub table: TableState,
    pub rights: Rights,
    /// The views that hold on to columns of the table.
    pub views: Vec<ViewOfColumn>,
}

/// What our user may do. Of a table that is not there, nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights {
    pub usage: bool,
    pub create: bool,
    pub select: bool,
    pub insert: bool,
    pub delete: bool,
    /// Owns the table, or may do everything.
    pub owns: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_redshift_is_told_from_that_of_what_it_descends_from() {
        let text =
            "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.12345";
        assert_eq!(Version::of(text), Version::Redshift("1.0.12345".to_owned()));
        assert_eq!(Version::of("PostgreSQL 15.3"), Version::Other("PostgreSQL 15.3".to_owned()));
    }
}
