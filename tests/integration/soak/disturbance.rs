//! What goes wrong, and when it has done its harm.

use std::fmt;

use rustix::process::Signal;
use tokio::time::Instant;

use crate::soak::{Soak, VISIBILITY_TIMEOUT};

/// What is done to statements and logins of the daemons' user.
const FAULTS: [&str; 17] = [
    "'login', 'cut'",
    "'before_statement', 'cut'",
    "'after_statement', 'cut'",
    "'before_statement', 'vanish'",
    "'before_statement', 'hold', containing => 'DELETE FROM'",
    "'before_statement', 'conflict', containing => 'ADD COLUMN'",
    "'copy_start', 's3_503'",
    "'copy_start', 'conflict'",
    "'copy_middle', 'cut'",
    "'copy_middle', 'hold'",
    "'copy_middle', 'silence'",
    "'copy_middle', 'serializable'",
    "'copy_middle', 'disk_full'",
    "'before_commit', 'conflict'",
    "'before_commit', 'cut'",
    "'after_commit', 'cut'",
    "'after_commit', 'silence'",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disturbance {
    /// Until it has struck, and what it held up was given up.
    Fault(&'static str),
    /// SIGKILL in a load, and a new daemon.
    Kill,
    /// SIGTERM in a load, and a new daemon.
    Terminate,
    /// SIGTERM twice, in a load.
    Abort,
    /// SIGSTOP in a load until its leases have run out, and the other daemon gets its messages.
    Freeze,
    /// Until a daemon has noticed.
    Maintenance,
}

impl fmt::Display for Disturbance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => write!(formatter, "{}", fault.replace('\'', "")),
            other => write!(formatter, "{}", format!("{other:?}").to_lowercase()),
        }
    }
}

impl Disturbance {
    pub(super) fn any(chance: &mut fastrand::Rng) -> Self {
        match chance.u32(0..20) {
            0..=1 => Self::Kill,
            2 => Self::Terminate,
            3 => Self::Abort,
            4..=5 => Self::Freeze,
            6 => Self::Maintenance,
            _ => Self::Fault(FAULTS[chance.usize(0..FAULTS.len())]),
        }
    }
}

impl Soak {
    pub(super) async fn disturb(&mut self, disturbance: Disturbance) {
        let which = self.chance.usize(0..self.daemons.len());
        match disturbance {
            Disturbance::Fault(fault) => self.inject(fault).await,
            Disturbance::Kill => {
                self.loads(which).await;
                self.daemons[which].kill();
                self.daemons[which] = self.daemon().await;
            }
            Disturbance::Terminate => self.stop(which, &[Signal::TERM]).await,
            Disturbance::Abort => self.stop(which, &[Signal::TERM, Signal::INT]).await,
            Disturbance::Freeze => {
                self.loads(which).await;
                self.daemons[which].signal(Signal::STOP);
                let start = Instant::now();
                self.produce_until("leases to run out", async |_| start.elapsed() > VISIBILITY_TIMEOUT).await;
                self.daemons[which].signal(Signal::CONT);
            }
            Disturbance::Maintenance => {
                self.operator.query("SELECT redshift_local.maintenance(600)").await;
                self.produce_until("maintenance to be noticed", async |soak| !soak.are_ready().await).await;
                self.operator.query("SELECT redshift_local.end_maintenance()").await;
            }
        }
        self.produce_until("daemons that are ready", async |soak| soak.are_ready().await).await;
    }

    async fn inject(&mut self, fault: &str) {
        let id = self.scenario.inject(&self.operator, fault).await;
        if fault.contains("login") {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename";
            self.operator.query(&format!("{end} = '{}'", self.scenario.name)).await;
        }
        let state = format!("SELECT state FROM redshift_local.faults WHERE id = {id}");
        self.produce_until(fault, async |soak| soak.operator.query(&state).await == ["struck"]).await;
    }

    async fn stop(&mut self, which: usize, signals: &[Signal]) {
        self.loads(which).await;
        for &signal in signals {
            self.daemons[which].signal(signal);
        }
        self.daemons[which].ended().await;
        self.daemons[which] = self.daemon().await;
    }

    /// Waits until a daemon is in a load.
    async fn loads(&mut self, which: usize) {
        self.produce_until("a load", async |soak| {
            soak.daemons[which].metric("loads_in_progress").await > 0.0
        })
        .await;
    }

    async fn are_ready(&self) -> bool {
        for daemon in &self.daemons {
            if daemon.get("/readyz").await.0 != 200 {
                return false;
            }
        }
        true
    }
}
