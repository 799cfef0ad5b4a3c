//! What a load has sent to Redshift, for people, within bounds.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::shown::shown_within;

/// A load of ordinary settings has about ten.
const MOST: usize = 60;
/// Of the text of each, and of all together.
const LONGEST: usize = 2_000;
const MOST_BYTES: usize = 16_000;

/// A statement of a load, as people see it: without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentStatement {
    pub text: String,
    /// `None` while it runs.
    pub took: Option<Duration>,
}

/// The statements of one attempt, in their order.
#[derive(Debug, Clone, Default)]
pub struct SentStatements {
    list: Vec<SentStatement>,
    bytes: usize,
    running_since: Option<Instant>,
    left_out: usize,
}

impl SentStatements {
    /// One more begins, and the one before is over. What goes beyond the bounds is counted only.
    pub fn begins(&mut self, text: &str) {
        self.end();
        let text = shown_within(text, LONGEST);
        if self.left_out > 0 || self.list.len() == MOST || self.bytes + text.len() > MOST_BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += text.len();
        self.list.push(SentStatement { text, took: None });
        self.running_since = Some(Instant::now());
    }

    /// The last one is over.
    pub fn end(&mut self) {
        let running = self.running_since.take().zip(self.list.last_mut());
        if let Some((since, last)) = running {
            last.took = Some(since.elapsed());
        }
    }

    /// Those that are kept, and how many more there were.
    pub fn list(&self) -> (&[SentStatement], usize) {
        (&self.list, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_statement_is_over_when_the_next_begins() {
        let mut sent = SentStatements::default();
        sent.begins("BEGIN");
        tokio::time::advance(Duration::from_secs(1)).await;
        sent.begins("COPY\u{202e}");
        let seen: Vec<_> = sent.list().0.iter().map(|one| (one.text.as_str(), one.took)).collect();
        assert_eq!(seen, [("BEGIN", Some(Duration::from_secs(1))), ("COPY\\u{202e}", None)]);
        tokio::time::advance(Duration::from_secs(2)).await;
        sent.end();
        assert_eq!(sent.list().0[1].took, Some(Duration::from_secs(2)));
    }

    #[tokio::test]
    async fn what_goes_beyond_the_bounds_is_counted() {
        let mut sent = SentStatements::default();
        for _ in 0..10 {
            sent.begins(&"x".repeat(10_000));
        }
        let (list, left_out) = sent.list();
        assert!(list.iter().map(|one| one.text.len()).sum::<usize>() <= MOST_BYTES);
        assert_eq!((list.len() + left_out, left_out > 0), (10, true));

        let mut sent = SentStatements::default();
        for _ in 0..=MOST {
            sent.begins("SELECT 1");
        }
        assert_eq!((sent.list().0.len(), sent.list().1), (MOST, 1));
    }
}
