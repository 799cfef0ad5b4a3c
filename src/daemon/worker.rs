//! One message from delivery to settlement.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Span, warn};

use crate::config::ending;
use crate::config::routing::Unrouted;
use crate::daemon::Daemon;
use crate::daemon::asked::{Asked, EventsOfMessage, Rules, asked};
use crate::daemon::hold::measure::{Measure, Size};
use crate::daemon::in_turn::load_in_turn;
use crate::daemon::lanes::InLine;
use crate::daemon::schedule::Ticket;
use crate::daemon::settle::settle;
use crate::daemon::settlement::{Settlement, TableResult, Undecodable, joined};
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::routes::current::CurrentRoutes;
use crate::model::target_table::TargetTable;
use crate::queue::Message;
use crate::queue::lease::Lease;
use crate::request::order::Order;
use crate::telemetry::labels::EventOutcome;
use crate::telemetry::panics::{caught, caught_now};
use crate::telemetry::spans;

/// A message in hand, whose orders stand in line.
pub(super) struct Received {
    message: Message,
    lease: Lease,
    ticket: Ticket,
    start: Instant,
    size: Size,
    /// `Err` when the message cannot be understood.
    orders: Result<Vec<Waiting>, Undecodable>,
    /// Of a message of events, those that are no part of its orders.
    events: Option<EventsOfMessage>,
}

/// An order in line.
pub(super) struct Waiting {
    order: Order,
    in_line: InLine,
}

impl Waiting {
    /// Lines up with all orders of a message, which takes up so much of the hold.
    pub(super) fn all_of(daemon: &Daemon, ticket: Ticket, orders: Vec<Order>, weight: usize) -> Vec<Self> {
        let of_each = weight.div_ceil(orders.len().max(1));
        let in_line = |(number, order): (usize, Order)| Self {
            in_line: daemon.lanes.line_up(ticket.of_order(number), order.clone(), of_each),
            order,
        };
        orders.into_iter().enumerate().map(in_line).collect()
    }
}

impl Received {
    /// Reads a message and lines up for its tables. To be called in the order in which messages arrive.
    pub(super) fn line_up(daemon: &Daemon, mut message: Message, ticket: Ticket, measure: Measure) -> Self {
        let lease = daemon.leases.hold(&message);
        let asked = asked_for(daemon, &message);
        if asked.as_ref().is_ok_and(|asked| asked.events.is_some()) {
            // Parked is what is left of it, made anew: thousands wait.
            message.body = String::new();
        }
        let size = Size::of(&message, asked.as_ref().ok());
        let (orders, events) = match asked {
            Ok(Asked { orders, events }) => {
                (Ok(Waiting::all_of(daemon, ticket, orders, measure.weight(size))), events)
            }
            Err(undecodable) => (Err(*undecodable), None),
        };
        Self { message, lease, ticket, start: Instant::now(), size, orders, events }
    }

    /// What is kept of the message until it is settled.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// What names the message in every line that is written while it is worked on.
    pub(super) fn span(&self) -> Span {
        let tables = match &self.orders {
            Ok(orders) if orders.is_empty() => None,
            Ok(orders) => Some(joined(orders.iter().map(|waiting| &waiting.order.target))),
            Err(undecodable) => undecodable.tables(),
        };
        spans::of_message(&self.message.id, tables.as_deref())
    }

    /// Works on the message and settles it, whatever happens. Firing `abort` stops its loads.
    pub(super) async fn work(self, daemon: &Daemon, drain: &CancellationToken, abort: &CancellationToken) {
        let Self { message, lease, ticket, start, orders, events, .. } = self;
        let results = match orders {
            Ok(orders) => Ok(load_all_under_lease(daemon, ticket, orders, &lease, drain, abort).await),
            Err(failure) => Err(failure),
        };
        if drain.is_cancelled() {
            // What is given back while a question to the queue is open may be its answer, which costs a delivery.
            daemon.has_received_last.cancelled().await;
        }
        let settled = async {
            // From here on no heartbeat may undo what the settlement says.
            lease.end().await;
            settle(daemon, Settlement { message, results, events, duration: start.elapsed() }).await;
        };
        tokio::select! {
            () = settled => {}
            // What a queue that does not answer has not heard, it forgets by itself: the message comes again.
            () = async { abort.cancelled().await; tokio::time::sleep(ending::SETTLE).await } => {
                warn!("message was not settled in time and will be delivered again");
            }
        }
    }
}

