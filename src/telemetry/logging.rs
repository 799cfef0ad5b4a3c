//! Where log lines go and what they look like.

use anstream::{AutoStream, ColorChoice};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::logs::LogFormat;
use crate::telemetry::log_line::LogLine;
use crate::telemetry::panics;
use crate::telemetry::spans;

/// Whether a text can be used as `RUST_LOG`.
pub fn is_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

/// Starts logging to `stderr`, which writes there, also of panics.
///
/// `filter` is `RUST_LOG`'s text; without one, or when it is unusable, `info` is logged.
pub fn start<W>(format: LogFormat, filter: Option<&str>, stderr: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // As with all that is printed: on a terminal, unless NO_COLOR or CLICOLOR_FORCE say otherwise.
    let wants_colours = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    subscriber(format, filter, format == LogFormat::Text && wants_colours, stderr).init();
    panics::log_all();
}

/// What writes every event that passes the filter to `writer`, a line each.
///
/// Events of `tracing` only: `tokio_postgres` speaks to `log`, and is not listened to, as it tells whole statements at `debug`,
/// among them COPY with its keys.
pub(super) fn subscriber<W>(
    format: LogFormat,
    filter: Option<&str>,
    has_colours: bool,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter.and_then(|text| EnvFilter::try_new(text).ok());
    // The SDK tells the story of every request at `info`.
    let filter = filter.unwrap_or_else(|| EnvFilter::new("info,aws_config=warn"));
    let filter = filter.add_directive(spans::KEPT.parse().expect("it is a directive"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(has_colours)
        // With stderr gone there is nobody left to tell of an error of writing to it.
        .log_internal_errors(false)
        .fmt_fields(JsonFields::new())
        .event_format(LogLine(format));
    tracing_subscriber::registry().with(filter).with(lines)
}
