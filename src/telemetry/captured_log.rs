//! What a test has written to the log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

use crate::config::logs::LogFormat;
use crate::telemetry::logging;

/// Collects the log lines of this thread for as long as it lives.
pub(crate) struct CapturedLog {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    /// As `serve` logs.
    pub(crate) fn start() -> Self {
        Self::of(LogFormat::Json, "info")
    }

    /// In this format, with this text as `RUST_LOG`.
    pub(crate) fn of(format: LogFormat, filter: &str) -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = logging::subscriber(format, Some(filter), false, move || writer.clone());
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.written.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
