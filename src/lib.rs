//! Placeholder, replaced in the next commits.
pub mod model;
pub mod failure;
pub mod request;
pub mod source;
pub mod schema;
pub mod plan;
pub mod config;
pub mod telemetry;
pub mod queue;
pub mod storage;
pub mod warehouse;
pub mod load;
pub mod http;
pub mod daemon;
pub mod app;
pub mod cli;
