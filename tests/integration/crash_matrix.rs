//! Every step of a load times everything that can go wrong in it: the rows are there once, whatever it was.
//!
//! The table in docs/promise.md is made by this test: `UPDATE_EXPECT=1` writes it anew.

use std::fmt::Write as _;

use expect_test::expect_file;
use futures_util::stream::{self, StreamExt as _};
use rustix::process::Signal;

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{DAY_2, Scenario, Session};
use crate::support::table;
use crate::support::wait::wait_for;

/// Around the table in docs/promise.md.
const BEGIN: &str = "<!-- crash matrix, made by tests/integration/crash_matrix.rs -->";
const END: &str = "<!-- end of crash matrix -->";

/// Cases that run at the same time.
const AT_ONCE: usize = 10;

/// Where a load is interrupted: its name, and what a fault of redshift-local strikes there. Nothing of Redshift's comes
/// between `COMMIT` and `DeleteMessage`.
const STEPS: [(&str, Option<&str>); 11] = [
    ("the ledger is asked for the message", Some("'before_statement', {}, containing => 'WHEN message_id'")),
    ("the table is looked at", Some("'before_statement', {}, containing => 'attisdistkey'")),
    ("ADD COLUMN", Some("'before_statement', {}, containing => 'ADD COLUMN'")),
    ("ALTER COLUMN TYPE", Some("'before_statement', {}, containing => 'ALTER COLUMN'")),
    ("DELETE", Some("'before_statement', {}, containing => 'DELETE FROM'")),
    ("COPY begins", Some("'copy_start', {}")),
    ("COPY has loaded rows", Some("'copy_middle', {}")),
    ("the ledger row is written", Some("'before_statement', {}, containing => 'INSERT INTO'")),
    ("COMMIT is sent", Some("'before_commit', {}")),
    ("COMMIT is done", Some("'after_commit', {}")),
    ("DeleteMessage is sent", None),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    /// SIGKILL, and another daemon after it.
    Killed,
    Cut,
    /// Redshift reports a conflict.
    Refused,
    /// The answer is held until the lease of the message is lost.
    LeaseLost,
    /// The daemon stands still, as on a machine that sleeps, until another one has the message.
    SecondDaemon,
}

impl Disturbance {
    const ALL: [Self; 5] = [Self::Killed, Self::Cut, Self::Refused, Self::LeaseLost, Self::SecondDaemon];

    fn title(self) -> &'static str {
        match self {
            Self::Killed => "killed (SIGKILL)",
            Self::Cut => "connection cut",
            Self::Refused => "refused by Redshift",
            Self::LeaseLost => "held until the lease is lost",
            Self::SecondDaemon => "stopped while a second daemon takes the message",
        }
    }

    /// What is done to the statement.
    fn effect(self) -> &'static str {
        match self {
            Self::Cut => "'cut'",
            Self::Refused => "'conflict'",
            Self::Killed | Self::LeaseLost | Self::SecondDaemon => "'hold'",
        }
    }

    /// What is done cannot be refused any more, and SQS has no connection to cut that would matter.
    fn applies_to(self, step: &str, fault: Option<&str>) -> bool {
        match self {
            Self::Refused => fault.is_some() && step != "COMMIT is done",
            Self::Cut => fault.is_some(),
            Self::Killed | Self::LeaseLost | Self::SecondDaemon => true,
        }
    }
}

/// A case under way.
struct Case {
    scenario: Scenario,
    operator: Session,
    /// Keeps requests to SQS from arriving, where that is the disturbance.
    proxy: Option<HoldingProxy>,
    /// The fault's number, where there is one.
    fault: Option<String>,
}

