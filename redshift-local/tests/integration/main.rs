//! What redshift-local does, asked of the running program over the wire: one fact per test.
//!
//! One PostgreSQL and one S3 serve all tests; each test has a schema and a bucket of its own.

#![expect(clippy::panic, reason = "a test fails by panicking, also in what tests share")]

mod support;

mod activity;
mod catalog;
mod clients;
#[cfg(feature = "columnar")]
mod columnar;
mod copy;
mod faults;
mod formats;
mod late_views;
mod lifecycle;
mod load_errors;
mod load_history;
mod locks;
mod long_name_lifetimes;
mod long_names;
mod login;
mod options;
mod prepared;
mod serializable;
mod staging;
mod statements;
mod templates;
mod svv;
mod tls;
mod trailing_blanks;
mod transactions;
mod types;
mod widening;
