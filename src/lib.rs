//! Placeholder, replaced in the next commits.
pub mod app;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod failure;
pub mod http;
pub mod load;
pub mod model;
pub mod plan;
pub mod queue;
pub mod request;
pub mod schema;
pub mod source;
pub mod storage;
pub mod telemetry;
pub mod warehouse;
