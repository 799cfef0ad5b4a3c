//! Knows what is paused, and keeps the [`Gate`] as people want it.
//!
//! Redshift is asked when a load is about to start, once for all that start within three seconds, and from time to time while
//! something is paused. A daemon with nothing to do asks nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::daemon::gate::{Closed, Gate};
use crate::failure::disposition::{Scope, scope};
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::maintenance::MaintenanceWindows;
use crate::model::pause::{Pause, Pauses};

/// A pause holds within five seconds: what is known for longer than this is asked anew before a load starts.
const FRESH: Duration = Duration::from_secs(3);
/// While something is paused, so that loads go on soon after that has ended.
const AGAIN: Duration = FRESH;
/// For whoever looks at a page.
const LONGEST_LOOK: Duration = Duration::from_secs(1);
/// The clock may be set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Lines about pauses of tables that have changed at the same time.
const MOST_LINES: usize = 20;

/// What the tasks of the daemon know about what is paused.
pub(super) struct GateWatch {
    gate: watch::Sender<Arc<Gate>>,
    /// Locked while it is asked, so that all who want to know ask once.
    known: tokio::sync::Mutex<Known>,
    windows: MaintenanceWindows,
}

/// What Redshift has answered last.
struct Known {
    /// When it was asked; `None` before the first question.
    asked_at: Option<Instant>,
    pauses: Result<Arc<Pauses>, Failure>,
}

impl GateWatch {
    /// Closed until it is known that nothing is paused.
    pub(super) fn new(windows: MaintenanceWindows) -> Self {
        let sentence = "Redshift was not asked yet".to_owned();
        let failure = Failure::new(FailureKind::WarehouseUnavailable, Stage::Inspect, sentence);
        let gate = Gate::of(&Err(failure.to_string()), None);
        let known = Known { asked_at: None, pauses: Err(failure) };
        Self { gate: watch::Sender::new(Arc::new(gate)), known: tokio::sync::Mutex::new(known), windows }
    }

    /// Waits until some loads may start.
    pub(super) async fn open(&self) {
        let mut gate = self.gate.subscribe();
        gate.wait_for(|gate| gate.closed().is_none()).await.expect("the sender lives as long as the watch");
    }

    /// As it is now.
    pub(super) fn now(&self) -> Arc<Gate> {
        Arc::clone(&self.gate.borrow())
    }
}

/// What may start now, whoever has said so in time. To be asked before every load.
pub(super) async fn before_load(daemon: &Daemon) -> Arc<Gate> {
    refresh(daemon, FRESH).await
}

/// The same for people, who do not wait for long.
pub(super) async fn look(daemon: &Daemon) -> Arc<Gate> {
    let refreshed = tokio::time::timeout(LONGEST_LOOK, refresh(daemon, FRESH)).await;
    refreshed.unwrap_or_else(|_| daemon.gate.now())
}

/// Asks in any case: something was changed a moment ago.
pub(super) async fn refresh_now(daemon: &Daemon) -> Arc<Gate> {
    refresh(daemon, Duration::ZERO).await
}

/// Keeps the gate until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    tokio::select! {
        () = watch(daemon) => {}
        () = stop.cancelled() => {}
    }
}

/// Never returns.
async fn watch(daemon: &Daemon) {
    let mut changes = daemon.gate.gate.subscribe();
    loop {
        daemon.warehouse.up().await;
        let is_watched = daemon.gate.now().is_watched();
        if is_watched {
            refresh(daemon, AGAIN).await;
            doubt_warehouse(daemon).await;
        } else {
            put(daemon, &*daemon.gate.known.lock().await);
        }
        changes.mark_unchanged();
        let wait = if daemon.gate.now().is_watched() { AGAIN } else { until_next_window(daemon) };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = changes.changed() => {}
        }
    }
}

/// Where Redshift did not answer, it may be down: then the breaker knows better what to say of it.
async fn doubt_warehouse(daemon: &Daemon) {
    let is_doubtful = {
        let known = daemon.gate.known.lock().await;
        known.pauses.as_ref().is_err_and(|failure| scope(failure.kind) == Scope::Warehouse)
    };
    if is_doubtful {
        daemon.warehouse.suspect().await;
    }
}

/// Until a maintenance window begins or ends, at most.
fn until_next_window(daemon: &Daemon) -> Duration {
    let (windows, now) = (&daemon.gate.windows, (daemon.loader.now)());
    let next = match windows.at(now) {
        Some(maintenance) => Some(maintenance.until),
        None => windows.next_start(now),
    };
    let next = next.and_then(|next| next.signed_duration_since(now).to_std().ok());
    next.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

/// Asks what is paused, unless that is known since `oldest` or less.
async fn refresh(daemon: &Daemon, oldest: Duration) -> Arc<Gate> {
    let mut known = daemon.gate.known.lock().await;
    if known.asked_at.is_none_or(|asked_at| asked_at.elapsed() >= oldest) {
        // Before the question: a pause may be written just behind the answer.
        let asked_at = Instant::now();
        let pauses = daemon.loader.warehouse.pauses().await;
        *known = Known { asked_at: Some(asked_at), pauses: pauses.map(Arc::new) };
    }
    put(daemon, &known)
}

/// Puts the gate that follows from what is known, and says what that has changed.
fn put(daemon: &Daemon, known: &Known) -> Arc<Gate> {
    let pauses = match &known.pauses {
        Ok(pauses) => Ok(Arc::clone(pauses)),
        Err(failure) => Err(failure.to_string()),
    };
    let gate = Arc::new(Gate::of(&pauses, daemon.gate.windows.at((daemon.loader.now)())));
    let before = daemon.gate.now();
    if *before == *gate {
        return gate;
    }
    daemon.metrics.paused(gate.closed().map(Closed::scope), gate.pauses().of_tables().count());
    daemon.lanes.put_gate(Arc::clone(&gate));
    daemon.gate.gate.send_replace(Arc::clone(&gate));
    tell(&before, &gate);
    gate
}

/// A line for each change.
fn tell(before: &Gate, now: &Gate) {
    match (before.closed(), now.closed()) {
        (before, now) if before == now => {}
        (_, Some(closed @ Closed::NotKnown(_))) => {
            warn!("no message is received and no load started, as {closed}");
        }
        (_, Some(closed)) => info!("no message is received and no load started: {closed}"),
        (Some(Closed::NotKnown(_)), None) => {}
        (_, None) => info!("messages are received and loads started again"),
    }
    let pauses_but = |of: &Gate, but: &Gate| {
        let others = of.pauses().of_tables().filter(|pause| !but.pauses().all().contains(pause));
        others.take(MOST_LINES).cloned().collect::<Vec<Pause>>()
    };
    for pause in pauses_but(now, before) {
        info!("no load of {} is started: {pause}", pause.target);
    }
    for pause in pauses_but(before, now) {
        if now.pauses().all().iter().all(|other| other.target != pause.target) {
            info!("loads of {} are started again", pause.target);
        }
    }
}
