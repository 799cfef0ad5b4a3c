//! Which load may start next, and which waiting orders it covers along with its own. Decides, and does nothing.
//!
//! Each table has a lane, in which orders wait in the order of their tickets. One load of a table runs at a time; when
//! it starts, it covers the waiting orders that ask nothing else. An order that comes later is never covered by it: the
//! load may have listed the bucket before the order's file was there.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::daemon::gate::Gate;
use crate::model::pause::Pause;
use crate::model::target_table::TargetTable;
use crate::request::order::Order;
use crate::request::relation::{covers, lets_pass};

/// An order's place in the order of arrival. An order that has to wait again keeps its ticket, and so its place. What somebody asks for
/// by hand stands before all messages, and no pause holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket {
    is_of_message: bool,
    number: u64,
}

impl Ticket {
    pub(super) const fn of_message(number: u64) -> Self {
        Self { is_of_message: true, number }
    }

    pub(super) const fn by_hand(number: u64) -> Self {
        Self { is_of_message: false, number }
    }

    pub(super) const fn is_by_hand(self) -> bool {
        !self.is_of_message
    }
}

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

/// Orders of paused tables that may wait here, as one message may bring a hundred.
const MOST_PAUSED_ORDERS: usize = 1000;

/// The lanes of all tables.
pub(super) struct Schedule {
    lanes: HashMap<TargetTable, Lane>,
    /// Tables with waiting orders and no load, in the order in which they may start.
    ready: VecDeque<TargetTable>,
    free_slots: usize,
    /// Messages of paused tables that may wait here.
    most_paused: usize,
    is_stopped: bool,
    gate: Arc<Gate>,
    is_closed: bool,
}

#[derive(Default)]
struct Lane {
    waiting: BTreeMap<Ticket, Order>,
    load: Option<RunningLoad>,
}

impl Lane {
    fn is_next_by_hand(&self) -> bool {
        self.waiting.first_key_value().is_some_and(|(ticket, _)| ticket.is_by_hand())
    }
}

struct RunningLoad {
    order: Order,
    covered: BTreeMap<Ticket, Order>,
}

impl Schedule {
    /// A schedule of at most `slots` loads at one time, in which so many messages of paused tables wait.
    pub(super) fn new(slots: usize, most_paused: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            free_slots: slots,
            most_paused,
            is_stopped: false,
            gate: Arc::default(),
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
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
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

    /// Whose wait for paused tables takes up too much of what may be in hand, as others are to be received meanwhile: the last
    /// that came. Gives them up.
    pub(super) fn give_up_paused(&mut self) -> Vec<(TargetTable, Ticket, Pause)> {
        let mut paused: BTreeMap<Ticket, Vec<(TargetTable, Pause)>> = BTreeMap::new();
        if self.gate.has_paused_tables() {
            for (target, lane) in &self.lanes {
                let Some(pause) = self.gate.pause_of(target) else { continue };
                for ticket in lane.waiting.keys().filter(|ticket| !ticket.is_by_hand()) {
                    paused.entry(*ticket).or_default().push((target.clone(), pause.clone()));
                }
            }
        }
        let mut orders: usize = paused.values().map(Vec::len).sum();
        let mut given_up = Vec::new();
        while paused.len() > self.most_paused || orders > MOST_PAUSED_ORDERS {
            let Some((ticket, of_message)) = paused.pop_last() else { break };
            orders -= of_message.len();
            for (target, pause) in of_message {
                self.leave(&target, ticket);
                given_up.push((target, ticket, pause));
            }
        }
        given_up
    }

    pub(super) fn arrive(&mut self, ticket: Ticket, order: Order) {
        let target = order.target.clone();
        let lane = self.lanes.entry(target.clone()).or_default();
        let (is_new_in_line, is_free) = (lane.waiting.is_empty(), lane.load.is_none());
        lane.waiting.insert(ticket, order);
        if !is_free {
            return;
        }
        if is_new_in_line {
            self.is_ready(target);
        } else if ticket.is_by_hand() {
            self.ready.retain(|ready| *ready != target);
            self.is_ready(target);
        }
    }

    /// A table comes behind those that are ready, or before them for what is asked for by hand.
    fn is_ready(&mut self, target: TargetTable) {
        match self.lanes.get(&target).is_some_and(Lane::is_next_by_hand) {
            true => self.ready.push_front(target),
            false => self.ready.push_back(target),
        }
    }

    /// Whether a load of a table that is ready may start, as far as people have said.
    fn may_start(&self, target: &TargetTable) -> bool {
        self.gate.lets(target) || self.lanes.get(target).is_some_and(Lane::is_next_by_hand)
    }

    /// The next load that may start; it counts as running from now on. To be asked until it gives none.
    pub(super) fn start(&mut self) -> Option<Start> {
        if self.is_stopped || self.is_closed || self.free_slots == 0 {
            return None;
        }
        let next = self.ready.iter().position(|target| self.may_start(target))?;
        let target = self.ready.remove(next)?;
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
            self.is_ready(target.clone());
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
        if self.is_stopped || self.is_closed {
            return 0;
        }
        self.ready.iter().filter(|target| self.may_start(target)).count()
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
