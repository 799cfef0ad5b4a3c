//! The whole way of a message over real servers: SQS and S3 of ministack (and moto), Redshift of redshift-local.
//!
//! Every test has a bucket, a queue, a schema and a ledger of its own, so all of them run side by side.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod command_line;
mod contract_samples;
mod discovery;
mod exactly_once;
mod golden_plans;
mod lanes_and_leases;
mod observability;
mod real_data;
mod refused_input;
mod replacement;
mod schema_changes;
mod second_opinion;
mod shutdown;
mod table_config;
