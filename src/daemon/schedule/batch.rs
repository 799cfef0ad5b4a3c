//! Files of one table that announced themselves and are gathered for one load.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::daemon::schedule::ticket::Ticket;
use crate::model::batch_limits::BatchLimits;
use crate::request::order::{Announced, Order};
use crate::request::relation::gathers;

/// They line up again one after another, but at once.
const LONGEST_OF_PUT_OFF: Duration = Duration::from_secs(1);

/// The waiting orders that can be loaded together, in the order of their tickets. Never empty.
pub(super) struct Batch {
    orders: BTreeMap<Ticket, Order>,
    limits: BatchLimits,
    size: Size,
    /// When it waits for no others any more.
    due: Instant,
}

/// What the limits are about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    files: usize,
    /// Files of unknown size count as empty. Sizes come from outside: no sum of them is too large for this.
    bytes: u128,
}

impl Size {
    fn of(order: &Order) -> Self {
        let files = order.announced.as_ref().map_or(&[][..], |announced| &announced.files);
        Self { files: files.len(), bytes: files.iter().filter_map(|file| file.size).map(u128::from).sum() }
    }

    fn and(self, other: Self) -> Self {
        Self { files: self.files + other.files, bytes: self.bytes + other.bytes }
    }

    fn without(self, part: Self) -> Self {
        Self { files: self.files - part.files, bytes: self.bytes - part.bytes }
    }

    fn reaches(self, limits: &BatchLimits) -> bool {
        self.files >= limits.files || self.bytes >= u128::from(limits.bytes)
    }

    fn fits(self, limits: &BatchLimits) -> bool {
        self.files <= limits.files && self.bytes <= u128::from(limits.bytes)
    }
}

impl Batch {
    /// A batch of one order, which waits for others as long as it says; one that was put off only for those that were put off with it.
    pub(super) fn of(ticket: Ticket, order: Order, announced: &Announced, now: Instant) -> Self {
        let limits = announced.limits;
        let linger = match announced.set_aside {
            Some(_) => limits.linger.min(LONGEST_OF_PUT_OFF),
            None => limits.linger,
        };
        let (size, due) = (Size::of(&order), now + linger);
        Self { orders: BTreeMap::from([(ticket, order)]), limits, size, due }
    }

    /// Whether the order can be loaded together with these.
    pub(super) fn takes(&self, order: &Order) -> bool {
        self.orders.values().next().is_some_and(|one| gathers(one, order))
    }

    pub(super) fn insert(&mut self, ticket: Ticket, order: Order) {
        self.size = self.size.and(Size::of(&order));
        self.orders.insert(ticket, order);
    }

    /// Takes an order out that is given up.
    pub(super) fn remove(&mut self, ticket: Ticket) {
        if let Some(order) = self.orders.remove(&ticket) {
            self.size = self.size.without(Size::of(&order));
        }
    }

    pub(super) fn first(&self) -> Option<Ticket> {
        self.orders.first_key_value().map(|(ticket, _)| *ticket)
    }

    pub(super) fn has(&self, ticket: Ticket) -> bool {
        self.orders.contains_key(&ticket)
    }

    pub(super) fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.orders.keys().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    pub(super) fn limits(&self) -> BatchLimits {
        self.limits
    }

    /// When it waits for no others any more, unless it is full before.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn waits_no_longer(&mut self, now: Instant) {
        self.due = self.due.min(now);
    }

    pub(super) fn is_full(&self) -> bool {
        self.size.reaches(&self.limits)
    }

    /// Takes out what one load takes, of the orders before `end`: the first, however large it is, and those behind it up to the first
    /// one that does not fit.
    pub(super) fn take(&mut self, end: Option<Ticket>) -> BTreeMap<Ticket, Order> {
        let mut taken = BTreeMap::new();
        let mut size = Size::default();
        while let Some(next) = self.orders.first_entry() {
            let with_next = size.and(Size::of(next.get()));
            let is_beyond = end.is_some_and(|end| *next.key() > end);
            if is_beyond || !(taken.is_empty() || with_next.fits(&self.limits)) {
                break;
            }
            size = with_next;
            let (ticket, order) = next.remove_entry();
            taken.insert(ticket, order);
        }
        self.size = self.size.without(size);
        taken
    }
}
