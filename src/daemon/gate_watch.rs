//! Knows what is paused, and keeps the [`Gate`] as people want it.
//!
//! Redshift is asked when a load is about to start, once for all that start within three seconds, and from time to time while
//! something is paused. A daemon with nothing to do asks nothing.
//!
//! One task asks, and is never given up in the midst of a question: whoever lets go of a session leaves it behind with its
//! statement. All others tell it how new an answer they need, and wait for as long as they like.

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
/// A question that takes longer is given up. The server has ended it before, unless it has not begun.
const LONGEST_QUESTION: Duration = Duration::from_secs(40);
/// The clock may be set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Lines about pauses of tables that have changed at the same time.
const MOST_LINES: usize = 20;

/// What the tasks of the daemon know about what is paused.
pub(super) struct GateWatch {
    gate: watch::Sender<Arc<Gate>>,
    known: watch::Sender<Known>,
    /// Of answers that somebody waits for, the latest moment after which one must have been asked for.
    wanted: watch::Sender<Option<Instant>>,
    windows: MaintenanceWindows,
}

/// What Redshift has answered last.
#[derive(Clone)]
struct Known {
    /// When it was asked; `None` before the first question.
    asked_at: Option<Instant>,
    /// What was paused when it last said so: that holds until it says something else.
    pauses: Arc<Pauses>,
    /// Why it has said nothing the last time.
    failure: Option<Failure>,
}

impl Known {
    /// Whether nothing newer is needed by whoever needs an answer that was asked for at `moment` or later.
    fn is_of(&self, moment: Option<Instant>) -> bool {
        self.asked_at.is_some_and(|asked_at| moment.is_none_or(|moment| asked_at >= moment))
    }
}

impl GateWatch {
    /// Closed until it is known that nothing is paused.
    pub(super) fn new(windows: MaintenanceWindows) -> Self {
        let sentence = "Redshift was not asked yet".to_owned();
        let failure = Failure::new(FailureKind::WarehouseUnavailable, Stage::Inspect, sentence);
        let known = Known { asked_at: None, pauses: Arc::default(), failure: Some(failure) };
        let gate = Arc::new(Gate::of(&known.pauses, not_known(&known), None));
        let (gate, known) = (watch::Sender::new(gate), watch::Sender::new(known));
        Self { gate, known, wanted: watch::Sender::new(None), windows }
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

fn not_known(known: &Known) -> Option<String> {
    known.failure.as_ref().map(ToString::to_string)
}

/// What may start now, whoever has said so in time. To be asked before every load. May take as long as Redshift does, and may be
/// given up.
pub(super) async fn before_load(daemon: &Daemon) -> Arc<Gate> {
    at_least_of(daemon, Instant::now().checked_sub(FRESH)).await
}

/// The same for people, who do not wait for long.
pub(super) async fn look(daemon: &Daemon) -> Arc<Gate> {
    let looked = tokio::time::timeout(LONGEST_LOOK, before_load(daemon)).await;
    looked.unwrap_or_else(|_| daemon.gate.now())
}

/// What is paused after something was changed a moment ago.
///
/// # Errors
/// When Redshift has not told it.
pub(super) async fn after_change(daemon: &Daemon) -> Result<Arc<Pauses>, Failure> {
    at_least_of(daemon, Some(Instant::now())).await;
    let Known { pauses, failure, .. } = daemon.gate.known.borrow().clone();
    failure.map_or(Ok(pauses), Err)
}

/// What follows from an answer that was asked for at `moment` or later.
async fn at_least_of(daemon: &Daemon, moment: Option<Instant>) -> Arc<Gate> {
    let GateWatch { known, wanted, .. } = &daemon.gate;
    let mut answers = known.subscribe();
    if !answers.borrow_and_update().is_of(moment) {
        wanted.send_modify(|latest| *latest = (*latest).max(moment));
        answers.wait_for(|known| known.is_of(moment)).await.expect("the sender lives as long as the watch");
    }
    daemon.gate.now()
}

/// Asks whenever somebody needs it, and keeps the gate, until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    tokio::select! {
        () = watch(daemon) => {}
        () = stop.cancelled() => {}
    }
}

/// Never returns.
async fn watch(daemon: &Daemon) {
    let mut wanted = daemon.gate.wanted.subscribe();
    let mut is_time = true;
    loop {
        daemon.warehouse.up().await;
        let moment = *wanted.borrow_and_update();
        if is_time || !daemon.gate.known.borrow().is_of(moment) {
            let known = ask(daemon).await;
            // Before those who wait for the answer are told that it is there: they look at the gate.
            put(daemon, &known);
            daemon.gate.known.send_replace(known);
            doubt_warehouse(daemon).await;
        } else {
            let known = daemon.gate.known.borrow().clone();
            put(daemon, &known);
        }
        let is_watched = daemon.gate.now().is_watched();
        let wait = if is_watched { AGAIN } else { until_next_window(daemon) };
        is_time = tokio::select! {
            () = tokio::time::sleep(wait) => is_watched,
            _ = wanted.changed() => false,
        };
    }
}

async fn ask(daemon: &Daemon) -> Known {
    // Before the question: a pause may be written just behind the answer.
    let asked_at = Instant::now();
    let answer = tokio::time::timeout(LONGEST_QUESTION, daemon.loader.warehouse.pauses()).await;
    let answer = answer.unwrap_or_else(|_| {
        let sentence = format!("Redshift has not answered for {} s", LONGEST_QUESTION.as_secs());
        Err(Failure::new(FailureKind::Timeout, Stage::Inspect, sentence))
    });
    let (pauses, failure) = match answer {
        Ok(pauses) => (Arc::new(pauses), None),
        Err(failure) => (Arc::clone(&daemon.gate.known.borrow().pauses), Some(failure)),
    };
    Known { asked_at: Some(asked_at), pauses, failure }
}

/// Where Redshift did not answer, it may be down: then the breaker knows better what to say of it.
async fn doubt_warehouse(daemon: &Daemon) {
    let is_doubtful = {
        let known = daemon.gate.known.borrow();
        known.failure.as_ref().is_some_and(|failure| scope(failure.kind) == Scope::Warehouse)
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

/// Puts the gate that follows from what is known, and says what that has changed. Only one task does: of two, the one with the
/// older answer might come last.
fn put(daemon: &Daemon, known: &Known) {
    let is_first = daemon.gate.known.borrow().asked_at.is_none();
    let maintenance = daemon.gate.windows.at((daemon.loader.now)());
    let gate = Arc::new(Gate::of(&known.pauses, not_known(known), maintenance));
    let before = daemon.gate.now();
    if *before == *gate {
        return;
    }
    daemon.metrics.paused(gate.closed().map(Closed::scope), gate.pauses().of_tables().count());
    daemon.patience.pauses_change(before.pauses(), gate.pauses(), Instant::now());
    daemon.lanes.put_gate(Arc::clone(&gate));
    daemon.gate.gate.send_replace(Arc::clone(&gate));
    tell(&before, &gate, is_first);
}

/// A line for each change. That nothing is paused at the start goes without saying.
fn tell(before: &Gate, now: &Gate, is_first: bool) {
    match (before.closed(), now.closed()) {
        (before, now) if before == now => {}
        (_, Some(closed @ Closed::NotKnown(_))) => {
            warn!("no message is received and no load started, as {closed}");
        }
        (_, Some(closed)) => info!("no message is received and no load started: {closed}"),
        (_, None) if is_first => {}
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
            info!("the pause of {} has ended", pause.target);
        }
    }
}
