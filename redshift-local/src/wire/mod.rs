//! The PostgreSQL v3 protocol, as far as a proxy must understand it: frames, start-up, passwords, reports.

pub(crate) mod auth;
pub(crate) mod diagnosis;
pub(crate) mod frame;
pub(crate) mod report;
pub(crate) mod startup;
