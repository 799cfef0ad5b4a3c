//! Probes the warehouse: from time to time, and whenever a load has reason to think that it is down. Stops the flow of
//! messages while it is, and lets it go on afterwards.

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::daemon::Daemon;
use crate::daemon::breaker::{Breaker, Change};
use crate::failure::Failure;

/// Somebody who wants to know whether the warehouse is down, from a probe that begins after the question.
type Question = oneshot::Sender<bool>;

/// What the tasks of the daemon know about the warehouse.
pub(super) struct WarehouseWatch {
    is_down: watch::Sender<bool>,
    questions: mpsc::UnboundedSender<Question>,
    /// The same, for [`run`] alone.
    to_answer: tokio::sync::Mutex<mpsc::UnboundedReceiver<Question>>,
}

impl WarehouseWatch {
    pub(super) fn new() -> Self {
        let (questions, to_answer) = mpsc::unbounded_channel();
        Self { is_down: watch::Sender::new(true), questions, to_answer: tokio::sync::Mutex::new(to_answer) }
    }

    /// Waits until the warehouse is up.
    pub(super) async fn up(&self) {
        let mut is_down = self.is_down.subscribe();
        is_down.wait_for(|is_down| !is_down).await.expect("the sender lives as long as the watch");
    }

    /// Has the warehouse probed, and returns whether it is down. To be raced with the daemon's end, after which nobody
    /// probes any more.
    pub(super) async fn suspect(&self) -> bool {
        let (question, answer) = oneshot::channel();
        self.questions.send(question).expect("the receiver lives as long as the watch");
        answer.await.unwrap_or(false)
    }
}

/// Probes until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    let mut to_answer = daemon.warehouse.to_answer.lock().await;
    let mut breaker = Breaker::default();
    let mut has_ledger = false;
    let mut questions: Vec<Question> = Vec::new();
    loop {
        // Asked before the probe begins, so that its result answers them.
        questions.extend(std::iter::from_fn(|| to_answer.try_recv().ok()));
        // As long as nobody has a doubt, a session that is there will do. Otherwise a login is part of the question.
        let anew = breaker.is_open() || !questions.is_empty();
        let result = tokio::select! {
            result = probe(daemon, anew, &mut has_ledger) => result,
            () = stop.cancelled() => return,
        };
        let is_up = result.is_ok();
        note(daemon, breaker.probed(is_up), result);
        for question in questions.drain(..) {
            // Whoever asked may have been told to stop meanwhile.
            question.send(!is_up).ok();
        }
        let read = async {
            if is_up {
                read_freshness(daemon).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = tokio::time::sleep(breaker.pause()) => {}
            () = read => {}
            Some(question) = to_answer.recv() => questions.push(question),
            () = stop.cancelled() => return,
        }
    }
}

/// The ledger is made at the first success.
async fn probe(daemon: &Daemon, anew: bool, has_ledger: &mut bool) -> Result<(), Failure> {
    daemon.loader.warehouse.reach(anew).await?;
    if !*has_ledger {
        daemon.loader.warehouse.prepare_ledger().await?;
        *has_ledger = true;
    }
    Ok(())
}

/// Reads from the ledger how new every table is, so that these metrics survive a restart. No probe: it is a query that
/// may wait behind others.
async fn read_freshness(daemon: &Daemon) {
    match daemon.loader.warehouse.freshness().await {
        Ok(tables) => tables.iter().for_each(|(target, freshness)| daemon.metrics.fresh(target, *freshness)),
        Err(error) => debug!(%error, "the freshness of tables could not be read"),
    }
}

/// One log line for each change, written once it has taken effect.
fn note(daemon: &Daemon, change: Option<Change>, result: Result<(), Failure>) {
    daemon.metrics.warehouse_is_up(result.is_ok());
    daemon.health.warehouse_is(result.as_ref().map(drop).map_err(Into::into));
    let Some(change) = change else { return };
    let is_down = change == Change::Opened;
    daemon.lanes.stop(is_down);
    daemon.warehouse.is_down.send_replace(is_down);
    match result {
        Ok(()) => info!("warehouse is reached, messages are received"),
        Err(error) => {
            daemon.metrics.warehouse_went_down();
            warn!(%error, "warehouse is down: no message is received and no load started until it is reached");
        }
    }
}
