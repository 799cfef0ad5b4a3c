//! Which load may start next, and which waiting orders it carries out along with its own. Decides, and does nothing.
//!
//! Each table has a lane, in which orders wait in the order of their tickets. One load of a table runs at a time; when
//! it starts, it covers the waiting orders that ask nothing else, or gathers the files that wait to be loaded like its own. An
//! order that comes later is never covered by it: the load may have listed the bucket before the order's file was there.

mod batch;
mod giving_up;
mod lane;
mod level;
mod standings;
mod ticket;
mod weights;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::daemon::gate::Gate;
use crate::model::batch_limits::BatchLimits;
use crate::model::target_table::TargetTable;
use crate::request::order::{Announced, Order};

use lane::Lane;
use standings::{Place, Standings};
pub(super) use ticket::{Ticket, Tickets};

/// A load that may start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) target: TargetTable,
    /// Whose order is carried out.
    pub(super) leader: Ticket,
    /// Whose orders it covers, by ticket, with the ids of their messages.
    pub(super) covered: Vec<(Ticket, String)>,
    /// Whose files it loads along with the leader's, by ticket.
    pub(super) gathered: Vec<(Ticket, Arc<Announced>)>,
}

/// Of the orders that a load was started for besides its leader's, those that it has carried out in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    All,
    /// Only those whose order is the same to the letter, as when it failed.
    Equals,
    /// Nobody: what happened concerns the leader's message only.
    Nobody,
}

/// What a table does and waits for.
pub(super) struct LaneView<'a> {
    pub(super) target: &'a TargetTable,
    /// Of the load that runs: the id of its message, and how many orders it carries out besides that one's.
    pub(super) load: Option<(&'a str, usize)>,
    /// Orders that wait.
    pub(super) waiting: usize,
    /// Until when it gathers files, at most, and how many.
    pub(super) gathers: Option<(Instant, BatchLimits)>,
}

/// As many ids as one statement records.
const MOST_COVERED: usize = 1000;

/// The lanes of all tables.
pub(super) struct Schedule {
    lanes: HashMap<TargetTable, Lane>,
    standings: Standings,
    slots: usize,
    free_slots: usize,
    /// Messages of paused tables that may wait here.
    most_paused: usize,
    is_stopped: bool,
    gate: Arc<Gate>,
    /// More orders may wait for paused tables than did when those were last counted.
    has_more_paused: bool,
    is_closed: bool,
}

