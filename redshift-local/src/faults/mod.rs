//! Faults on demand: what a test orders over SQL to go wrong in somebody's session, and when.
//!
//! `catalog/faults.sql` has the functions; each tells its [`order`] to the proxy in a notice that the client never
//! sees. The [`board`] keeps the armed faults, a session asks it at every [`fault::Point`] it passes. What strikes
//! strikes the client: PostgreSQL's state stays the truth, and a failure that the client was told has happened.

pub(crate) mod board;
pub(crate) mod error;
pub(crate) mod fault;
pub(crate) mod maintenance;
pub(crate) mod order;
pub(crate) mod strike;
