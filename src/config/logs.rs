//! How logs look.

use crate::config::environment::Environment;

/// How logs look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// `None`: as suits the command.
    pub format: Option<LogFormat>,
    /// `RUST_LOG`'s text.
    pub filter: Option<String>,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, fields at the top, for machines.
    Json,
    /// For people.
    Text,
}

/// Reads how logs look.
pub fn read(environment: &mut Environment) -> LogSettings {
    LogSettings {
        format: environment.parsed("LOG_FORMAT", None, "json or text", |text| match text {
            "json" => Some(Some(LogFormat::Json)),
            "text" => Some(Some(LogFormat::Text)),
            _ => None,
        }),
        filter: environment.setting("RUST_LOG"),
    }
}
