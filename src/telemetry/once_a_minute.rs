//! Holds back log lines that an outage would write for every message that it meets.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

const EVERY: Duration = Duration::from_secs(60);

/// Something that may happen to thousands of messages at once. It is told at once and from then on once a minute: how often it
/// has happened since it was told last, with the latest as an example.
pub struct OnceAMinute<T> {
    tell: fn(u64, &T),
    news: Mutex<News<T>>,
    /// Something was held back.
    held_back: Notify,
}

struct News<T> {
    /// How often it has happened since it was told last, and the latest.
    untold: Option<(u64, T)>,
    told_at: Option<Instant>,
}

impl<T> OnceAMinute<T> {
    /// `tell` writes the line.
    pub fn new(tell: fn(u64, &T)) -> Self {
        let news = Mutex::new(News { untold: None, told_at: None });
        Self { tell, news, held_back: Notify::new() }
    }

    /// Notes that it has happened so often, at least once, and tells it unless that was done within the last minute.
    pub fn happened(&self, count: u64, latest: T) {
        let mut news = self.news();
        let before = news.untold.take().map_or(0, |(before, _)| before);
        news.untold = Some((before + count, latest));
        if news.due().is_some_and(|due| due > Instant::now()) {
            self.held_back.notify_one();
            return;
        }
        self.tell(news);
    }

    /// Tells what was held back as soon as its minute is over, or when this is dropped. Never returns; to be run beside those
    /// who note, as otherwise the last minute of an outage is told with the next one.
    pub async fn tell_what_is_held_back(&self) {
        let _at_the_end = TellsWhenDropped(self);
        loop {
            self.held_back.notified().await;
            while let Some(due) = self.next_due() {
                tokio::time::sleep_until(due).await;
                let news = self.news();
                // Whoever noted something just now may have told it.
                if news.due().is_none_or(|due| due <= Instant::now()) {
                    self.tell(news);
                }
            }
        }
    }

    /// When to tell what was held back; `None` when nothing was.
    fn next_due(&self) -> Option<Instant> {
        let news = self.news();
        news.untold.as_ref().and_then(|_| news.due())
    }

    fn tell(&self, mut news: MutexGuard<'_, News<T>>) {
        let Some((count, latest)) = news.untold.take() else { return };
        news.told_at = Some(Instant::now());
        drop(news);
        (self.tell)(count, &latest);
    }

    fn news(&self) -> MutexGuard<'_, News<T>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> News<T> {
    /// Before this nothing more is told; `None` when nothing was told yet.
    fn due(&self) -> Option<Instant> {
        self.told_at.map(|told_at| told_at + EVERY)
    }
}

struct TellsWhenDropped<'a, T>(&'a OnceAMinute<T>);

impl<T> Drop for TellsWhenDropped<'_, T> {
    fn drop(&mut self) {
        self.0.tell(self.0.news());
    }
}

#[cfg(test)]
mod tests {
    use tracing::info;

    use super::*;
    use crate::telemetry::captured_log::CapturedLog;

    fn news() -> OnceAMinute<&'static str> {
        OnceAMinute::new(|count, latest| info!("{count} {latest}"))
    }

    /// What was told so far.
    fn told(log: &CapturedLog) -> Vec<String> {
        let lines =
            log.lines().into_iter().map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap());
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    async fn seconds(count: u64) {
        tokio::time::sleep(Duration::from_secs(count)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_at_once_and_the_rest_of_the_minute_together() {
        let (log, news) = (CapturedLog::start(), news());
        news.happened(2, "a");
        assert_eq!(told(&log), ["2 a"]);
        for _ in 0..59 {
            seconds(1).await;
            news.happened(1, "b");
        }
        assert_eq!(told(&log), ["2 a"]);
        seconds(1).await;
        news.happened(1, "c");
        assert_eq!(told(&log), ["2 a", "60 c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_held_back_is_told_when_its_minute_is_over_and_not_with_what_happens_hours_later() {
        let (log, news) = (CapturedLog::start(), news());
        let scenario = async {
            news.happened(1, "a");
            seconds(30).await;
            news.happened(999, "b");
            seconds(29).await;
            assert_eq!(told(&log), ["1 a"]);
            seconds(2).await;
            assert_eq!(told(&log), ["1 a", "999 b"]);
            seconds(7200).await;
            news.happened(1, "c");
            assert_eq!(told(&log), ["1 a", "999 b", "1 c"]);
            news.happened(1, "d");
        };
        tokio::select! {
            () = news.tell_what_is_held_back() => {}
            () = scenario => {}
        }
        assert_eq!(told(&log), ["1 a", "999 b", "1 c", "1 d"], "the end waits for no minute");
    }
}
