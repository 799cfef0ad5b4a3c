//! Chaos: two daemons work while everything around them goes wrong at random; in the end every row is audited against
//! what the producer wrote.
//!
//! Short among the other tests. `make soak` lets it run for minutes: `SOAK` says how long, `SOAK_SEED` repeats a run.

mod audit;
mod disturbance;
mod producer;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::soak::disturbance::Disturbance;
use crate::soak::producer::Producer;
use crate::support::daemon::Daemon;
use crate::support::duplicating_proxy::DuplicatingProxy;
use crate::support::process::Lines;
use crate::support::scenario::{Scenario, Session};
use crate::support::servers;
use crate::support::wait::wait_for;

const SHORT: Duration = Duration::from_secs(15);
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(5);
/// What hangs is given up after this.
const LOAD_TIMEOUT: &str = "6s";

struct Soak {
    scenario: Scenario,
    operator: Session,
    chance: fastrand::Rng,
    producer: Producer,
    daemons: Vec<Daemon>,
    /// Of every daemon that has run.
    logs: Vec<Lines>,
    disturbances: BTreeMap<String, u32>,
}

impl Soak {
    async fn new(seed: u64, sqs: &DuplicatingProxy) -> Self {
        let mut scenario = Scenario::on(servers::disturbed().await).await;
        scenario.receive_up_to(1000).await;
        scenario.with_own_user().await;
        let operator = scenario.administrator().await;
        let address = format!("http://127.0.0.1:{}", sqs.port);
        let visibility_timeout = humantime::format_duration(VISIBILITY_TIMEOUT).to_string();
        for (name, value) in [
            ("AWS_ENDPOINT_URL_SQS", &*address),
            ("VISIBILITY_TIMEOUT", &visibility_timeout),
            ("LOAD_TIMEOUT", LOAD_TIMEOUT),
        ] {
            scenario.variables.insert(name.to_owned(), value.to_owned());
        }
        let mut soak = Self {
            scenario,
            operator,
            chance: fastrand::Rng::with_seed(seed),
            producer: Producer::default(),
            daemons: Vec::new(),
            logs: Vec::new(),
            disturbances: BTreeMap::new(),
        };
        soak.daemons = vec![soak.daemon().await, soak.daemon().await];
        soak
    }

    async fn daemon(&mut self) -> Daemon {
        let daemon = Daemon::ready(&self.scenario).await;
        self.logs.push(daemon.log.clone());
        daemon
    }

    /// One disturbance after another. Each lasts until it has done its harm, and loads must come after it.
    async fn run(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            let disturbance = Disturbance::any(&mut self.chance);
            *self.disturbances.entry(disturbance.to_string()).or_default() += 1;
            self.disturb(disturbance).await;
            let before = self.done().await;
            self.produce_until("a load in spite of it", async |soak| soak.done().await > before).await;
        }
        self.scenario.drained().await;
    }

    /// The producer goes on whatever happens.
    async fn produce_until(&mut self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        wait_for(what, async || {
            if is_so(self).await {
                return Some(());
            }
            if self.chance.u32(0..3) == 0 {
                self.producer.produce(&self.scenario, &mut self.chance).await;
            }
            None
        })
        .await;
    }

    /// Messages that the ledger knows.
    async fn done(&self) -> u32 {
        let ledger = format!("{}_ledger", self.scenario.name);
        let count = format!(
            "SELECT (SELECT COUNT(*) FROM {ledger}.loads) + (SELECT COUNT(*) FROM {ledger}.superseded_messages)"
        );
        self.operator.query(&count).await[0].parse().expect("it is a number")
    }
}

#[tokio::test]
#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "`make soak` has settings, and is looked at"
)]
async fn after_any_chaos_every_row_is_there_as_its_producer_wrote_it() {
    let variable = |name| std::env::var(name).ok();
    let time = variable("SOAK").map_or(SHORT, |text| humantime::parse_duration(&text).expect("such as 5m"));
    let seed =
        variable("SOAK_SEED").map_or_else(|| fastrand::u64(..), |text| text.parse().expect("a number"));
    println!("soak of {} with seed {seed}", humantime::format_duration(time));
    let sqs = DuplicatingProxy::before(servers::disturbed().await.aws_port()).await;
    let mut soak = Soak::new(seed, &sqs).await;
    soak.run(time).await;
    let report = soak.report(&sqs, seed).await;
    let problems = soak.problems().await;
    assert!(problems.is_empty(), "{report}{}", problems.join("\n"));
    println!("{report}every row is there once");
}
