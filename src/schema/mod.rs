//! The difference between the table that a config wants and the table that is there, and what becomes of it.

pub mod widening;
pub mod diff;
pub mod conflict;
pub mod rebuild;
pub mod remedy;
