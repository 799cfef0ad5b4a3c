//! Waiting for a condition, never for a length of time.

use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_millis(25);

/// Asks `condition` until it gives a value; fails the test after a minute, saying what was waited for.
pub(crate) async fn wait_for<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let attempt = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    match tokio::time::timeout(LIMIT, attempt).await {
        Ok(value) => value,
        Err(_) => panic!("waited {LIMIT:?} for {what}"),
    }
}
