//! The messages of a backfill that are sent and not answered yet: few at a time, so that nobody's newest data waits behind them.

use std::time::Duration;

use tokio::time::Instant;

/// A message, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent<T> {
    pub what: T,
    pub message_id: String,
    pub sent_at: Instant,
}

/// The messages that are not answered yet.
#[derive(Debug)]
pub struct Flight<T> {
    most: usize,
    patience: Duration,
    waiting: Vec<Sent<T>>,
    /// How many were given up since the last answer.
    given_up: usize,
}

impl<T> Flight<T> {
    /// At most so many at a time, and each is waited for so long.
    pub fn new(most: usize, patience: Duration) -> Self {
        Self { most, patience, waiting: Vec::new(), given_up: 0 }
    }

    pub fn has_room(&self) -> bool {
        self.waiting.len() < self.most
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn add(&mut self, sent: Sent<T>) {
        self.waiting.push(sent);
    }

    /// What is waited for.
    pub fn waiting(&self) -> impl Iterator<Item = &T> {
        self.waiting.iter().map(|sent| &sent.what)
    }

    /// Takes those out that are answered.
    pub fn answered(&mut self, mut is_answered: impl FnMut(&mut T) -> bool) -> Vec<Sent<T>> {
        let answered: Vec<Sent<T>> =
            self.waiting.extract_if(.., |sent| is_answered(&mut sent.what)).collect();
        if !answered.is_empty() {
            self.given_up = 0;
        }
        answered
    }

    /// Takes those out that have waited for too long: parked, or skipped, or nobody loads. One that is answered in part is given up as
    /// well, but somebody loads.
    pub fn given_up(&mut self, now: Instant, is_answered_in_part: impl Fn(&T) -> bool) -> Vec<Sent<T>> {
        let patience = self.patience;
        let is_late = |sent: &mut Sent<T>| now.saturating_duration_since(sent.sent_at) >= patience;
        let given_up: Vec<Sent<T>> = self.waiting.extract_if(.., is_late).collect();
        let is_any_answered = given_up.iter().any(|sent| is_answered_in_part(&sent.what));
        self.given_up = if is_any_answered { 0 } else { self.given_up + given_up.len() };
        given_up
    }

    /// Whether so many in a row had no answer that there is no use in sending more.
    pub fn is_hopeless(&self) -> bool {
        self.given_up >= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn silent(_: &u32) -> bool {
        false
    }

    fn sent(what: u32, sent_at: Instant) -> Sent<u32> {
        Sent { what, message_id: format!("m{what}"), sent_at }
    }

    fn flight(all: &[u32], at: Instant) -> Flight<u32> {
        let mut flight = Flight::new(2, PATIENCE);
        all.iter().for_each(|what| flight.add(sent(*what, at)));
        flight
    }

    #[test]
    fn no_more_are_sent_than_are_allowed() {
        let mut flight = flight(&[1, 2], Instant::now());
        assert!(!flight.has_room());
        assert_eq!(flight.waiting().collect::<Vec<_>>(), [&1, &2]);
        assert_eq!(flight.answered(|what| *what == 2).len(), 1);
        assert!(flight.has_room() && !flight.is_empty());
    }

    #[test]
    fn what_has_no_answer_is_given_up_and_an_answer_gives_hope_again() {
        let start = Instant::now();
        let mut flight = flight(&[1], start);
        assert_eq!(flight.given_up(start + PATIENCE / 2, silent), []);
        assert_eq!(flight.given_up(start + PATIENCE, silent).len(), 1);
        assert!(!flight.is_hopeless());
        flight.add(sent(2, start));
        assert_eq!(flight.answered(|what| *what == 2).len(), 1);
        for what in [3, 4] {
            assert!(!flight.is_hopeless());
            flight.add(sent(what, start));
            flight.given_up(start + PATIENCE, silent);
        }
        assert!(flight.is_hopeless());
    }

    #[test]
    fn messages_that_are_answered_in_part_show_that_somebody_loads() {
        let start = Instant::now();
        let mut flight = flight(&[1, 2], start);
        assert_eq!(flight.given_up(start + PATIENCE, |what| *what == 2).len(), 2);
        assert!(!flight.is_hopeless());
        flight.add(sent(3, start));
        flight.given_up(start + PATIENCE, silent);
        assert!(!flight.is_hopeless());
    }
}
