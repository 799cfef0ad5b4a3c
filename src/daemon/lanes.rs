//! Lanes: orders stand in line for their table, and are called to load it or told that the load of another has covered them.
//!
//! The [`Schedule`] decides; here its decisions reach the tasks that wait.

mod covering;
mod status;
pub(super) mod turn;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::daemon::gate::Gate;
use crate::daemon::lanes::turn::Turn;
use crate::daemon::schedule::{Covered, Schedule, Start, Ticket};
use crate::failure::Failure;
use crate::load::LoadOutcome;
use crate::model::pause::Pause;
use crate::model::target_table::TargetTable;
use crate::request::order::{Announced, Order};
use crate::telemetry::metrics::Metrics;

/// How the load of a table ended.
pub(super) type LoadResult = Result<LoadOutcome, Failure>;

/// The lanes of all tables.
#[derive(Clone)]
pub(super) struct Lanes(Arc<Mutex<LanesState>>);

struct LanesState {
    schedule: Schedule,
    /// Who is to be called, by table and ticket.
    callers: HashMap<(TargetTable, Ticket), oneshot::Sender<Call>>,
    /// When the load of each table began.
    since: HashMap<TargetTable, Instant>,
    /// When the next table has waited long enough for more files.
    lingers_until: watch::Sender<Option<Instant>>,
    metrics: Arc<Metrics>,
}

impl LanesState {
    /// To be called after each change of the schedule.
    fn tell_who_waits(&self) {
        self.metrics.lanes_wait(self.schedule.waiting_for_a_slot());
        let next = self.schedule.lingers_until();
        self.lingers_until.send_if_modified(|known| std::mem::replace(known, next) != next);
    }
}

/// What an order in line is called for.
pub(super) enum Call {
    /// To load its table now.
    Load(Turn),
    /// To hear that another's load has covered it, or what has become of its files in that.
    Covered(LoadResult),
    /// To line up again, behind all others, with those of its files of which nothing is known yet.
    PutOff(Announced),
    /// To hear that it is to wait in the queue.
    GivenBack(WhyGivenBack),
    /// To hear that no load will start any more.
    Closed,
}

/// Why an order is to wait in the queue.
pub(super) enum WhyGivenBack {
    /// Its table is paused, and too many wait for that to end.
    Paused(Pause),
    /// Its table has more than its share of what may be in hand.
    Crowded,
}

/// An order in line; leaves it when dropped.
pub(super) struct InLine {
    lanes: Lanes,
    target: TargetTable,
    pub(super) ticket: Ticket,
    /// What it takes up of the hold.
    pub(super) weight: usize,
    called: oneshot::Receiver<Call>,
}

impl Lanes {
    /// Lanes in which at most `slots` loads run at one time, and so many messages of paused tables wait.
    pub(super) fn new(slots: usize, most_paused: usize, metrics: Arc<Metrics>) -> Self {
        let schedule = Schedule::new(slots, most_paused);
        let (callers, since) = (HashMap::new(), HashMap::new());
        let lingers_until = watch::Sender::new(None);
        Self(Arc::new(Mutex::new(LanesState { schedule, callers, since, lingers_until, metrics })))
    }

    /// Takes a place in line, and so much of the hold; nothing of it for what is asked for by hand. It is called when nobody with a
    /// lower ticket stands before it.
    pub(super) fn line_up(&self, ticket: Ticket, order: Order, weight: usize) -> InLine {
        let (caller, called) = oneshot::channel();
        let target = order.target.clone();
        let mut state = self.state();
        state.callers.insert((target.clone(), ticket), caller);
        state.schedule.arrive(ticket, order, weight, Instant::now());
        drop(state);
        self.call_next();
        InLine { lanes: self.clone(), target, ticket, weight, called }
    }

    /// Lets no load start, or lets them start again.
    pub(super) fn stop(&self, is_stopped: bool) {
        self.state().schedule.stop(is_stopped);
        self.call_next();
    }

    /// Lets only those loads start that the gate lets, from now on.
    pub(super) fn put_gate(&self, gate: Arc<Gate>) {
        self.state().schedule.put_gate(gate);
        self.call_next();
    }

    /// Lets no load start any more, and tells all who wait for one; now and whoever lines up later.
    pub(super) fn close(&self) {
        self.state().schedule.close();
        self.call_next();
    }

    /// Gives back the last that wait of the tables that have most, so that all take up no more than `total` of the hold, in even shares.
    pub(super) fn give_back_beyond(&self, total: usize) {
        let mut state = self.state();
        for waiting in state.schedule.give_up_beyond(total, Instant::now()) {
            if let Some(caller) = state.callers.remove(&waiting) {
                drop(caller.send(Call::GivenBack(WhyGivenBack::Crowded)));
            }
        }
        state.tell_who_waits();
    }

    /// Starts the loads of tables that have waited long enough for more files, each at its time. Never returns.
    pub(super) async fn start_what_has_lingered(&self) {
        let mut changes = self.state().lingers_until.subscribe();
        loop {
            let next = *changes.borrow_and_update();
            let is_over = async {
                match next {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = is_over => self.call_next(),
                changed = changes.changed() => changed.expect("the lanes, which are alive, keep the sender"),
            }
        }
    }

    /// Calls everybody whose load may start, or who waits for nothing any more.
    fn call_next(&self) {
        loop {
            let mut state = self.state();
            let now = Instant::now();
            for waiting in state.schedule.give_up_waiting(now) {
                // Without its caller it knows.
                state.callers.remove(&waiting);
            }
            for (target, ticket, pause) in state.schedule.give_up_paused(now) {
                if let Some(caller) = state.callers.remove(&(target, ticket)) {
                    drop(caller.send(Call::GivenBack(WhyGivenBack::Paused(pause))));
                }
            }
            let Some(Start { target, leader, covered, gathered }) = state.schedule.start(now) else {
                state.tell_who_waits();
                return;
            };
            let caller = state.callers.remove(&(target.clone(), leader));
            state.since.insert(target.clone(), now);
            drop(state);
            let covered = covered.into_iter().map(|(_, message_id)| message_id).collect();
            // Whoever has left by now drops the turn, which passes it on: the lock must be free for that.
            let gathered = gathered.into_iter().map(|(_, announced)| announced).collect();
            let turn = Turn { lanes: self.clone(), target, covered, gathered, has_ended: false };
            if let Some(caller) = caller {
                drop(caller.send(Call::Load(turn)));
            }
        }
    }

    /// Ends the load of a table, and returns who waits for it and is done with it, and for which order.
    fn end(&self, target: &TargetTable, ending: Covered) -> Vec<(Order, oneshot::Sender<Call>)> {
        let mut state = self.state();
        state.since.remove(target);
        let done = state.schedule.end(target, ending, Instant::now()).into_iter();
        let caller = |(ticket, order)| Some((order, state.callers.remove(&(target.clone(), ticket))?));
        done.filter_map(caller).collect()
    }

    fn state(&self) -> MutexGuard<'_, LanesState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InLine {
    pub(super) async fn called(&mut self) -> Call {
        (&mut self.called).await.unwrap_or(Call::Closed)
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        let mut state = self.lanes.state();
        state.callers.remove(&(self.target.clone(), self.ticket));
        state.schedule.leave(&self.target, self.ticket, Instant::now());
        state.tell_who_waits();
    }
}

#[cfg(test)]
mod tests;
