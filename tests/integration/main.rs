//! The whole way of a message over real servers: SQS and S3 of ministack (and moto), Redshift of redshift-local.
//!
//! Every test has a bucket, a queue, a schema and a ledger of its own, so all of them run side by side.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod discovery;
mod parts;
mod table_config;
mod schema_changes;
mod schema_matrix;
mod schema_policy;
mod replacement;
mod crash_matrix;
mod cuts;
mod skipped;
mod soak;
mod exactly_once;
mod identity;
mod values;
mod windows;
mod implausible_dates;
mod changing_files;
mod two_daemons;
mod refused_input;
mod row_counts;
mod bad_input;
mod broken;
mod hostile;
mod lanes_and_leases;
mod shutdown;
mod table_locks;
mod warehouse_faults;
mod load_errors;
mod observability;
mod dashboards;
mod status_page;
mod log_lines;
mod merges;
mod merges_beside_appends;
mod sent_sql;
mod coalescing;
mod command_line;
mod terminal;
mod outages;
mod control;
mod unreachable;
mod real_data;
mod second_opinion;
mod fifo;
mod archived;
mod odd_keys;
mod file_contents;
mod golden_plans;
mod golden_formats;
mod golden_merges;
mod drift;
mod formats;
mod templates;
mod own_sql;
mod notices;
mod after;
mod real_files;
mod faultless_plans;
mod contract_samples;
mod doc_examples;
mod frugality;
mod http_port;
mod hostile_http;
mod retention;
mod preflight;
mod dead_letters;
mod redrive;
mod infer;
mod plan_json;
mod data_check;
