//! What has happened, as a table to look at; and what is not as it should be.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::soak::Soak;
use crate::soak::producer::TABLES;
use crate::support::duplicating_proxy::DuplicatingProxy;
use crate::support::process::Lines;

impl Soak {
    /// Disturbances, all of which have struck; what the daemons said of their messages; and how much there was of
    /// everything.
    pub(super) async fn report(&self, sqs: &DuplicatingProxy, seed: u64) -> String {
        let done = self.done().await;
        let mut report = String::new();
        let mut line = |what: &str, times: &dyn std::fmt::Display| {
            writeln!(report, "{what:<60} {times:>6}").expect("a String takes every character");
        };
        line("disturbance", &"times");
        for (name, times) in &self.disturbances {
            line(name, times);
        }
        line("\nlog line of a message", &"times");
        for (name, times) in self.settled() {
            line(&name, &times);
        }
        line("\nall in all", &"times");
        line("disturbance", &self.disturbances.values().sum::<u32>());
        line("message sent", &self.producer.messages);
        line("message delivered twice", &sqs.repeated());
        line("message done by the ledger", &done);
        line("row compared", &(0..TABLES).map(|number| self.producer.rows(number).len()).sum::<usize>());
        writeln!(report, "seed {seed}").expect("a String takes every character");
        report
    }

    /// How often messages were settled in which way, by all daemons.
    fn settled(&self) -> BTreeMap<String, u32> {
        let mut settled = BTreeMap::new();
        for line in self.logs.iter().flat_map(Lines::all) {
            let Ok(line) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
            let Some(disposition) = line["disposition"].as_str() else { continue };
            let name = match line["kind"].as_str() {
                None => disposition.to_owned(),
                Some(kind) => format!("{disposition}, {kind}"),
            };
            *settled.entry(name).or_default() += 1;
        }
        settled
    }

    /// Compares every row of every table with what the producer wrote last, and every message with the ledger.
    pub(super) async fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for number in 0..TABLES {
            let expected = self.producer.rows(number);
            if expected.is_empty() {
                continue;
            }
            let name = &self.scenario.name;
            let query = format!("SELECT data_date, id, name FROM {name}.t{number} ORDER BY 1, 2");
            let found = self.operator.query(&query).await;
            if found != expected {
                problems.push(format!("t{number} has {found:#?}\nand should have {expected:#?}"));
            }
        }
        let ledger = format!("{}_ledger", self.scenario.name);
        let loads = self.operator.query(&format!("SELECT message_id FROM {ledger}.loads")).await;
        let superseded = format!("SELECT message_id FROM {ledger}.superseded_messages");
        let superseded = self.operator.query(&superseded).await;
        for id in &self.producer.forced {
            let (loads, superseded) =
                (loads.iter().filter(|found| *found == id).count(), superseded.contains(id));
            match (loads, superseded) {
                (0, false) => problems.push(format!("message {id} is not in the ledger")),
                (2.., _) => problems.push(format!("message {id} was loaded {loads} times")),
                _ => {}
            }
        }
        let parked = self.scenario.dead_letters().await;
        if parked > 0 {
            let first = self.scenario.parked().await;
            problems.push(format!("{parked} messages were parked, the first as {first:?}"));
        }
        problems
    }
}
