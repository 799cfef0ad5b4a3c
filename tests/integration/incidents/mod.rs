//! The ten incidents of docs/runbook.md, each made to happen on real servers: page, log, metric, alert and `check` say what the
//! runbook says that they do. It is read here, so that neither changes without the other.

mod runbook;
mod page_text;
mod pictures;
mod of_the_warehouse;
mod of_the_data;
mod of_the_queue;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::incidents::page_text::{heading, section};
use crate::incidents::runbook::{CheckFact, Facts, says};
use crate::support::daemon::Daemon;
use crate::support::prometheus::Prometheus;
use crate::support::scenario::Scenario;
use crate::support::table::TABLE;
use crate::support::wait::wait_for;

/// The schema that the runbook writes of; here it is that of the scenario.
const SCHEMA: &str = "web";

/// Those that a test of this folder makes happen.
const INCIDENTS: [&str; 10] = [
    of_the_warehouse::DOWN,
    of_the_warehouse::PASSWORD_CHANGED,
    of_the_warehouse::TABLE_LOCKED,
    of_the_warehouse::DISK_FULL,
    of_the_data::SCHEMA_CONFLICT,
    of_the_data::BAD_ROWS,
    of_the_data::FILE_MISSING,
    of_the_data::STORAGE_DENIED,
    of_the_queue::DEAD_LETTER_QUEUE_GONE,
    of_the_queue::POISON_STORM,
];

/// A daemon that loads, and a Prometheus that has seen it do so.
struct Watched {
    scenario: Scenario,
    daemon: Daemon,
    prometheus: Prometheus,
}

impl Watched {
    async fn start(scenario: Scenario) -> Self {
        let daemon = Daemon::ready(&scenario).await;
        let prometheus = Prometheus::watching(&daemon, &scenario).await;
        Self { scenario, daemon, prometheus }
    }

    /// Waits until everything says what the runbook says of this incident; fails when something never does.
    async fn is_told_as_in_the_runbook(&self, incident: &str) {
        let facts = Facts::of(incident);
        self.page_says(&facts).await;
        wait_for(&format!("the line of the log, in {:#?}", self.daemon.log.all()), async || {
            let lines = self.daemon.log.all();
            let is_it =
                |line: &String| facts.log.iter().all(|text| says(&self.as_in_the_runbook(line), text));
            lines.iter().any(is_it).then_some(())
        })
        .await;
        for expression in &facts.metric {
            self.prometheus.finds(incident, expression).await;
        }
        for alert in &facts.alert {
            self.prometheus.alert_is_due(alert).await;
        }
        self.check_says(facts.check.as_ref()).await;
        pictures::take(incident, &self.daemon, &self.scenario.name).await;
    }

    async fn page_says(&self, facts: &Facts) {
        let page = async || self.as_in_the_runbook(&self.daemon.get("/").await.1);
        let sentence = &facts.sentence;
        wait_for(&format!("the page to begin with `{sentence}`"), async || {
            says(&heading(&page().await), sentence).then_some(())
        })
        .await;
        for (title, text) in &facts.page {
            wait_for(&format!("the page to say `{text}` under `{title}`"), async || {
                says(&section(&page().await, title), text).then_some(())
            })
            .await;
        }
    }

    async fn check_says(&self, fact: Option<&CheckFact>) {
        let name = &self.scenario.name;
        let arguments = ["check", "--schema", name, "--tables", TABLE, "--bucket", name, "--json"];
        let finished = self.scenario.run(&arguments).await;
        let findings: Vec<Value> =
            finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!findings.is_empty(), "`check` has found out nothing: {finished:?}");
        // Otherwise it has not come to its end.
        let any_failed = findings.iter().any(|finding| finding["verdict"] == "failed");
        assert_eq!(finished.code, Some(i32::from(any_failed)), "{finished:?}");
        let text = |finding: &Value, key: &str| self.as_in_the_runbook(finding[key].as_str().unwrap());
        let Some(CheckFact { check, verdict, sentence }) = fact else {
            let failed: Vec<&Value> =
                findings.iter().filter(|finding| finding["verdict"] == "failed").collect();
            assert_eq!(failed, Vec::<&Value>::new(), "the runbook says that `check` finds nothing");
            return;
        };
        let is_it = |finding: &&Value| {
            text(finding, "check") == *check
                && text(finding, "verdict") == *verdict
                && says(&text(finding, "sentence"), sentence)
        };
        assert!(findings.iter().find(is_it).is_some(), "no {check} {verdict} {sentence}: {findings:#?}");
    }

    fn as_in_the_runbook(&self, text: &str) -> String {
        text.replace(&self.scenario.name, SCHEMA)
    }
}

#[test]
fn every_incident_of_the_runbook_is_made_to_happen() {
    assert_eq!(runbook::incidents(), INCIDENTS.map(str::to_owned).into_iter().collect::<BTreeSet<_>>());
}
