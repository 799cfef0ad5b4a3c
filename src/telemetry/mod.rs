//! What the daemon tells the outside about itself: metrics and logs, each declared once.

pub mod metrics;
pub mod labels;
mod known_tables;
pub mod logging;
