//! Loads that somebody asks this daemon for by name, without a message. They stand before all others, no pause holds them, and
//! they are gone with the process: what must survive it is sent to the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;

use crate::daemon::Daemon;
use crate::daemon::schedule::Ticket;
use crate::daemon::settle::note_by_hand;
use crate::daemon::settlement::{Settlement, joined};
use crate::daemon::shutdown::Shutdown;
use crate::daemon::worker::{Waiting, load_all};
use crate::queue::{Message, ReceiptHandle};
use crate::request::LoadRequest;
use crate::request::order::Order;
use crate::telemetry::{panics, spans};

/// Tables at one time, those that wait included.
const MOST_TABLES: usize = 100;

/// Who asks by hand gets a place here.
pub(super) struct ByHand {
    places: Arc<Semaphore>,
    next: AtomicU64,
}

impl ByHand {
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_TABLES)), next: AtomicU64::new(0) }
    }

    /// A place for so many tables, until it is dropped; `None` while too many others have one.
    pub(super) fn place_for(&self, tables: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_many_owned(u32::try_from(tables).ok()?).ok()
    }
}

/// Starts the loads of a request as soon as their tables are free, and returns the id under which they are known: where a message
/// has its own.
pub(super) fn start(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    shutdown: &Shutdown,
    request: LoadRequest,
    body: String,
    place: OwnedSemaphorePermit,
) -> String {
    let id = format!("http-{}", Uuid::now_v7());
    let ticket = Ticket::by_hand(daemon.by_hand.next.fetch_add(1, Ordering::Relaxed));
    let tables = joined(&request.targets);
    // In line from now on, so that whoever looks sees them.
    let waiting = Waiting::all_of(daemon, ticket, Order::all_of(request, &id), 0);
    let message = Message {
        id: id.clone(),
        receipt_handle: ReceiptHandle(String::new()),
        body,
        receive_count: 1,
        first_received_at: None,
        original_id: None,
        group: None,
    };
    let span = spans::of_message(&id, Some(&tables));
    let daemon = Arc::clone(daemon);
    let (drain, abort) = (shutdown.draining().clone(), shutdown.aborting().child_token());
    workers.spawn(async move {
        let start = Instant::now();
        let work = async {
            let results = load_all(&daemon, ticket, waiting, &drain, &abort).await;
            let (results, duration) = (Ok(results), start.elapsed());
            note_by_hand(&daemon, &Settlement { message, results, events: None, duration });
        };
        panics::caught(&daemon.metrics, Box::pin(work.instrument(span))).await.ok();
        drop(place);
    });
    id
}
