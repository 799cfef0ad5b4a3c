//! Panics: each is a line of the log with the message that it met, and to whoever runs the work a failure like any other.

use std::any::Any;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use futures_util::FutureExt;
use tracing::error;

use crate::model::shown::shown_within;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::spans;

/// Bytes that a panic may say: it may quote what a producer wrote.
const LONGEST_TEXT: usize = 2048;

/// Writes every panic to the log instead of to stderr, in one line.
pub(super) fn log_all() {
    std::panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let text = text_of(panic.payload());
    let location = panic.location().map(ToString::to_string);
    // Which message and load it met, the spans say: they end when the panic unwinds, after this.
    error!(location, "a bug in this program, please report it: {text}");
}

/// Runs `work` to its end, and counts a panic that ends it before.
///
/// # Errors
/// What the panic said. What `work` shared with others is as it left it: locks are not poisoned, and whatever it held is
/// let go of.
pub async fn caught<T>(metrics: &Metrics, work: impl Future<Output = T>) -> Result<T, String> {
    // Nothing of it is used any more but what its destructors have set right.
    let result = AssertUnwindSafe(work).catch_unwind().await;
    result.map_err(|payload| told(metrics, payload.as_ref()))
}

/// The same for work on a message that does not wait.
///
/// # Errors
/// What the panic said.
pub fn caught_now<T>(metrics: &Metrics, message_id: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    let result = catch_unwind(AssertUnwindSafe(|| spans::of_message(message_id, None).in_scope(work)));
    result.map_err(|payload| told(metrics, payload.as_ref()))
}

fn told(metrics: &Metrics, payload: &(dyn Any + Send)) -> String {
    metrics.panicked();
    text_of(payload)
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    shown_within(text.unwrap_or("it said nothing"), LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing::Instrument;

    use super::*;
    use crate::telemetry::captured_log::CapturedLog;

    #[tokio::test]
    async fn a_panic_is_one_line_with_the_message_that_it_met() {
        let captured = CapturedLog::start();
        let metrics = Metrics::new();
        // The hook of the tests is everybody's: what this test's thread gives it is what this one would be given.
        let usual = Arc::new(std::panic::take_hook());
        let (of_others, this_test) = (Arc::clone(&usual), std::thread::current().id());
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == this_test {
                log(panic);
            }
            of_others(panic);
        }));
        let work = async { panic!("no\n\u{1b}[2J{}", "x".repeat(5000)) };
        let result: Result<(), String> =
            caught(&metrics, work.instrument(spans::of_message("m-1", None))).await;
        std::panic::set_hook(Box::new(move |panic| usual(panic)));
        let said = result.unwrap_err();
        assert!(said.starts_with(r"no\n\u{1b}[2Jx") && said.len() <= LONGEST_TEXT, "{said}");
        let lines = captured.lines();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!((&line["level"], &line["message.id"]), (&"ERROR".into(), &"m-1".into()));
        assert!(line["location"].as_str().unwrap().contains("src/telemetry/panics.rs:"), "{line}");
        assert!(line["message"].as_str().unwrap().starts_with("a bug in this program"), "{line}");
        assert!(metrics.render(chrono::DateTime::UNIX_EPOCH).contains("s3_to_redshift_panics_total 1"));
    }
}
