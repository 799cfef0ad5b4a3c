//! Settings: the environment, read once at the start and checked as a whole.

pub mod settings;
pub mod environment;
pub mod secret;
