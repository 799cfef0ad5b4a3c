//! Chaos: two daemons work while everything around them goes wrong at random; in the end every row is audited against
//! what the producer wrote.
//!
//! Short among the other tests. `make soak` lets it run for minutes: `SOAK` says how long, `SOAK_SEED` repeats a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::Instant;

use crate::support::daemon::Daemon;
use crate::support::duplicating_proxy::DuplicatingProxy;
use crate::support::scenario::{Scenario, Session};
use crate::support::servers;
use crate::support::table;
use crate::support::wait::wait_for;

const SHORT: Duration = Duration::from_secs(15);
const TABLES: u32 = 8;
const DAYS: u32 = 28;
/// Messages of the producer between two disturbances.
const MESSAGES: u32 = 10;
/// What is done to statements of the daemons' user.
const FAULTS: [&str; 14] = [
    "'login', 'cut'",
    "'before_statement', 'cut'",
    "'after_statement', 'cut'",
    "'before_statement', 'hold', containing => 'DELETE FROM'",
    "'before_statement', 'conflict', containing => 'ADD COLUMN'",
    "'copy_start', 's3_503'",
    "'copy_start', 'conflict'",
    "'copy_middle', 'cut'",
    "'copy_middle', 'hold'",
    "'copy_middle', 'serializable'",
    "'copy_middle', 'disk_full'",
    "'before_commit', 'conflict'",
    "'before_commit', 'cut'",
    "'after_commit', 'cut'",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    Fault(&'static str),
    /// SIGKILL, and a new daemon.
    Kill,
    /// SIGTERM, and a new daemon.
    Terminate,
    /// SIGTERM twice.
    Abort,
    /// SIGSTOP until the next disturbance: its leases run out, and another daemon gets its messages.
    Freeze,
    Maintenance,
}

impl Disturbance {
    fn name(self) -> String {
        match self {
            Self::Fault(fault) => fault.replace('\'', ""),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

struct Soak {
    scenario: Scenario,
    operator: Session,
    chance: fastrand::Rng,
    daemons: Vec<Daemon>,
    frozen: Option<usize>,
    /// The ids that each file of the producer has, by table and day.
    files: BTreeMap<(u32, u32), Vec<u32>>,
    messages: u32,
    disturbances: BTreeMap<String, u32>,
}

fn date(day: u32) -> String {
    format!("2015-07-{day:02}T00:00:00Z")
}

impl Soak {
    async fn new(seed: u64, sqs: &DuplicatingProxy) -> Self {
        let mut scenario = Scenario::on(servers::disturbed().await).await;
        scenario.receive_up_to(1000).await;
        scenario.with_own_user().await;
        let operator = scenario.administrator().await;
        let address = format!("http://127.0.0.1:{}", sqs.port);
        for (name, value) in
            [("AWS_ENDPOINT_URL_SQS", &*address), ("VISIBILITY_TIMEOUT", "5s"), ("LOAD_TIMEOUT", "20s")]
        {
            scenario.variables.insert(name.to_owned(), value.to_owned());
        }
        let daemons = vec![Daemon::ready(&scenario).await, Daemon::ready(&scenario).await];
        Self {
            scenario,
            operator,
            chance: fastrand::Rng::with_seed(seed),
            daemons,
            frozen: None,
            files: BTreeMap::new(),
            messages: 0,
            disturbances: BTreeMap::new(),
        }
    }

    /// Writes a file, anew or for the first time, and sends a message that forces it; or one that needs no load.
    async fn produce(&mut self) {
        let (number, day) = (self.chance.u32(0..TABLES), self.chance.u32(1..=DAYS));
        let name = format!("t{number}");
        let more = if self.chance.u32(0..4) == 0 && !self.files.is_empty() {
            // The newest of whatever is there, of tables that may have no file yet.
            String::new()
        } else {
            let first = (day * 1000 + self.chance.u32(0..100)) * 10;
            let ids: Vec<u32> = (first..first + self.chance.u32(1..10)).collect();
            self.put(&name, day, &ids).await;
            self.files.insert((number, day), ids);
            format!(r#""force": true, "date": "{}""#, date(day))
        };
        if more.is_empty() && self.files.keys().all(|(table, _)| *table != number) {
            return;
        }
        self.scenario.send(&self.scenario.message_for(&[&name], &more)).await;
        self.messages += 1;
    }

    async fn put(&self, name: &str, day: u32, ids: &[u32]) {
        let mut columns = vec!["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}"];
        // Some configs bring columns of their own, in any order.
        let more = format!("{{dest: column_{}, type: int}}", day % 4);
        columns.push(&more);
        let config = table::config_of(&self.scenario.name, name, &columns);
        let key = format!("{}_{name}_{}", self.scenario.name, date(day));
        self.scenario.put(&format!("{key}.json"), table::rows(&date(day), ids.iter().copied())).await;
        self.scenario.put(&format!("config_{key}.yml"), config).await;
    }

    fn choose(&mut self) -> Disturbance {
        match self.chance.u32(0..20) {
            0..=1 => Disturbance::Kill,
            2 => Disturbance::Terminate,
            3 => Disturbance::Abort,
            4..=5 => Disturbance::Freeze,
            6 => Disturbance::Maintenance,
            _ => Disturbance::Fault(FAULTS[self.chance.usize(0..FAULTS.len())]),
        }
    }

    async fn disturb(&mut self, disturbance: Disturbance) {
        *self.disturbances.entry(disturbance.name()).or_default() += 1;
        let which = self.chance.usize(0..self.daemons.len());
        match disturbance {
            Disturbance::Fault(fault) => {
                self.scenario.inject(&self.operator, fault).await;
            }
            Disturbance::Kill => self.daemons[which].kill(),
            Disturbance::Terminate => self.daemons[which].signal("TERM"),
            Disturbance::Abort => {
                self.daemons[which].signal("TERM");
                self.daemons[which].signal("INT");
            }
            Disturbance::Freeze => {
                self.daemons[which].signal("STOP");
                self.frozen = Some(which);
            }
            Disturbance::Maintenance => {
                self.operator.query("SELECT redshift_local.maintenance(600)").await;
                self.operator.query("SELECT redshift_local.end_maintenance()").await;
            }
        }
        if matches!(disturbance, Disturbance::Kill | Disturbance::Terminate | Disturbance::Abort) {
            self.daemons[which].ended().await;
            self.daemons[which] = Daemon::ready(&self.scenario).await;
        }
    }

    /// Ends what the last disturbance left behind.
    async fn calm(&mut self) {
        self.operator.query("SELECT redshift_local.clear_faults()").await;
        if let Some(which) = self.frozen.take() {
            self.daemons[which].signal("CONT");
        }
    }

    /// Messages that the ledger knows.
    async fn done(&self) -> u32 {
        let ledger = format!("{}_ledger", self.scenario.name);
        let count = format!(
            "SELECT (SELECT COUNT(*) FROM {ledger}.loads) + (SELECT COUNT(*) FROM {ledger}.superseded_messages)"
        );
        self.operator.query(&count).await[0].parse().expect("it is a number")
    }

    async fn run(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            let before = self.done().await;
            let disturbance = self.choose();
            for _ in 0..MESSAGES / 2 {
                self.produce().await;
            }
            self.disturb(disturbance).await;
            for _ in 0..MESSAGES / 2 {
                self.produce().await;
            }
            wait_for("a load in spite of it", async || (self.done().await > before).then_some(())).await;
            self.calm().await;
        }
        self.scenario.drained().await;
    }

    /// Compares every row of every table with what the producer wrote last.
    async fn audit(&self, sqs: &DuplicatingProxy, seed: u64) -> Result<String, String> {
        let mut report = format!("{:<54} {:>6}\n", "what happened", "times");
        let mut line = |what: &str, times: u32| {
            writeln!(report, "{what:<54} {times:>6}").expect("a String takes every character");
        };
        let mut problems = Vec::new();
        let mut rows = 0;
        for number in 0..TABLES {
            let days = self.files.range((number, 0)..(number + 1, 0));
            let expected: Vec<String> = days
                .flat_map(|((_, day), ids)| ids.iter().map(move |id| (*day, *id)))
                .map(|(day, id)| format!("2015-07-{day:02} 00:00:00|{id}|name {id}"))
                .collect();
            rows += u32::try_from(expected.len()).expect("it fits");
            let query =
                format!("SELECT data_date, id, name FROM {}.t{number} ORDER BY 1, 2", self.scenario.name);
            let found = if expected.is_empty() { Vec::new() } else { self.operator.query(&query).await };
            if found != expected {
                problems.push(format!("t{number} has {found:#?}\nand should have {expected:#?}"));
            }
        }
        for (name, times) in &self.disturbances {
            line(name, *times);
        }
        line("message delivered twice", u32::try_from(sqs.repeated()).expect("it fits"));
        line("message sent", self.messages);
        line("message done by the ledger", self.done().await);
        line("row compared", rows);
        let parked = self.scenario.dead_letters().await;
        if parked > 0 {
            problems.push(format!(
                "{parked} messages were parked, the first as {:?}",
                self.scenario.parked().await
            ));
        }
        writeln!(report, "seed {seed}").expect("a String takes every character");
        if problems.is_empty() { Ok(report) } else { Err(format!("{report}{}", problems.join("\n"))) }
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
    match soak.audit(&sqs, seed).await {
        Ok(report) => println!("{report}every row is there once"),
        Err(problem) => panic!("{problem}"),
    }
}
