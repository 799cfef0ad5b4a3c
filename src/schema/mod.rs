//! The difference between the table that a config wants and the table that is there.

pub mod diff;
pub mod conflict;
