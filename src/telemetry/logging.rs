//! Where log lines go and what they look like.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::logs::LogFormat;
use crate::telemetry::panics;

/// Whether a text can be used as `RUST_LOG`.
pub fn is_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

/// Starts logging to stderr, also of panics.
///
/// `filter` is `RUST_LOG`'s text; without one, or when it is unusable, `info` is logged.
pub fn start(format: LogFormat, filter: Option<&str>) {
    let filter = filter.and_then(|text| EnvFilter::try_new(text).ok());
    // The SDK and the drivers tell the story of every request at `info`.
    let filter = filter.unwrap_or_else(|| EnvFilter::new("info,aws_config=warn,tokio_postgres=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => registry
            .with(layer.json().flatten_event(true).with_current_span(false).with_span_list(false))
            .init(),
        LogFormat::Text => registry
            .with(layer.compact().with_target(false).with_ansi(std::io::stderr().is_terminal()))
            .init(),
    }
    panics::log_all();
}
