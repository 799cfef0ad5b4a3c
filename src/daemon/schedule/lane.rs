//! The lane of one table: what waits for it, and what of that is loaded next.
//!
//! Orders of load messages wait for nothing but their turn. Files that announced themselves are gathered: the first waits for
//! others as long as its limits say, unless a load of the table has just ended, which has given the others time to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::daemon::schedule::batch::Batch;
use crate::daemon::schedule::standings::Place;
use crate::daemon::schedule::ticket::Ticket;
use crate::daemon::schedule::weights::Weights;
use crate::daemon::schedule::{Covered, MOST_COVERED};
use crate::model::batch_limits::BatchLimits;
use crate::request::order::Order;
use crate::request::relation::{commutes_with_files, covers, lets_pass};

/// The lane of one table.
#[derive(Default)]
pub(super) struct Lane {
    /// Orders of load messages.
    loads: BTreeMap<Ticket, Order>,
    /// Orders of announced files, in groups that can be loaded together.
    batches: Vec<Batch>,
    running: Option<RunningLoad>,
    pub(super) place: Place,
    /// Of all orders that have not left, those of the load included.
    pub(super) weights: Weights,
}

/// A load under way.
pub(super) struct RunningLoad {
    pub(super) order: Order,
    /// What is carried out along with it.
    pub(super) others: BTreeMap<Ticket, Order>,
}

impl Lane {
    pub(super) fn insert(&mut self, ticket: Ticket, order: Order, now: Instant) {
        let Some(announced) = order.announced.as_ref().map(Arc::clone) else {
            self.loads.insert(ticket, order);
            return;
        };
        match self.batches.iter_mut().find(|batch| batch.takes(&order)) {
            Some(batch) => batch.insert(ticket, order),
            None => self.batches.push(Batch::of(ticket, order, &announced, now)),
        }
    }

