//! Probes queue and warehouse from time to time, for readiness and for the metrics that only they can tell.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::telemetry::labels::MessageState;

const QUEUE_EVERY: Duration = Duration::from_secs(15);
/// Seldom, as each probe is a query that the cluster must run.
const WAREHOUSE_EVERY: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Waits until the warehouse is reached and its ledger is there. Until then no message is received, so that an
/// outage at start-up uses up no deliveries. False when `drain` came first.
pub(super) async fn await_warehouse(daemon: &Daemon, drain: &CancellationToken) -> bool {
    let mut pause = FIRST_PAUSE;
    loop {
        daemon.health.progressed();
        let result = tokio::select! {
            result = daemon.loader.warehouse.prepare_ledger() => result,
            () = drain.cancelled() => return false,
        };
        let reached = result.is_ok();
        note_warehouse(daemon, result.map_err(|failure| failure.to_string()), pause == FIRST_PAUSE);
        if reached {
            read_freshness(daemon).await;
            return true;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = drain.cancelled() => return false,
        }
        pause = (pause * 2).min(WAREHOUSE_EVERY);
    }
}

pub(super) async fn watch_queue(daemon: &Daemon, stop: &CancellationToken) {
    loop {
        match daemon.queue.depth().await {
            Ok(depth) => {
                daemon.metrics.messages_are(MessageState::Visible, depth.visible);
                daemon.metrics.messages_are(MessageState::InFlight, depth.in_flight);
                daemon.metrics.messages_are(MessageState::Delayed, depth.delayed);
                if let Some(dead) = depth.dead {
                    daemon.metrics.messages_are(MessageState::Dead, dead);
                }
                if daemon.health.queue_is(Ok(())) {
                    info!("queue is reached");
                }
            }
            Err(error) => {
                if daemon.health.queue_is(Err(error.to_string())) {
                    warn!(%error, "queue cannot be used");
                }
            }
        }
        if pause_or_stop(QUEUE_EVERY, stop).await {
            return;
        }
    }
}

pub(super) async fn watch_warehouse(daemon: &Daemon, stop: &CancellationToken) {
    while !pause_or_stop(WAREHOUSE_EVERY, stop).await {
        read_freshness(daemon).await;
    }
}

/// Reads from the ledger how new every table is, so that these metrics survive a restart.
async fn read_freshness(daemon: &Daemon) {
    match daemon.loader.warehouse.freshness().await {
        Ok(tables) => {
            for (target, freshness) in tables {
                daemon.metrics.fresh(&target, freshness);
            }
            note_warehouse(daemon, Ok(()), false);
        }
        Err(failure) => note_warehouse(daemon, Err(failure.to_string()), false),
    }
}

fn note_warehouse(daemon: &Daemon, result: Result<(), String>, is_first: bool) {
    let error = result.as_ref().err().cloned();
    let changed = daemon.health.warehouse_is(result);
    match error {
        None if changed => info!("warehouse is reached"),
        Some(error) if changed || is_first => warn!(%error, "warehouse cannot be used"),
        _ => {}
    }
}

/// True when it is time to stop.
async fn pause_or_stop(pause: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(pause) => false,
        () = stop.cancelled() => true,
    }
}
