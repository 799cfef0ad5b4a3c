//! Waiting for a condition, never for a length of time.

use std::time::Duration;

/// Only a test that fails waits for as long as this.
pub(crate) const LIMIT: Duration = Duration::from_secs(180);
const EVERY: Duration = Duration::from_millis(25);

/// Asks `condition` until it gives a value; fails the test after three minutes, saying what was waited for.
pub(crate) async fn wait_for<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let attempt = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    within_limit(what, Box::pin(attempt)).await
}

/// Awaits what happens by itself, and fails the test when it does not.
pub(crate) async fn within_limit<T>(what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, event).await {
        Ok(value) => value,
        Err(_) => panic!("waited {LIMIT:?} for {what}"),
    }
}
