//! The tasks of the daemon besides its workers: each has a name for the log, should it end by itself.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use crate::daemon::shutdown::Shutdown;
use crate::daemon::state::ledger_look;
use crate::daemon::{
    Daemon, after, gate_watch, intake, missing_watch, queue_watch, routes_watch, settle, warehouse_watch,
};
use crate::telemetry::panics;

/// A task of the daemon that has ended.
pub(super) struct Ended {
    /// What it does.
    task: &'static str,
    /// What the panic said that has ended it, if it was one.
    pub(super) said: Option<String>,
}

impl Ended {
    /// Writes that it has ended, which it was to do only when it is told to stop.
    pub(super) fn tell(&self) {
        let Self { task, said } = self;
        match said {
            Some(said) => {
                error!(
                    "the task that {task} has ended by itself through a bug in this program, please report it: {said}"
                );
            }
            None => error!("the task that {task} has ended by itself"),
        }
    }
}

pub(super) fn start(
    tasks: &mut JoinSet<Ended>,
    daemon: &Daemon,
    task: &'static str,
    work: impl Future<Output = ()> + Send + 'static,
) {
    let metrics = Arc::clone(&daemon.metrics);
    tasks.spawn(async move { Ended { task, said: panics::caught(&metrics, Box::pin(work)).await.err() } });
}

pub(super) async fn next_ended(tasks: &mut JoinSet<Ended>) -> Option<Ended> {
    let ended = tasks.join_next().await?;
    Some(ended.expect("panics are caught within the task, and nobody aborts it"))
}

pub(super) fn start_intake(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    shutdown: &Shutdown,
) -> JoinSet<Ended> {
    let mut intake = JoinSet::new();
    start(&mut intake, daemon, "receives messages", {
        let (daemon, workers, shutdown) = (Arc::clone(daemon), workers.clone(), shutdown.clone());
        async move { intake::receive_until_drained(&daemon, &workers, &shutdown).await }
    });
    intake
}

pub(super) fn start_services(
    daemon: &Arc<Daemon>,
    shutdown: &Shutdown,
    stop: &CancellationToken,
) -> JoinSet<Ended> {
    let mut services = JoinSet::new();
    start(&mut services, daemon, "keeps leases", {
        let (leases, stop) = (Arc::clone(&daemon.leases), stop.clone());
        async move { leases.run(stop).await }
    });
    start(&mut services, daemon, "starts the loads of files that were gathered", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move {
            tokio::select! {
                () = daemon.lanes.start_what_has_lingered() => {}
                () = stop.cancelled() => {}
            }
        }
    });
    start(&mut services, daemon, "counts messages", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { queue_watch::run(&daemon, &stop).await }
    });
    start(&mut services, daemon, "probes Redshift", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { warehouse_watch::run(&daemon, &stop).await }
    });
    start(&mut services, daemon, "asks what is paused", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { gate_watch::run(&daemon, &stop).await }
    });
    start(&mut services, daemon, "reads the routes again", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { routes_watch::run(&daemon, &stop).await }
    });
    start(&mut services, daemon, "compares S3 with the ledger", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { missing_watch::run(&daemon, &stop).await }
    });
    start(&mut services, daemon, "does what comes after loads", {
        let (daemon, drain, stop) = (Arc::clone(daemon), shutdown.draining().clone(), stop.clone());
        async move { after::run(&daemon, &drain, &stop).await }
    });
    start(&mut services, daemon, "reads the ledger for pages", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { ledger_look::run(&daemon, &stop).await }
    });
    start(&mut services, daemon, "sends notices", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { daemon.notices.send_until(&stop).await }
    });
    start(&mut services, daemon, "writes the log lines that were held back", {
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { settle::tell_what_is_held_back(&daemon, &stop).await }
    });
    services
}
