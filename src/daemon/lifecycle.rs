//! Life and death of the daemon: start, run, drain, abort.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::stream::{self, Stream, StreamExt};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::config::ending;
use crate::daemon::state::State;
use crate::daemon::{Daemon, intake, queue_watch, warehouse_watch};

/// How the daemon ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every message in hand was settled in its own time.
    Drained,
    /// Loads were rolled back and their messages given back.
    Aborted,
    /// A task that the daemon cannot do without ended by itself; the messages in hand were settled or given back.
    Failed,
    /// Nothing more was waited for: messages come again when their leases have run out.
    AtOnce,
}

/// Runs until a signal and then ends in good order.
///
/// No new messages, the running loads to their end; after the grace, or at a second signal, loads are cancelled and
/// rolled back and their messages become visible again, within [`ending::BUDGET`]. A third signal ends that too. `show`
/// shows the daemon's state to the outside until its token fires.
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
    let signals = Signals::listen()?;
    info!(%address, version = env!("CARGO_PKG_VERSION"), "started");
    Ok(run_until(Box::pin(signals.all()), daemon, show).await)
}

/// The same with other signals, of which there is always one more.
pub(super) async fn run_until<Show>(
    mut signals: impl Stream<Item = ()> + Unpin,
    daemon: Arc<Daemon>,
    show: impl FnOnce(State, CancellationToken) -> Show,
) -> Ending
where
    Show: Future<Output = ()> + Send + 'static,
{
    let drain = CancellationToken::new();
    let abort = CancellationToken::new();
    // Tasks that serve the workers; they stop when the last worker is done.
    let stop = CancellationToken::new();
    let workers = TaskTracker::new();
    let mut services = start_services(&daemon, &stop);
    services.spawn(show(State::of(&daemon), stop.clone()));
    let mut intake = start_intake(&daemon, &workers, &drain, &abort);

    let mut seen = 0;
    let mut has_failed = tokio::select! {
        Some(()) = signals.next() => {
            seen += 1;
            false
        }
        // Without its services no lease would be kept: better to stop and be started anew.
        Some(ended) = services.join_next() => {
            has_ended_by_itself(&daemon, &ended);
            abort.cancel();
            true
        }
        // Without it the daemon would be deaf. The leases are kept, so loads may end.
        Some(ended) = intake.join_next() => {
            has_ended_by_itself(&daemon, &ended);
            true
        }
    };
    info!("draining: no new messages, running loads may end");
    daemon.health.drains();
    drain.cancel();
    daemon.lanes.close();
    workers.close();
    let mut settling = Box::pin(async {
        // It may take up some more, and is gone if it has failed.
        let received = intake.join_next().await;
        workers.wait().await;
        received.and_then(Result::err)
    });
    let settled = tokio::select! {
        // Aborted above, if so.
        biased;
        () = abort.cancelled() => None,
        failed = &mut settling => Some(failed),
        () = tokio::time::sleep(daemon.settings.shutdown_grace) => None,
        Some(()) = signals.next() => {
            seen += 1;
            None
        }
        Some(ended) = services.join_next() => {
            has_ended_by_itself(&daemon, &ended);
            has_failed = true;
            None
        }
    };
    let is_aborted = settled.is_none();
    if is_aborted {
        warn!("aborting: running loads are rolled back, their messages given back");
        abort.cancel();
    }
    let end = async {
        let failed_intake = match settled {
            Some(failed) => failed,
            None => settling.await,
        };
        stop.cancel();
        while services.join_next().await.is_some() {}
        failed_intake
    };
    let failed_intake = tokio::select! {
        failed = end => failed,
        () = third(&mut signals, seen) => {
            error!("third signal: ending at once, Redshift rolls back what is open when it finds the connection closed");
            return Ending::AtOnce;
        }
        () = tokio::time::sleep(ending::BUDGET.saturating_sub(ending::REST)) => {
            error!("not done in time, ending at once: Redshift rolls back what is open when it finds the connection closed");
            return Ending::AtOnce;
        }
    };
    if let Some(failed) = failed_intake {
        has_ended_by_itself(&daemon, &Err(failed));
        has_failed = true;
    }
    info!("stopped");
    match (has_failed, is_aborted) {
        (true, _) => Ending::Failed,
        (false, true) => Ending::Aborted,
        (false, false) => Ending::Drained,
    }
}

/// Waits for the third signal, when so many were seen already.
async fn third(signals: &mut (impl Stream<Item = ()> + Unpin), seen: usize) {
    for _ in seen..3 {
        if signals.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// A task that was to run until it is told to stop.
fn has_ended_by_itself(daemon: &Daemon, ended: &Result<(), JoinError>) {
    if ended.as_ref().is_err_and(JoinError::is_panic) {
        daemon.metrics.panicked();
    }
    error!("a task of the daemon ended by itself, stopping; the line before says why, if it was a bug");
}

fn start_intake(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    drain: &CancellationToken,
    abort: &CancellationToken,
) -> JoinSet<()> {
    let (daemon, workers, drain, abort) = (Arc::clone(daemon), workers.clone(), drain.clone(), abort.clone());
    let receive = async move { intake::receive_until_drained(&daemon, &workers, &drain, &abort).await };
    JoinSet::from_iter([receive])
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

    fn all(self) -> impl Stream<Item = ()> {
        stream::unfold(self, |mut signals| async {
            tokio::select! {
                _ = signals.terminate.recv() => {}
                _ = signals.interrupt.recv() => {}
            }
            Some(((), signals))
        })
    }
}
