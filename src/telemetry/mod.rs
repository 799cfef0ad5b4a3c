//! What the daemon tells the outside about itself: metrics and logs, each declared once.

pub mod metrics;
pub mod labels;
pub mod calls;
mod known_tables;
pub mod logging;
pub mod once_a_minute;
pub mod panics;
#[cfg(test)]
pub(crate) mod captured_log;
pub mod log_line;
pub mod spans;
pub mod told;
pub mod progress;
pub mod sent_statements;
