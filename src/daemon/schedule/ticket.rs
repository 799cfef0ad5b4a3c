//! Places in the order of arrival.

use std::sync::atomic::{AtomicU64, Ordering};

/// An order's place in the order of arrival. An order that has to wait again keeps its ticket, and so its place,
/// unless it is put off: then it gets a new one. What somebody asks for
/// by hand stands before all messages, and no pause holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::daemon) struct Ticket {
    is_of_message: bool,
    number: u64,
    /// Of the orders of one message, several of which may be for one table.
    order: usize,
}

/// Hands out tickets, each behind all before it.
#[derive(Default)]
pub(in crate::daemon) struct Tickets {
    next: AtomicU64,
}

impl Tickets {
    pub(in crate::daemon) fn next(&self) -> Ticket {
        Ticket::of_message(self.next.fetch_add(1, Ordering::Relaxed))
    }
}

impl Ticket {
    pub(in crate::daemon) const fn of_message(number: u64) -> Self {
        Self { is_of_message: true, number, order: 0 }
    }

    pub(in crate::daemon) const fn by_hand(number: u64) -> Self {
        Self { is_of_message: false, number, order: 0 }
    }

    /// The place of one order of the message that has this place.
    pub(in crate::daemon) const fn of_order(self, order: usize) -> Self {
        Self { order, ..self }
    }

    /// The place of the message that the order came with.
    pub(super) const fn message(self) -> Self {
        self.of_order(0)
    }

    pub(in crate::daemon) const fn is_by_hand(self) -> bool {
        !self.is_of_message
    }

    #[cfg(test)]
    pub(super) const fn number(self) -> u64 {
        self.number
    }
}
