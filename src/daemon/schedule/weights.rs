//! What the orders of one table take up of the hold.

use std::collections::BTreeMap;

use crate::daemon::schedule::ticket::Ticket;

/// The weights of orders, by ticket, and their sum. What is asked for by hand weighs nothing, and is not in it.
#[derive(Default)]
pub(super) struct Weights {
    by_ticket: BTreeMap<Ticket, usize>,
    sum: usize,
}

impl Weights {
    pub(super) fn put(&mut self, ticket: Ticket, weight: usize) {
        self.remove(ticket);
        if weight > 0 {
            self.by_ticket.insert(ticket, weight);
            self.sum += weight;
        }
    }

    pub(super) fn remove(&mut self, ticket: Ticket) {
        self.sum -= self.by_ticket.remove(&ticket).unwrap_or_default();
    }

    pub(super) fn sum(&self) -> usize {
        self.sum
    }

    /// Those that came last first.
    pub(super) fn last_first(&self) -> impl Iterator<Item = (Ticket, usize)> {
        self.by_ticket.iter().rev().map(|(ticket, weight)| (*ticket, *weight))
    }
}
