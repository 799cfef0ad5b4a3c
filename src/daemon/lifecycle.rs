//! Life and death of the daemon: start, run, drain, abort.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::daemon::state::State;
use crate::daemon::{Daemon, intake, queue_watch, warehouse_watch};

/// How the daemon ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every message in hand was settled in its own time.
    Drained,
    /// Loads were rolled back and their messages given back.
    Aborted,
}

/// Runs until a signal and then ends in good order.
///
/// No new messages, the running loads to their end; after the grace, or at a second signal, loads are cancelled and
/// rolled back and their messages become visible again. `show` shows the daemon's state to the outside until its token
/// fires.
///
/// # Errors
/// When signals cannot be listened for.
pub async fn run<Show>(
    daemon: Arc<Daemon>,
    address: SocketAddr,
    show: impl FnOnce(State, CancellationToken) -> Show,
) -> std::io::Result<Ending>
where
    Show: Future<Output = ()> + Send + 'static,
{
    let mut signals = Signals::listen()?;
    info!(%address, version = env!("CARGO_PKG_VERSION"), "started");

    let drain = CancellationToken::new();
    let abort = CancellationToken::new();
    // Tasks that serve the workers; they stop when the last worker is done.
    let stop = CancellationToken::new();
    let workers = TaskTracker::new();
    let mut services = start_services(&daemon, &stop);
    services.spawn(show(State::of(&daemon), stop.clone()));
    workers.spawn({
        let (daemon, workers, drain, abort) =
            (Arc::clone(&daemon), workers.clone(), drain.clone(), abort.clone());
        async move {
            intake::receive_until_drained(&daemon, &workers, &drain, &abort).await;
        }
    });

    let failed = tokio::select! {
        () = signals.next() => false,
        // Without its services no lease would be kept: better to stop and be started anew.
        ended = services.join_next() => {
            error!(?ended, "a service of the daemon ended by itself, stopping");
            true
        }
    };
    info!("draining: no new messages, running loads may end");
    daemon.health.drains();
    drain.cancel();
    daemon.lanes.close();
    workers.close();
    let drained = tokio::select! {
        () = workers.wait(), if !failed => true,
        () = tokio::time::sleep(daemon.settings.shutdown_grace), if !failed => false,
        () = signals.next(), if !failed => false,
        ended = services.join_next(), if !failed => {
            error!(?ended, "a service of the daemon ended by itself");
            false
        }
        else => false,
    };
    if !drained {
        warn!("aborting: running loads are rolled back, their messages given back");
        abort.cancel();
        workers.wait().await;
    }
    stop.cancel();
    while services.join_next().await.is_some() {}
    info!("stopped");
    Ok(if drained { Ending::Drained } else { Ending::Aborted })
}

fn start_services(daemon: &Arc<Daemon>, stop: &CancellationToken) -> JoinSet<()> {
    let mut services = JoinSet::new();
    services.spawn({
        let (leases, stop) = (Arc::clone(&daemon.leases), stop.clone());
        async move { leases.run(stop).await }
    });
    services.spawn({
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { queue_watch::run(&daemon, &stop).await }
    });
    services.spawn({
        let (daemon, stop) = (Arc::clone(daemon), stop.clone());
        async move { warehouse_watch::run(&daemon, &stop).await }
    });
    services
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
