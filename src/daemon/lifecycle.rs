//! Life and death of the daemon: start, run, drain, abort.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::stream::{self, Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::config::ending;
use crate::daemon::Daemon;
use crate::daemon::shutdown::Shutdown;
use crate::daemon::state::State;
use crate::daemon::tasks::{next_ended, start, start_intake, start_services};

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
    let shutdown = Shutdown::default();
    // Tasks that serve the workers; they stop when the last worker is done.
    let stop = CancellationToken::new();
    let workers = TaskTracker::new();
    let mut services = start_services(&daemon, &shutdown, &stop);
    start(
        &mut services,
        &daemon,
        "answers HTTP requests",
        show(State::of(&daemon, &workers, &shutdown), stop.clone()),
    );
    let mut intake = start_intake(&daemon, &workers, &shutdown);

    let mut seen = 0;
    let (mut has_failed, is_to_abort) = tokio::select! {
        Some(()) = signals.next() => {
            seen += 1;
            (false, false)
        }
        // Without its services no lease would be kept: better to stop and be started anew.
        Some(ended) = next_ended(&mut services) => {
            ended.tell();
            (true, true)
        }
        // Without it the daemon would be deaf. The leases are kept, so loads may end.
        Some(ended) = next_ended(&mut intake) => {
            ended.tell();
            (true, false)
        }
    };
    info!("draining: no new messages, running loads may end");
    daemon.health.drains();
    shutdown.drain();
    daemon.lanes.close();
    if is_to_abort {
        shutdown.abort();
    }
    workers.close();
    let mut settling = Box::pin(async {
        // It may take up some more, and is gone if it has failed.
        let received = next_ended(&mut intake).await;
        workers.wait().await;
        received.filter(|intake| intake.said.is_some())
    });
    let settled = tokio::select! {
        // Aborted above, if so.
        biased;
        () = shutdown.aborting().cancelled() => None,
        failed = &mut settling => Some(failed),
        () = tokio::time::sleep(daemon.settings.shutdown_grace) => None,
        Some(()) = signals.next() => {
            seen += 1;
            None
        }
        Some(ended) = next_ended(&mut services) => {
            ended.tell();
            has_failed = true;
            None
        }
    };
    let is_aborted = settled.is_none();
    if is_aborted {
        warn!("aborting: running loads are rolled back, their messages given back");
        shutdown.abort();
    }
    let end = async {
        let failed_intake = match settled {
            Some(failed) => failed,
            None => settling.await,
        };
        stop.cancel();
        while next_ended(&mut services).await.is_some() {}
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
        failed.tell();
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