impl Case {
    /// A table with one day in it and a second day to be loaded, which brings a new column and a wider one.
    async fn new(fault: Option<&str>, disturbance: Disturbance) -> Self {
        let mut scenario = Scenario::new().await.loaded_once().await;
        let columns = [
            "{dest: id, type: bigint, notnull: true}",
            "{dest: name, type: longtext}",
            "{dest: more, type: int}",
        ];
        let config = table::config_with(&scenario.name, &columns);
        let config = config.replace("datadatecolumn: data_date", "datadatecolumn: data_date, widen: true");
        scenario.put_config(DAY_2, &config).await;
        let operator = scenario.with_own_user().await;
        scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
        let held = match (fault, disturbance) {
            (_, Disturbance::LeaseLost) if fault.is_some() => Some("AmazonSQS.ChangeMessageVisibilityBatch"),
            (None, _) => Some("AmazonSQS.DeleteMessage"),
            _ => None,
        };
        let proxy = match held {
            Some(request) => Some(HoldingProxy::before(scenario.cloud.aws_port(), request).await),
            None => None,
        };
        if let Some(proxy) = &proxy {
            let address = format!("http://127.0.0.1:{}", proxy.port);
            scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), address);
        }
        Self { scenario, operator, proxy, fault: None }
    }

    /// Arms the fault, once the daemon runs: at its start it looks at tables too.
    async fn arm(&mut self, fault: &str, disturbance: Disturbance) {
        let fault = fault.replace("{}", disturbance.effect());
        self.fault = Some(self.scenario.inject(&self.operator, &fault).await);
    }

    /// Waits until the load is where it is to be disturbed.
    async fn is_there(&self) {
        match (&self.fault, &self.proxy) {
            (Some(fault), _) => self.operator.struck(fault).await,
            (None, Some(proxy)) => proxy.holds().await,
            (None, None) => {}
        }
    }

    /// Another daemon, whose requests all arrive.
    async fn next_daemon(&mut self) -> Daemon {
        self.scenario.variables.remove("AWS_ENDPOINT_URL_SQS");
        Daemon::ready(&self.scenario).await
    }

    /// Waits until the daemon knows that the message is not its own any more; one whose `DeleteMessage` is held cannot.
    async fn given_up(&self, daemon: &Daemon, id: &str) {
        if self.fault.is_some() {
            daemon.settled(id).await;
        }
    }

    async fn release(&self) {
        if let Some(fault) = &self.fault {
            self.operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
        }
    }

    /// What must hold in the end.
    async fn audit(&self) -> Result<(), String> {
        let found = (self.scenario.ids().await, self.scenario.ledger_rows().await);
        if found != ("1,2".to_owned(), "2".to_owned()) {
            return Err(format!("rows {} and {} rows of the ledger", found.0, found.1));
        }
        let table = self.scenario.table();
        let ledger = format!("{}_ledger", self.scenario.name);
        let locks = format!(
            "SELECT COUNT(*) FROM pg_locks WHERE relation IN \
             ('{table}'::regclass, '{ledger}.loads'::regclass, '{ledger}.superseded_messages'::regclass)"
        );
        wait_for("every lock to be let go", async || {
            (self.scenario.value(&locks).await == "0").then_some(())
        })
        .await;
        match self.scenario.dead_letters().await {
            0 => Ok(()),
            parked => Err(format!("{parked} messages were parked")),
        }
    }
}

async fn outcome(fault: Option<&str>, disturbance: Disturbance) -> Result<(), String> {
    let mut case = Case::new(fault, disturbance).await;
    let mut daemon = Daemon::ready(&case.scenario).await;
    if let Some(fault) = fault {
        case.arm(fault, disturbance).await;
    }
    // Forced, so that nothing but the ledger can tell that it was loaded.
    let id = case.scenario.send(&case.scenario.message(r#""force": true"#)).await;
    case.is_there().await;
    match disturbance {
        Disturbance::Killed => {
            daemon.kill();
            let next = case.next_daemon().await;
            case.scenario.drained().await;
            drop(next);
        }
        Disturbance::Cut | Disturbance::Refused => case.scenario.drained().await,
        Disturbance::LeaseLost => {
            case.given_up(&daemon, &id).await;
            let next = case.next_daemon().await;
            // What is held yet is a COMMIT, which nobody calls back: it goes through after all.
            case.release().await;
            case.scenario.drained().await;
            drop(next);
        }
        Disturbance::SecondDaemon => {
            daemon.signal(Signal::STOP);
            let next = case.next_daemon().await;
            wait_for("the second daemon to be done, or to wait for the first", async || {
                let has_settled =
                    next.log.all().iter().any(|line| line.contains(&id) && line.contains(r#""disposition""#));
                (has_settled || case.scenario.is_waited_for().await).then_some(())
            })
            .await;
            case.release().await;
            daemon.signal(Signal::CONT);
            case.scenario.drained().await;
            case.given_up(&daemon, &id).await;
        }
    }
    case.audit().await
}

#[tokio::test]
async fn rows_are_there_once_wherever_a_load_is_interrupted_and_however() {
    let cases = STEPS.iter().flat_map(|step| Disturbance::ALL.map(|disturbance| (step, disturbance)));
    let cells: Vec<&str> = stream::iter(cases)
        .map(async |((step, fault), disturbance)| {
            if !disturbance.applies_to(step, *fault) {
                return "";
            }
            match outcome(*fault, disturbance).await {
                Ok(()) => "once",
                Err(problem) => panic!("{step}, {disturbance:?}: {problem}"),
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut text = "| the load is interrupted when".to_owned();
    for disturbance in Disturbance::ALL {
        write!(text, " | {}", disturbance.title()).expect("a String takes every character");
    }
    text.push_str(" |\n|---|---|---|---|---|---|\n");
    for ((step, _), cells) in STEPS.iter().zip(cells.chunks(Disturbance::ALL.len())) {
        writeln!(text, "| {step} | {} |", cells.join(" | ")).expect("a String takes every character");
    }
    let page = include_str!("../../docs/promise.md");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for it");
    let (_, after) = rest.split_once(END).expect("the place ends");
    expect_file!["../../docs/promise.md"].assert_eq(&format!("{before}{BEGIN}\n{text}{END}{after}"));
}
