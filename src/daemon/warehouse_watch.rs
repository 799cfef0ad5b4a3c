//! Probes the warehouse: from time to time, and whenever a load has reason to think that it is down. Stops the flow of
//! messages while it is, and lets it go on afterwards.

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::daemon::breaker::{Breaker, Change};
use crate::failure::Failure;

/// Somebody who wants to know whether the warehouse is down, from a probe that begins after the question.
type Question = oneshot::Sender<bool>;

/// What the tasks of the daemon know about the warehouse.
pub(super) struct WarehouseWatch {
    is_down: watch::Sender<bool>,
    questions: mpsc::UnboundedSender<Question>,
    /// Read by [`run`] alone.
    asked: tokio::sync::Mutex<mpsc::UnboundedReceiver<Question>>,
}

impl WarehouseWatch {
    pub(super) fn new() -> Self {
        let (questions, asked) = mpsc::unbounded_channel();
        Self { is_down: watch::Sender::new(true), questions, asked: tokio::sync::Mutex::new(asked) }
    }

    /// Waits until the warehouse is up.
    pub(super) async fn up(&self) {
        let mut is_down = self.is_down.subscribe();
        is_down.wait_for(|is_down| !is_down).await.expect("the sender lives as long as the watch");
    }

    /// Has the warehouse probed, and returns whether it is down.
    pub(super) async fn suspect(&self) -> bool {
        let (question, answer) = oneshot::channel();
        // Nobody probes any more when the daemon ends.
        if self.questions.send(question).is_err() {
            return false;
        }
        answer.await.unwrap_or(false)
    }
}

/// Probes until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    let mut asked = daemon.warehouse.asked.lock().await;
    let mut breaker = Breaker::default();
    let mut has_ledger = false;
    let mut questions: Vec<Question> = Vec::new();
    loop {
        // Asked before the probe begins, so that its result answers them.
        questions.extend(std::iter::from_fn(|| asked.try_recv().ok()));
        let result = tokio::select! {
            result = probe(daemon, &mut has_ledger) => result,
            () = stop.cancelled() => return,
        };
        note(daemon, breaker.probed(result.is_ok()), result);
        for question in questions.drain(..) {
            // Whoever asked may have been told to stop meanwhile.
            question.send(breaker.is_open()).ok();
        }
        tokio::select! {
            () = tokio::time::sleep(breaker.pause()) => {}
            Some(question) = asked.recv() => questions.push(question),
            () = stop.cancelled() => return,
        }
    }
}

/// Reads from the ledger how new every table is, which also keeps these metrics through a restart. The ledger is made
/// at the first success.
async fn probe(daemon: &Daemon, has_ledger: &mut bool) -> Result<(), Failure> {
    if !*has_ledger {
        daemon.loader.warehouse.prepare_ledger().await?;
        *has_ledger = true;
    }
    for (target, freshness) in daemon.loader.warehouse.freshness().await? {
        daemon.metrics.fresh(&target, freshness);
    }
    Ok(())
}

/// One log line for each change.
fn note(daemon: &Daemon, change: Option<Change>, result: Result<(), Failure>) {
    match (change, &result) {
        (Some(Change::Closed), _) => info!("warehouse is reached, messages are received"),
        (Some(Change::Opened), Err(error)) => {
            warn!(%error, "warehouse is down: no message is received and no load started until it is reached");
        }
        _ => {}
    }
    daemon.metrics.warehouse_is_up(result.is_ok());
    daemon.health.warehouse_is(result.map_err(|failure| failure.to_string()));
    if let Some(change) = change {
        let is_down = change == Change::Opened;
        daemon.lanes.pause(is_down);
        daemon.warehouse.is_down.send_replace(is_down);
    }
}