    /// An order is given up: it neither waits nor is carried out along with another.
    pub(super) fn remove(&mut self, ticket: Ticket) {
        self.weights.remove(ticket);
        if let Some(load) = &mut self.running {
            load.others.remove(&ticket);
        }
        if self.loads.remove(&ticket).is_some() {
            return;
        }
        if let Some(batch) = self.batches.iter_mut().find(|batch| batch.has(ticket)) {
            batch.remove(ticket);
            self.batches.retain(|batch| batch.len() > 0);
        }
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = Ticket> {
        self.loads.keys().copied().chain(self.batches.iter().flat_map(Batch::tickets))
    }

    pub(super) fn waiting_count(&self) -> usize {
        self.loads.len() + self.batches.iter().map(Batch::len).sum::<usize>()
    }

    fn waits(&self, ticket: Ticket) -> bool {
        self.loads.contains_key(&ticket) || self.batches.iter().any(|batch| batch.has(ticket))
    }

    /// The last that wait, without which the lane weighs no more than `most`, or as little as its load, or the first that waits.
    pub(super) fn waiting_beyond(&self, most: usize) -> Vec<Ticket> {
        let (mut left, mut beyond) = (self.weights.sum(), Vec::new());
        let mut waiting = self.weights.last_first().filter(|(ticket, _)| self.waits(*ticket));
        while left > most
            && let Some((ticket, weight)) = waiting.next()
        {
            left -= weight;
            beyond.push(ticket);
        }
        if left == 0 {
            // Every table keeps one.
            beyond.pop();
        }
        beyond
    }

    pub(super) fn running(&self) -> Option<&RunningLoad> {
        self.running.as_ref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_none() && self.loads.is_empty() && self.batches.is_empty()
    }

    pub(super) fn is_next_by_hand(&self) -> bool {
        self.loads.first_key_value().is_some_and(|(ticket, _)| ticket.is_by_hand())
    }

    /// Where the lane stands by what waits in it.
    pub(super) fn place_now(&self, now: Instant) -> Place {
        if self.running.is_some() {
            return Place::Nowhere;
        }
        if self.next(now).is_some() {
            return Place::Ready;
        }
        self.first_due().map_or(Place::Nowhere, |batch| Place::Lingering(batch.due()))
    }

    /// Until when files are gathered, at most, and how many, while nothing may start because of that.
    pub(super) fn gathers(&self) -> Option<(Instant, BatchLimits)> {
        let Place::Lingering(until) = self.place else { return None };
        self.first_due().map(|batch| (until, batch.limits()))
    }

    /// The files that wait no longer first.
    fn first_due(&self) -> Option<&Batch> {
        self.batches.iter().min_by_key(|batch| batch.due())
    }

    /// Who is the leader of the next load: of those that wait for nothing else, the first.
    fn next(&self, now: Instant) -> Option<Ticket> {
        let barrier = self.barrier();
        // Nothing that comes from now on could be loaded together with what stands before a barrier.
        let is_due = |batch: &&Batch| match barrier {
            Some(barrier) => batch.first() < Some(barrier),
            None => batch.due() <= now || batch.is_full(),
        };
        let batches = self.batches.iter().filter(is_due).filter_map(Batch::first);
        batches.chain(self.loads.keys().next().copied()).min()
    }

    /// The first order that announced files must not pass, either way.
    fn barrier(&self) -> Option<Ticket> {
        if self.batches.is_empty() {
            return None;
        }
        self.loads.iter().find(|(_, order)| !commutes_with_files(order)).map(|(ticket, _)| *ticket)
    }

    /// Starts the next load, if one may start: its leader's ticket. What it carries out is [`Lane::running`] from now on.
    pub(super) fn start(&mut self, now: Instant) -> Option<Ticket> {
        let leader = self.next(now)?;
        let mut orders = match self.batches.iter().position(|batch| batch.first() == Some(leader)) {
            Some(position) => {
                let barrier = self.barrier();
                let taken = self.batches[position].take(barrier);
                self.batches.retain(|batch| batch.len() > 0);
                taken
            }
            None => self.take_covered(leader),
        };
        let order = orders.remove(&leader)?;
        self.running = Some(RunningLoad { order, others: orders });
        Some(leader)
    }

    /// Takes out an order, and those that its load covers.
    fn take_covered(&mut self, leader: Ticket) -> BTreeMap<Ticket, Order> {
        let Some(order) = self.loads.remove(&leader) else { return BTreeMap::new() };
        let covered = self.covered_by(&order);
        let mut taken: BTreeMap<Ticket, Order> =
            covered.iter().filter_map(|ticket| self.loads.remove_entry(ticket)).collect();
        taken.insert(leader, order);
        taken
    }

    /// The waiting orders that a load of `leader` covers, but for those behind one that lets nobody pass.
    fn covered_by(&self, leader: &Order) -> Vec<Ticket> {
        let first_files = self.batches.iter().filter_map(Batch::first).min();
        let mut covered = Vec::new();
        for (ticket, order) in &self.loads {
            let is_behind_files = first_files.is_some_and(|first| first < *ticket);
            if covered.len() == MOST_COVERED || (is_behind_files && !commutes_with_files(order)) {
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

    /// The load has ended. Returns whose orders it has carried out besides its own; the others wait again, in their places. Who waits
    /// now waits for nobody else.
    pub(super) fn end(&mut self, ending: Covered, now: Instant) -> Option<Vec<(Ticket, Order)>> {
        let RunningLoad { order: leader, others } = self.running.take()?;
        let mut done = Vec::new();
        for (ticket, order) in others {
            let is_done = match ending {
                Covered::All => true,
                Covered::Equals => order.force == leader.force,
                Covered::Nobody => false,
            };
            if is_done {
                done.push((ticket, order));
            } else {
                self.insert(ticket, order, now);
            }
        }
        for batch in &mut self.batches {
            batch.waits_no_longer(now);
        }
        Some(done)
    }
}
