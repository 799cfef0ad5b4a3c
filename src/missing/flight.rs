//! The messages of a backfill that are sent and not answered yet: few at a time, so that nobody's newest data waits behind them.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::load_of_date::LoadOfDate;
use crate::model::target_table::TargetTable;

/// A message for one date of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub target: TargetTable,
    pub date: DataDate,
    pub message_id: String,
    pub sent_at: Instant,
    /// Loads of the date that there were before.
    pub earlier: HashSet<LoadId>,
}

/// The messages that are not answered yet.
#[derive(Debug)]
pub struct Flight {
    most: usize,
    patience: Duration,
    waiting: Vec<Sent>,
    /// How many were given up since the last answer.
    given_up: usize,
}

impl Flight {
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

    pub fn add(&mut self, sent: Sent) {
        self.waiting.push(sent);
    }

    /// The dates of each table that are waited for.
    pub fn asked(&self) -> Vec<(TargetTable, Vec<DataDate>)> {
        let mut asked: Vec<(TargetTable, Vec<DataDate>)> = Vec::new();
        for Sent { target, date, .. } in &self.waiting {
            match asked.iter_mut().find(|(of, _)| of == target) {
                Some((_, dates)) => dates.push(*date),
                None => asked.push((target.clone(), vec![*date])),
            }
        }
        asked
    }

    /// Takes those out that a load of the date answers: of their message or of another one's, but made since they were sent.
    pub fn answered(&mut self, target: &TargetTable, loads: &[LoadOfDate]) -> Vec<Sent> {
        let is_answered = |sent: &mut Sent| {
            let is_new = |load: &LoadOfDate| load.date == sent.date && !sent.earlier.contains(&load.load_id);
            sent.target == *target && loads.iter().any(is_new)
        };
        let answered: Vec<Sent> = self.waiting.extract_if(.., is_answered).collect();
        if !answered.is_empty() {
            self.given_up = 0;
        }
        answered
    }

    /// Takes those out that have waited for too long: parked, or skipped, or nobody loads.
    pub fn given_up(&mut self, now: Instant) -> Vec<Sent> {
        let patience = self.patience;
        let is_late = |sent: &mut Sent| now.saturating_duration_since(sent.sent_at) >= patience;
        let given_up: Vec<Sent> = self.waiting.extract_if(.., is_late).collect();
        self.given_up += given_up.len();
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
    use crate::missing::scope::tests::target;
    use crate::model::load_id::Fingerprint;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn date(day: u32) -> DataDate {
        DataDate::parse(&format!("2015-07-{day:02}T00:00:00Z")).unwrap()
    }

    fn sent(day: u32, earlier: &[&str], sent_at: Instant) -> Sent {
        let earlier = earlier.iter().map(|id| LoadId((*id).to_owned())).collect();
        Sent { target: target("pages"), date: date(day), message_id: format!("m{day}"), sent_at, earlier }
    }

    fn load(day: u32, id: &str) -> LoadOfDate {
        let (source_url, fingerprint) = ("s3://b/k".to_owned(), Fingerprint("f".to_owned()));
        LoadOfDate { date: date(day), load_id: LoadId(id.to_owned()), source_url, fingerprint }
    }

    fn flight(days: &[u32], at: Instant) -> Flight {
        let mut flight = Flight::new(2, PATIENCE);
        days.iter().for_each(|day| flight.add(sent(*day, &["old"], at)));
        flight
    }

    #[test]
    fn no_more_are_sent_than_are_allowed() {
        let mut flight = flight(&[1, 2], Instant::now());
        assert!(!flight.has_room());
        assert_eq!(flight.asked(), [(target("pages"), vec![date(1), date(2)])]);
        assert_eq!(flight.answered(&target("pages"), &[load(2, "new")]).len(), 1);
        assert!(flight.has_room() && !flight.is_empty());
    }

    #[test]
    fn only_a_load_since_then_is_an_answer() {
        let mut flight = flight(&[1], Instant::now());
        assert_eq!(flight.answered(&target("pages"), &[load(1, "old"), load(2, "new")]), []);
        assert_eq!(flight.answered(&target("visits"), &[load(1, "new")]), []);
        assert_eq!(flight.answered(&target("pages"), &[load(1, "old"), load(1, "new")]).len(), 1);
    }

    #[test]
    fn what_has_no_answer_is_given_up_and_an_answer_gives_hope_again() {
        let start = Instant::now();
        let mut flight = flight(&[1], start);
        assert_eq!(flight.given_up(start + PATIENCE / 2), []);
        assert_eq!(flight.given_up(start + PATIENCE).len(), 1);
        assert!(!flight.is_hopeless());
        flight.add(sent(2, &[], start));
        assert_eq!(flight.answered(&target("pages"), &[load(2, "new")]).len(), 1);
        for day in [3, 4] {
            assert!(!flight.is_hopeless());
            flight.add(sent(day, &[], start));
            flight.given_up(start + PATIENCE);
        }
        assert!(flight.is_hopeless());
    }
}
