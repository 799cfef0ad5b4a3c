//! Settings: the environment, read once at the start and checked as a whole. One file for each concern.

pub mod environment;
mod address;
pub mod queue;
pub mod routing;
pub mod notify;
pub mod warehouse;
pub mod loads;
pub mod daemon;
pub mod ending;
pub mod logs;
pub mod serve;
#[cfg(test)]
mod documented;
