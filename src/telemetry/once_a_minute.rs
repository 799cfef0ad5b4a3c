//! Holds back log lines that an outage would write for every message that it meets.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const EVERY: Duration = Duration::from_secs(60);

/// Something that may happen to thousands of messages at once, and is told once a minute with their number.
#[derive(Default)]
pub struct OnceAMinute(Mutex<Untold>);

#[derive(Default)]
struct Untold {
    /// Happened since it was told last.
    count: u64,
    last: Option<Instant>,
}

impl OnceAMinute {
    /// Notes that it has happened so often. `Some` when it is to be told now: how often it has happened since it was
    /// told last.
    pub fn happened(&self, count: u64) -> Option<u64> {
        let mut untold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        untold.count += count;
        let is_due = untold.last.is_none_or(|last| last.elapsed() >= EVERY);
        if untold.count == 0 || !is_due {
            return None;
        }
        untold.last = Some(Instant::now());
        Some(std::mem::take(&mut untold.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_at_once_and_the_rest_of_the_minute_together() {
        let news = OnceAMinute::default();
        assert_eq!(news.happened(0), None);
        assert_eq!(news.happened(2), Some(2));
        for _ in 0..59 {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(news.happened(1), None);
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(news.happened(1), Some(60));
        assert_eq!(news.happened(1), None);
    }
}