impl Schedule {
    /// A schedule of at most `slots` loads at one time, in which so many messages of paused tables wait.
    pub(super) fn new(slots: usize, most_paused: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            standings: Standings::default(),
            slots,
            free_slots: slots,
            most_paused,
            is_stopped: false,
            gate: Arc::default(),
            has_more_paused: false,
            is_closed: false,
        }
    }

    /// No load starts while it is stopped; what runs goes on.
    pub(super) fn stop(&mut self, is_stopped: bool) {
        self.is_stopped = is_stopped;
    }

    /// No load starts that the gate does not let; what runs goes on.
    pub(super) fn put_gate(&mut self, gate: Arc<Gate>) {
        self.gate = gate;
        self.has_more_paused = true;
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// No load starts any more; what runs goes on, and covers those it was started for.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// An order takes its place in line, which takes up so much of the hold.
    pub(super) fn arrive(&mut self, ticket: Ticket, order: Order, weight: usize, now: Instant) {
        let target = order.target.clone();
        let lane = self.lanes.entry(target.clone()).or_default();
        lane.insert(ticket, order, now);
        lane.weights.put(ticket, weight);
        self.has_more_paused |= self.gate.pause_of(&target).is_some();
        if ticket.is_by_hand() && lane.place == Place::Ready {
            // Before the others.
            self.stand(&target, Place::Nowhere);
        }
        self.find_place(&target, now);
    }

    /// Puts a lane where it belongs, after something has come to it or gone.
    fn find_place(&mut self, target: &TargetTable, now: Instant) {
        let Some(lane) = self.lanes.get(target) else { return };
        let place = lane.place_now(now);
        if lane.is_empty() {
            self.stand(target, Place::Nowhere);
            // Names from messages must not pile up.
            self.lanes.remove(target);
        } else if lane.place != place {
            self.stand(target, place);
        }
    }

    /// A table that becomes ready comes behind those that are, or before them for what is asked for by hand.
    fn stand(&mut self, target: &TargetTable, place: Place) {
        let Some(lane) = self.lanes.get_mut(target) else { return };
        let before = std::mem::replace(&mut lane.place, place);
        self.standings.leave(target, before);
        self.standings.come(target, place, lane.is_next_by_hand());
    }

    /// When the next table has waited long enough for more files: [`Schedule::start`] is to be asked then.
    pub(super) fn lingers_until(&self) -> Option<Instant> {
        self.standings.lingers_until()
    }

    /// Tables that have waited long enough for more files are ready.
    fn end_lingering(&mut self, now: Instant) {
        while let Some(target) = self.standings.has_lingered(now) {
            self.stand(&target, Place::Ready);
        }
    }

    /// Whether a load of a table that is ready may start, as far as people have said.
    fn may_start(&self, target: &TargetTable) -> bool {
        self.gate.lets(target) || self.lanes.get(target).is_some_and(Lane::is_next_by_hand)
    }

    /// The next load that may start; it counts as running from now on. To be asked until it gives none.
    pub(super) fn start(&mut self, now: Instant) -> Option<Start> {
        self.end_lingering(now);
        if self.is_stopped || self.is_closed || self.free_slots == 0 {
            return None;
        }
        let target = self.standings.ready().find(|target| self.may_start(target))?.clone();
        self.stand(&target, Place::Nowhere);
        let lane = self.lanes.get_mut(&target).expect("a table that is ready has a lane");
        let leader = lane.start(now).expect("a lane that is ready has an order to start with");
        self.free_slots -= 1;
        let (mut covered, mut gathered) = (Vec::new(), Vec::new());
        for (ticket, order) in lane.running().into_iter().flat_map(|load| &load.others) {
            match &order.announced {
                Some(announced) => gathered.push((*ticket, Arc::clone(announced))),
                None => covered.push((*ticket, order.message_id.clone())),
            }
        }
        Some(Start { target, leader, covered, gathered })
    }

    /// The load of a table has ended. Returns whose orders it has carried out besides its own; the others wait again, in their places.
    pub(super) fn end(
        &mut self,
        target: &TargetTable,
        ending: Covered,
        now: Instant,
    ) -> Vec<(Ticket, Order)> {
        let Some(done) = self.lanes.get_mut(target).and_then(|lane| lane.end(ending, now)) else {
            return Vec::new();
        };
        self.free_slots += 1;
        self.has_more_paused |= self.gate.pause_of(target).is_some();
        self.find_place(target, now);
        done
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = LaneView<'_>> {
        self.lanes.iter().map(|(target, lane)| LaneView {
            target,
            load: lane.running().map(|load| (load.order.message_id.as_str(), load.others.len())),
            waiting: lane.waiting_count(),
            gathers: lane.gathers(),
        })
    }

    /// Tables whose next load waits for nothing but a free slot, once [`Schedule::start`] gives none any more.
    pub(super) fn waiting_for_a_slot(&self) -> usize {
        if self.is_stopped || self.is_closed {
            return 0;
        }
        let ready = self.standings.ready();
        // Not one by one for each message, as long as nothing is paused.
        if self.gate.lets_all() { ready.len() } else { ready.filter(|target| self.may_start(target)).count() }
    }

    /// An order is given up: it neither waits nor is covered any more. A load under way is ended by [`Schedule::end`].
    pub(super) fn leave(&mut self, target: &TargetTable, ticket: Ticket, now: Instant) {
        if let Some(lane) = self.lanes.get_mut(target) {
            lane.remove(ticket);
            self.find_place(target, now);
        }
    }
}

#[cfg(test)]
mod tests;