/// What the message asks for. A panic must not end the intake: the message would come again, and end the next one.
fn asked_for(daemon: &Daemon, message: &Message) -> Result<Asked, Box<Undecodable>> {
    let routes = daemon.routes.as_ref().map(CurrentRoutes::now);
    let rules = Rules {
        routes: routes.as_deref(),
        unrouted: daemon.routes.as_ref().map_or(Unrouted::Park, |routes| routes.unrouted),
        table_config_dir: daemon.settings.table_config_dir.as_deref(),
        manifest_folder: daemon.loader.settings.manifest_folder.as_ref(),
    };
    let read = || asked(&message.body, &message.id, &rules);
    match caught_now(&daemon.metrics, &message.id, read) {
        Ok(Ok(asked)) => {
            asked.events.iter().for_each(|events| note_events(daemon, events));
            Ok(asked)
        }
        Ok(Err(invalid)) => Err(Box::new(Undecodable {
            failure: Failure::new(FailureKind::InvalidRequest, Stage::Decode, invalid.to_string()),
            targets: invalid.targets,
        })),
        Err(said) => {
            let sentence =
                format!("a bug in this program kept it from reading the message, please report it: {said}");
            let failure = Failure::new(FailureKind::InternalError, Stage::Decode, sentence);
            Err(Box::new(Undecodable { failure, targets: Vec::new() }))
        }
    }
}

/// Counts the events of a message, and tells of files that no rule takes.
fn note_events(daemon: &Daemon, events: &EventsOfMessage) {
    let count = |outcome, number| daemon.metrics.events(outcome, number);
    count(EventOutcome::Routed, events.routed);
    count(EventOutcome::Ignored, events.ignored);
    count(EventOutcome::Unrouted, events.unrouted);
    count(EventOutcome::NotData, events.not_data.values().sum());
    for refused in &events.refused {
        let outcome = match refused.failure.kind {
            FailureKind::Unrouted => EventOutcome::Unrouted,
            _ => EventOutcome::Refused,
        };
        count(outcome, refused.files.len());
    }
    if let Some(example) = &events.unrouted_example {
        daemon.unrouted.happened(events.unrouted as u64, example.clone());
    }
}

async fn load_all_under_lease(
    daemon: &Daemon,
    ticket: Ticket,
    orders: Vec<Waiting>,
    lease: &Lease,
    drain: &CancellationToken,
    abort: &CancellationToken,
) -> Vec<TableResult> {
    let mut loads = Box::pin(load_all(daemon, ticket, orders, drain, abort));
    tokio::select! {
        results = &mut loads => results,
        () = lease.lost.cancelled() => {
            // The loads are told to stop and awaited: only they can cancel their queries and roll back.
            abort.cancel();
            loads.await.into_iter().map(lost).collect()
        }
    }
}

/// Loads side by side what stands in line. Firing `abort` stops the loads; they must still be awaited.
pub(super) async fn load_all(
    daemon: &Daemon,
    ticket: Ticket,
    orders: Vec<Waiting>,
    drain: &CancellationToken,
    abort: &CancellationToken,
) -> Vec<TableResult> {
    let loads = orders.into_iter().map(async |Waiting { order, in_line }| {
        let (target, asked_date) = (order.target.clone(), order.terms.selection.date());
        let announced = order.announced.as_ref().map(Arc::clone);
        let load = Box::pin(load_in_turn(daemon, ticket, order, in_line, drain, abort));
        let result = caught(&daemon.metrics, load).await;
        let result = result.unwrap_or_else(|said| Err(bug_around_the_load(&target, &said)));
        TableResult { target, asked_date, result, announced }
    });
    futures_util::future::join_all(loads).await
}

/// Once the lease is lost, the message may be somebody else's, and no verdict but a finished load may be carried out.
fn lost(mut result: TableResult) -> TableResult {
    if let Err(failure) = result.result {
        let failure = Failure { kind: FailureKind::LeaseLost, ..failure };
        result.result = Err(failure.and("the lease of its message was lost"));
    }
    result
}

/// The failure of an order that a panic has ended outside of its load, whose own panics are its failures.
fn bug_around_the_load(target: &TargetTable, said: &str) -> Failure {
    let sentence =
        format!("a bug in this program ended the work on the order for {target}, please report it: {said}");
    Failure::new(FailureKind::InternalError, Stage::Unknown, sentence)
}
