//! The hold: how much the daemon takes in hand.
//!
//! Messages come from outside. A thousand of a megabyte each, or of a hundred tables each, must fit into the memory that
//! the daemon is given, so receiving stops before a [bound](Measure) is passed.
//!
//! Within it, more is held than can soon start, on purpose: what is in hand is what a load can cover along with its own
//! message, so that ten thousand messages for a hundred tables are few loads, and tables with nothing to do pass by those
//! that wait. It costs a batch request for ten messages at a third of the visibility timeout: a thousand in hand, a request a
//! second, and ten thousand that announce files, ten. Several daemons on one deep queue that should share it evenly are given a smaller `MAX_HELD_MESSAGES`.
//!
//! What comes is not known before it is received. Room is kept for what open polls may bring if their messages weigh as much as those of late
//! did, and no more polls are open than memory bears in the worst case, when each brings the largest messages that there are: all
//! bodies together are then [`MOST_BYTES`], for as long as that takes to be worked off.

pub(super) mod measure;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::daemon::polls::{BATCH, MOST_POLLS};

use measure::{LARGEST_BODY, Measure, Size};

/// What messages in hand and open polls bring at most, in bytes. The container of deploy/ is given three times as many, as the answers that bring them are in memory besides.
const MOST_BYTES: usize = 128 << 20;

/// Messages of paused tables that may wait in hand: not so many that others find no room. Large ones [crowd](Hold::crowded_to) it with
/// fewer.
pub(super) fn most_paused(max_messages: usize) -> usize {
    (max_messages / 4).min(100)
}

/// What may be in hand at one time.
pub(super) struct Hold {
    measure: Measure,
    held: Mutex<Held>,
    /// A message was let go, or a poll has been answered.
    released: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    weight: usize,
    bytes: usize,
    /// Messages that open polls may bring.
    reserved: usize,
    /// What each of those weighs, by what has come of late.
    expected: usize,
}

/// What one message takes up of the hold; free again when dropped.
pub(super) struct Taken {
    hold: Arc<Hold>,
    weight: usize,
    bytes: usize,
}

/// Room for what an open poll may bring; free again when dropped.
pub(super) struct Reserved {
    hold: Arc<Hold>,
    count: usize,
}

impl Reserved {
    /// Messages.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.hold.held().reserved -= self.count;
        self.hold.released.notify_one();
    }
}

impl Hold {
    pub(super) fn new(max_messages: usize) -> Arc<Self> {
        let measure = Measure::new(max_messages);
        let held = Held { weight: 0, bytes: 0, reserved: 0, expected: measure.heaviest() };
        Arc::new(Self { measure, held: Mutex::new(held), released: Notify::new() })
    }

    pub(super) fn measure(&self) -> Measure {
        self.measure
    }

    /// Waits until there is room for at least one message, and reserves it for `most` or as many as there is room for.
    pub(super) async fn reserve(self: &Arc<Self>, most: usize) -> Reserved {
        loop {
            // Before looking, so that a release in between is not missed.
            let released = self.released.notified();
            if let Some(reserved) = self.reserve_now(most) {
                return reserved;
            }
            released.await;
        }
    }

    fn reserve_now(self: &Arc<Self>, most: usize) -> Option<Reserved> {
        let mut held = self.held();
        let as_expected =
            self.measure.capacity().saturating_sub(held.weight) / held.expected.max(self.measure.lightest());
        let at_worst = MOST_BYTES.saturating_sub(held.bytes) / LARGEST_BODY;
        let count = as_expected.min(at_worst).saturating_sub(held.reserved).min(most);
        held.reserved += count;
        drop(held);
        (count > 0).then(|| Reserved { hold: Arc::clone(self), count })
    }

    /// Learns from the heaviest message of a poll what others may bring: the next ones are expected to be as heavy, and a little less
    /// with each poll that brought nothing of the kind.
    pub(super) fn learn(&self, heaviest: usize) {
        let mut held = self.held();
        held.expected = heaviest.max(held.expected / 2);
    }

    /// When it is too full to receive as fast as the queue gives: what all tables together may keep of it. The rest, half at most, is for
    /// what open polls may bring, and for twice as many messages that are being given back meanwhile.
    pub(super) fn crowded_to(&self) -> Option<usize> {
        let Held { weight, expected, .. } = *self.held();
        let (capacity, lightest) = (self.measure.capacity(), self.measure.lightest());
        let of_each = expected.max(lightest) + 2 * expected;
        let kept = capacity.saturating_sub(MOST_POLLS * BATCH * of_each).max(capacity / 2);
        (weight > kept).then_some(kept)
    }

    /// Takes a message into the hold. To be called for no more messages than [`Hold::reserve`] has had room for.
    pub(super) fn take(self: &Arc<Self>, size: Size) -> Taken {
        let (weight, bytes) = (self.measure.weight(size), size.bytes);
        let mut held = self.held();
        held.weight += weight;
        held.bytes += bytes;
        drop(held);
        Taken { hold: Arc::clone(self), weight, bytes }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut held = self.hold.held();
        held.weight -= self.weight;
        held.bytes -= self.bytes;
        drop(held);
        self.hold.released.notify_one();
    }
}

#[cfg(test)]
mod tests;
