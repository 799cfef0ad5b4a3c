//! The daemon: receives messages, works on them side by side, settles them, and stops in good order.

pub mod lifecycle;
pub mod state;
pub mod control;
mod intake;
mod hold;
mod polls;
mod worker;
mod in_turn;
mod asked;
mod lanes;
mod schedule;
mod breaker;
mod gate;
mod shutdown;
mod tasks;
mod settlement;
mod settle;
mod patience;
mod settled_line;
mod notices;
mod after;
mod aborts;
mod by_hand;
mod warehouse_watch;
mod gate_watch;
mod queue_watch;
mod routes_watch;
mod missing_watch;

use std::sync::Arc;

use chrono::SecondsFormat;
use tokio_util::sync::CancellationToken;

use crate::config::daemon::DaemonSettings;
use crate::failure::advice::Advice;
use crate::load::Loader;
use crate::load::routes::current::CurrentRoutes;
use crate::model::object::ObjectUri;
use crate::notify::NoticeSink;
use crate::notify::outbox::Outbox;
use crate::queue::MessageQueue;
use crate::queue::lease::LeaseKeeper;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::once_a_minute::OnceAMinute;

use aborts::Aborts;
use after::AfterLoads;
use by_hand::ByHand;
use gate_watch::GateWatch;
use hold::most_paused;
use lanes::Lanes;
use patience::Patience;
use schedule::Tickets;
use settle::{
    NotParked, NotSettled, PutOff, could_not_be_parked, could_not_be_settled, have_no_rule, went_back,
};
use state::cuts::CutsReport;
use state::drift::DriftReport;
use state::failures::RecentFailures;
use state::health::Health;
use state::last_loads::OfLastLoads;
use state::ledger_look::LedgerLook;
use state::queue_counts::LastCounts;
use state::sentence::in_words;
use state::tables::TableStatus;
use warehouse_watch::WarehouseWatch;

/// What all tasks of the daemon share.
pub struct Daemon {
    queue: Arc<dyn MessageQueue>,
    loader: Loader,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    leases: Arc<LeaseKeeper>,
    lanes: Lanes,
    tickets: Tickets,
    warehouse: WarehouseWatch,
    gate: GateWatch,
    patience: Patience,
    aborts: Aborts,
    by_hand: ByHand,
    failures: RecentFailures,
    drift: OfLastLoads<DriftReport>,
    cuts: OfLastLoads<CutsReport>,
    look: LedgerLook,
    counts: LastCounts,
    /// Fires when the queue is asked for messages no more, and no question is open.
    has_received_last: CancellationToken,
    /// Messages that nobody can settle while the queue is out of reach, or park without a dead-letter queue.
    not_settled: OnceAMinute<NotSettled>,
    not_parked: OnceAMinute<NotParked>,
    /// Messages that went back to the queue, as their tables are paused or have too many in hand.
    put_off: OnceAMinute<PutOff>,
    /// Files that no rule takes, by one of them.
    unrouted: OnceAMinute<ObjectUri>,
    /// `None`: files do not announce themselves.
    routes: Option<CurrentRoutes>,
    notices: Outbox,
    after: AfterLoads,
    settings: DaemonSettings,
}

impl Daemon {
    /// `notices` is where they go, if anywhere; `routes` says what files are loaded that announce themselves.
    pub fn new(
        queue: Arc<dyn MessageQueue>,
        loader: Loader,
        notices: Option<Arc<dyn NoticeSink>>,
        routes: Option<CurrentRoutes>,
        settings: DaemonSettings,
    ) -> Arc<Self> {
        let metrics = Arc::clone(&loader.metrics);
        let leases = LeaseKeeper::new(Arc::clone(&queue), Arc::clone(&metrics), settings.visibility_timeout);
        let most_paused = most_paused(settings.max_held_messages);
        let lanes = Lanes::new(loader.settings.max_concurrent, most_paused, Arc::clone(&metrics));
        let gate = GateWatch::new(settings.maintenance.clone());
        lanes.put_gate(gate.now());
        Arc::new(Self {
            queue,
            health: Arc::default(),
            leases,
            lanes,
            tickets: Tickets::default(),
            warehouse: WarehouseWatch::new(),
            gate,
            patience: Patience::default(),
            aborts: Aborts::default(),
            by_hand: ByHand::new(),
            failures: RecentFailures::default(),
            drift: OfLastLoads::default(),
            cuts: OfLastLoads::default(),
            look: LedgerLook::default(),
            counts: LastCounts::default(),
            has_received_last: CancellationToken::new(),
            not_settled: OnceAMinute::new(could_not_be_settled),
            not_parked: OnceAMinute::new(could_not_be_parked),
            put_off: OnceAMinute::new(went_back),
            unrouted: OnceAMinute::new(have_no_rule),
            routes,
            after: AfterLoads::new(),
            notices: Outbox::new(notices, Arc::clone(&metrics)),
            metrics,
            loader,
            settings,
        })
    }

    /// Who loads and who waits, where and why; by name of the table.
    fn tables(&self) -> Vec<TableStatus> {
        let now = (self.loader.now)();
        self.lanes.status(&self.loader.progress, self.why_all_wait().as_deref(), now)
    }

    /// Why no load would start now, whatever waits.
    fn why_all_wait(&self) -> Option<String> {
        if self.health.is_draining() {
            return Some("the daemon is ending and starts no load".to_owned());
        }
        let down_for = in_words(self.health.warehouse_down_for()?);
        Some(match self.health.warehouse_refuses_login() {
            true => format!("Redshift has refused the login for {down_for}; {}", Advice::CheckLogin),
            false => {
                format!("Redshift cannot be reached for {down_for}; loads go on by themselves when it can")
            }
        })
    }

    /// By the daemon's clock, RFC 3339.
    fn now(&self) -> String {
        (self.loader.now)().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

#[cfg(test)]
mod tests;
