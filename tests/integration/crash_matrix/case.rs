//! One cell of a matrix: a load that is interrupted at a step, and what is there in the end.

use rustix::process::Signal;

use crate::crash_matrix::work::{Loading, Step};
use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{Scenario, Session};
use crate::support::wait::wait_for;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disturbance {
    /// SIGKILL, and another daemon after it.
    Killed,
    Cut,
    /// Redshift reports a conflict.
    Refused,
    /// The answer is held until the leases of the messages are lost.
    LeaseLost,
    /// The daemon stands still, as on a machine that sleeps, until another one has the messages.
    SecondDaemon,
}

impl Disturbance {
    pub(super) const ALL: [Self; 5] =
        [Self::Killed, Self::Cut, Self::Refused, Self::LeaseLost, Self::SecondDaemon];

    pub(super) fn title(self) -> &'static str {
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
    pub(super) fn applies_to(self, step: &Step) -> bool {
        match self {
            Self::Refused => step.fault.is_some() && step.name != "COMMIT is done",
            Self::Cut => step.fault.is_some(),
            Self::Killed | Self::LeaseLost | Self::SecondDaemon => true,
        }
    }
}

/// A case under way.
struct Case {
    loading: Loading,
    scenario: Scenario,
    operator: Session,
    /// Keeps requests to SQS from arriving, where that is the disturbance.
    proxy: Option<HoldingProxy>,
    /// The fault's number, where there is one.
    fault: Option<String>,
    /// The messages.
    ids: Vec<String>,
}

impl Case {
    async fn new(loading: Loading, step: &Step, disturbance: Disturbance) -> Self {
        let mut scenario = loading.prepare(Scenario::new().await.loaded_once().await).await;
        let operator = scenario.with_own_user().await;
        scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
        let held = match (step.fault, disturbance) {
            (Some(_), Disturbance::LeaseLost) => Some("AmazonSQS.ChangeMessageVisibilityBatch"),
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
        Self { loading, scenario, operator, proxy, fault: None, ids: Vec::new() }
    }

    /// Sends the messages, and waits until the load is where it is to be disturbed. A fault is armed once the daemon runs: at
    /// its start it looks at tables too.
    async fn comes_to(&mut self, step: &Step, disturbance: Disturbance) {
        let earlier = match step.after {
            Some(statement) => {
                let held = format!("'before_statement', 'hold', containing => '{statement}'");
                Some(self.scenario.inject(&self.operator, &held).await)
            }
            None => {
                self.arm(step, disturbance).await;
                None
            }
        };
        self.ids = self.loading.send(&self.scenario).await;
        if let Some(earlier) = earlier {
            self.operator.struck(&earlier).await;
            self.arm(step, disturbance).await;
            self.clear(&earlier).await;
        }
        match (&self.fault, &self.proxy) {
            (Some(fault), _) => self.operator.struck(fault).await,
            (None, Some(proxy)) => proxy.holds().await,
            (None, None) => {}
        }
    }

    async fn arm(&mut self, step: &Step, disturbance: Disturbance) {
        if let Some(fault) = step.fault {
            let fault = fault.replace("{}", disturbance.effect());
            self.fault = Some(self.scenario.inject(&self.operator, &fault).await);
        }
    }

    async fn clear(&self, fault: &str) {
        self.operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    }

    /// Another daemon, whose requests all arrive.
    async fn next_daemon(&mut self) -> Daemon {
        self.scenario.variables.remove("AWS_ENDPOINT_URL_SQS");
        Daemon::ready(&self.scenario).await
    }

    /// Waits until the daemon knows that the messages are not its own any more; one whose `DeleteMessage` is held cannot.
    async fn given_up(&self, daemon: &Daemon) {
        if self.fault.is_some() {
            for id in &self.ids {
                daemon.settled(id).await;
            }
        }
    }

    /// Whether the daemon has said what became of one of the messages.
    fn has_settled(&self, daemon: &Daemon) -> bool {
        let settled = |line: &String| {
            line.contains(r#""disposition""#) && self.ids.iter().any(|id| line.contains(id.as_str()))
        };
        daemon.log.all().iter().any(settled)
    }

    async fn release(&self) {
        if let Some(fault) = &self.fault {
            self.clear(fault).await;
        }
    }

    /// What must hold in the end.
    async fn audit(&self) -> Result<(), String> {
        self.loading.audit(&self.scenario).await?;
        let table = self.scenario.table();
        let ledger = format!("{}_ledger", self.scenario.name);
        let locks = format!(
            "SELECT COUNT(*) FROM pg_locks WHERE relation IN ('{table}'::regclass, '{ledger}.loads'::regclass, \
             '{ledger}.files'::regclass, '{ledger}.superseded_messages'::regclass)"
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

pub(super) async fn outcome(loading: Loading, step: &Step, disturbance: Disturbance) -> Result<(), String> {
    let mut case = Case::new(loading, step, disturbance).await;
    let mut daemon = Daemon::ready(&case.scenario).await;
    case.comes_to(step, disturbance).await;
    match disturbance {
        Disturbance::Killed => {
            daemon.kill();
            let next = case.next_daemon().await;
            case.scenario.drained().await;
            drop(next);
        }
        Disturbance::Cut | Disturbance::Refused => case.scenario.drained().await,
        Disturbance::LeaseLost => {
            case.given_up(&daemon).await;
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
                (case.has_settled(&next) || case.scenario.is_waited_for().await).then_some(())
            })
            .await;
            case.release().await;
            daemon.signal(Signal::CONT);
            case.scenario.drained().await;
            case.given_up(&daemon).await;
        }
    }
    case.audit().await
}
