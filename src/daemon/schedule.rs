//! Which load may start next, and which waiting orders it covers along with its own. Decides, and does nothing.
//!
//! Each table has a lane, in which orders wait in the order of their tickets. One load of a table runs at a time; when
//! it starts, it covers the waiting orders that ask nothing else. An order that comes later is never covered by it: the
//! load may have listed the bucket before the order's file was there.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::model::target_table::TargetTable;
use crate::request::order::Order;
use crate::request::relation::{covers, lets_pass};

/// An order's place in the order of arrival. An order that has to wait again keeps its ticket, and so its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(pub(super) u64);

/// A load that may start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) target: TargetTable,
    /// Whose order is carried out.
    pub(super) leader: Ticket,
    /// Whose orders it covers, by ticket, with the ids of their messages.
    pub(super) covered: Vec<(Ticket, String)>,
}

/// Of the orders that a load was started for besides its leader's, those that it has covered in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    All,
    /// Only those whose order is the same to the letter, as when it failed.
    Equals,
    /// Nobody: what happened concerns the leader's message only.
    Nobody,
}

/// As many ids as one statement records.
const MOST_COVERED: usize = 1000;

/// The lanes of all tables.
pub(super) struct Schedule {
    lanes: HashMap<TargetTable, Lane>,
    /// Tables with waiting orders and no load, in the order in which they may start.
    ready: VecDeque<TargetTable>,
    free_slots: usize,
    is_paused: bool,
    is_closed: bool,
}

#[derive(Default)]
struct Lane {
    waiting: BTreeMap<Ticket, Order>,
    load: Option<RunningLoad>,
}

struct RunningLoad {
    order: Order,
    covered: BTreeMap<Ticket, Order>,
}

impl Schedule {
    /// A schedule of at most `slots` loads at one time.
    pub(super) fn new(slots: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            free_slots: slots,
            is_paused: false,
            is_closed: false,
        }
    }

    /// No load starts while paused; what runs goes on.
    pub(super) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// No load starts any more; what runs goes on, and covers those it was started for.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Who waits for a load that will not start any more; gives them up.
    pub(super) fn give_up_waiting(&mut self) -> Vec<(TargetTable, Ticket)> {
        if !self.is_closed {
            return Vec::new();
        }
        let waiting = self.lanes.iter();
        let waiting =
            waiting.flat_map(|(target, lane)| lane.waiting.keys().map(|ticket| (target.clone(), *ticket)));
        let waiting: Vec<(TargetTable, Ticket)> = waiting.collect();
        for (target, ticket) in &waiting {
            self.leave(target, *ticket);
        }
        waiting
    }

    pub(super) fn arrive(&mut self, ticket: Ticket, order: Order) {
        let target = order.target.clone();
        let lane = self.lanes.entry(target.clone()).or_default();
        let is_new_in_line = lane.waiting.is_empty() && lane.load.is_none();
        lane.waiting.insert(ticket, order);
        if is_new_in_line {
            self.ready.push_back(target);
        }
    }

    /// The next load that may start; it counts as running from now on. To be asked until it gives none.
    pub(super) fn start(&mut self) -> Option<Start> {
        if self.is_paused || self.is_closed || self.free_slots == 0 {
            return None;
        }
        let target = self.ready.pop_front()?;
        let lane = self.lanes.get_mut(&target).expect("a table that is ready has a lane");
        let (leader, order) = lane.waiting.pop_first().expect("a table that is ready has a waiting order");
        let covered = covered_by(&order, &lane.waiting);
        let covered: BTreeMap<Ticket, Order> =
            covered.iter().filter_map(|ticket| lane.waiting.remove_entry(ticket)).collect();
        let ids = covered.iter().map(|(ticket, order)| (*ticket, order.message_id.clone())).collect();
        lane.load = Some(RunningLoad { order, covered });
        self.free_slots -= 1;
        Some(Start { target, leader, covered: ids })
    }

    /// The load of a table has ended. Returns whose orders it has covered; the others wait again, in their places.
    pub(super) fn end(&mut self, target: &TargetTable, ending: Covered) -> Vec<Ticket> {
        let Some(lane) = self.lanes.get_mut(target) else { return Vec::new() };
        let Some(RunningLoad { order: leader, covered }) = lane.load.take() else { return Vec::new() };
        self.free_slots += 1;
        let mut done = Vec::new();
        for (ticket, order) in covered {
            let is_covered = match ending {
                Covered::All => true,
                Covered::Equals => order.force == leader.force,
                Covered::Nobody => false,
            };
            if is_covered {
                done.push(ticket);
            } else {
                lane.waiting.insert(ticket, order);
            }
        }
        if lane.waiting.is_empty() {
            self.lanes.remove(target);
        } else {
            self.ready.push_back(target.clone());
        }
        done
    }

    /// Every table with its load, as message id and number of covered orders, and the number of orders that wait.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&TargetTable, Option<(&str, usize)>, usize)> {
        self.lanes.iter().map(|(target, lane)| {
            let load = lane.load.as_ref();
            let load = load.map(|load| (load.order.message_id.as_str(), load.covered.len()));
            (target, load, lane.waiting.len())
        })
    }

    /// Tables whose next load waits for nothing but a free slot, once [`Schedule::start`] gives none any more.
    pub(super) fn waiting_for_a_slot(&self) -> usize {
        if self.is_paused || self.is_closed { 0 } else { self.ready.len() }
    }

    /// An order is given up: it neither waits nor is covered any more. A load under way is ended by [`Schedule::end`].
    pub(super) fn leave(&mut self, target: &TargetTable, ticket: Ticket) {
        let Some(lane) = self.lanes.get_mut(target) else { return };
        if let Some(load) = &mut lane.load {
            load.covered.remove(&ticket);
        }
        lane.waiting.remove(&ticket);
        if lane.waiting.is_empty() && lane.load.is_none() {
            self.lanes.remove(target);
            // Names from messages must not pile up.
            self.ready.retain(|ready| ready != target);
        }
    }
}

/// The waiting orders that a load of `leader` covers, but for those behind one that lets nobody pass.
fn covered_by(leader: &Order, waiting: &BTreeMap<Ticket, Order>) -> Vec<Ticket> {
    let mut covered = Vec::new();
    for (ticket, order) in waiting {
        if covered.len() == MOST_COVERED {
            break;
        }
        if covers(leader, order) {
            covered.push(*ticket);
        } else if !lets_pass(leader, order) {
            break;
        }
    }
    covered
}

#[cfg(test)]
mod tests;
