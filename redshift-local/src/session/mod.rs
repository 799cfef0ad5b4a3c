//! One client's session: what it asks, what PostgreSQL is told, and what comes back.

pub(crate) mod backend;
pub(crate) mod client;
pub(crate) mod connection;
pub(crate) mod exchange;
pub(crate) mod execute;
pub(crate) mod extended;
pub(crate) mod failure;
pub(crate) mod login;
pub(crate) mod long_names;
pub(crate) mod names;
pub(crate) mod orders;
pub(crate) mod parameters;
pub(crate) mod parse;
pub(crate) mod prepared;
pub(crate) mod recluster;
pub(crate) mod simple;
pub(crate) mod state;
pub(crate) mod strike;
pub(crate) mod tables;
pub(crate) mod timeout;
pub(crate) mod transaction;
pub(crate) mod widening;
