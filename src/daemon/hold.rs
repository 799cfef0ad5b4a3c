//! The hold: how much the daemon takes in hand, in messages, in bytes of their bodies, and in tables that they name.
//!
//! Messages come from outside. A thousand of a megabyte each, or of a hundred tables each, must fit into the memory that
//! the daemon is given, so receiving stops before any of the three bounds is passed. A message that announces files is kept as their
//! keys, and many of them make one load: ten of these take up as much of the bound as one load message. What comes is not known
//! before it is received, so there is room as long as there is room for load messages.
//!
//! Within them, more is held than can soon start, on purpose: what is in hand is what a load can cover along with its own
//! message, so that ten thousand messages for a hundred tables are few loads, and tables with nothing to do pass by those
//! that wait. It costs a batch request for ten messages at a third of the visibility timeout: a thousand in hand, a request a
//! second, and ten thousand that announce files, ten. Several daemons on one deep queue that should share it evenly are given a smaller `MAX_HELD_MESSAGES`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The largest body that SQS delivers [AWS: SQS, quotas of messages].
const LARGEST_BODY: usize = 1 << 20;
/// Bodies in hand, which are kept so that a message can be parked as it came.
const MAX_BYTES: usize = 16 << 20;
/// Tables in hand that wait for their turn, or are loaded, unless more messages are asked for. One message brings a hundred
/// at most.
const MAX_TABLES: usize = 5_000;

/// What messages take up of the bound that is in messages.
const OF_LOAD_MESSAGE: usize = 10;
const OF_FILES: usize = 1;

/// What a message takes up of the bound that is in messages.
pub(super) fn weight(announces_files: bool) -> usize {
    if announces_files { OF_FILES } else { OF_LOAD_MESSAGE }
}

/// Messages of paused tables that may wait in hand: not so many that others find no room, and not more bytes of bodies than half
/// of what may be held.
pub(super) fn most_paused(max_messages: usize) -> usize {
    (max_messages / 4).min(100)
}

/// What may be in hand at one time.
pub(super) struct Hold {
    max_messages: usize,
    /// Of all messages in hand.
    max_weight: usize,
    held: Mutex<Held>,
    /// A message was let go.
    released: Notify,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Held {
    weight: usize,
    bytes: usize,
    tables: usize,
}

/// What one message takes up of the hold; free again when dropped.
pub(super) struct Taken {
    hold: Arc<Hold>,
    weight: usize,
    bytes: usize,
    tables: usize,
}

impl Hold {
    pub(super) fn new(max_messages: usize) -> Arc<Self> {
        let max_weight = max_messages.saturating_mul(OF_LOAD_MESSAGE);
        Arc::new(Self { max_messages, max_weight, held: Mutex::default(), released: Notify::new() })
    }

    /// Waits until there is room for at least one message of any size, and says for how many.
    pub(super) async fn room(&self) -> usize {
        loop {
            // Before looking, so that a release in between is not missed.
            let released = self.released.notified();
            let room = self.room_now();
            if room > 0 {
                return room;
            }
            released.await;
        }
    }

    fn room_now(&self) -> usize {
        let Held { weight, bytes, tables } = *self.held();
        if tables >= self.max_tables() {
            return 0;
        }
        let of_any_size = MAX_BYTES.saturating_sub(bytes) / LARGEST_BODY;
        (self.max_weight.saturating_sub(weight) / OF_LOAD_MESSAGE).min(of_any_size)
    }

    fn max_tables(&self) -> usize {
        MAX_TABLES.max(self.max_messages)
    }

    /// When it is nearly full: what the messages of one table may take up of it at most, by weight, so that those of others are
    /// received. It is half of what is in hand, and one message in any case.
    pub(super) fn most_of_a_table(&self) -> Option<usize> {
        let Held { weight, bytes, tables } = *self.held();
        let is_nearly = |taken: usize, most: usize| taken >= most - most / 10;
        let is_nearly_full = is_nearly(weight, self.max_weight)
            || is_nearly(bytes, MAX_BYTES - LARGEST_BODY)
            || is_nearly(tables, self.max_tables());
        is_nearly_full.then_some((weight / 2).max(OF_LOAD_MESSAGE))
    }

    /// Takes a message into the hold. To be called for no more messages than [`Hold::room`] has said.
    pub(super) fn take(self: &Arc<Self>, weight: usize, bytes: usize, tables: usize) -> Taken {
        let mut held = self.held();
        held.weight += weight;
        held.bytes += bytes;
        held.tables += tables;
        drop(held);
        Taken { hold: Arc::clone(self), weight, bytes, tables }
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
        held.tables -= self.tables;
        drop(held);
        self.hold.released.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn no_more_messages_are_received_than_may_be_held() {
        let hold = Hold::new(2);
        assert_eq!(hold.room().now_or_never(), Some(2));
        let first = hold.take(OF_LOAD_MESSAGE, 10, 1);
        let _second = hold.take(OF_LOAD_MESSAGE, 10, 1);
        assert_eq!(hold.room().now_or_never(), None);
        drop(first);
        assert_eq!(hold.room().now_or_never(), Some(1));
    }

    #[test]
    fn large_messages_leave_room_for_fewer() {
        let hold = Hold::new(1000);
        let taken: Vec<Taken> = (0..10).map(|_| hold.take(OF_LOAD_MESSAGE, LARGEST_BODY, 1)).collect();
        assert_eq!(hold.room().now_or_never(), Some(6));
        let _more: Vec<Taken> = (0..6).map(|_| hold.take(OF_LOAD_MESSAGE, LARGEST_BODY, 1)).collect();
        assert_eq!(hold.room().now_or_never(), None);
        drop(taken);
        assert_eq!(hold.room().now_or_never(), Some(10));
    }

    #[test]
    fn messages_of_many_tables_leave_room_for_fewer() {
        let hold = Hold::new(1000);
        let taken: Vec<Taken> = (0..50).map(|_| hold.take(OF_LOAD_MESSAGE, 100, 100)).collect();
        assert_eq!(hold.room().now_or_never(), None);
        drop(taken);
        assert_eq!(hold.room().now_or_never(), Some(16));
    }

    #[test]
    fn ten_messages_that_announce_files_take_up_as_much_as_one_that_asks_for_a_load() {
        let hold = Hold::new(2);
        let mut taken: Vec<Taken> = (0..10).map(|_| hold.take(OF_FILES, 10, 1)).collect();
        assert_eq!(hold.room().now_or_never(), Some(1));
        taken.push(hold.take(OF_FILES, 10, 1));
        assert_eq!(hold.room().now_or_never(), None, "what comes next may ask for a load");
    }

    #[test]
    fn one_table_may_take_up_half_of_what_is_in_hand_once_that_is_nearly_all() {
        let hold = Hold::new(100);
        let mut taken: Vec<Taken> = (0..89).map(|_| hold.take(OF_LOAD_MESSAGE, 10, 1)).collect();
        assert_eq!(hold.most_of_a_table(), None);
        taken.push(hold.take(OF_LOAD_MESSAGE, 10, 1));
        assert_eq!(hold.most_of_a_table(), Some(45 * OF_LOAD_MESSAGE));
    }

    #[test]
    fn large_messages_and_those_of_many_tables_fill_it_as_well() {
        for (bytes, tables) in [(LARGEST_BODY, 1), (10, 400)] {
            let hold = Hold::new(1000);
            let _taken: Vec<Taken> = (0..14).map(|_| hold.take(OF_LOAD_MESSAGE, bytes, tables)).collect();
            assert_eq!(hold.most_of_a_table(), Some(7 * OF_LOAD_MESSAGE));
        }
    }

    #[test]
    fn a_message_of_its_own_is_left_to_every_table() {
        let hold = Hold::new(1);
        let _taken = hold.take(OF_LOAD_MESSAGE, 10, 1);
        assert_eq!(hold.most_of_a_table(), Some(OF_LOAD_MESSAGE));
    }

    #[tokio::test]
    async fn whoever_waits_for_room_hears_of_a_release() {
        let hold = Hold::new(1);
        let taken = hold.take(OF_LOAD_MESSAGE, 1, 1);
        let (room, ()) = tokio::join!(hold.room(), async { drop(taken) });
        assert_eq!(room, 1);
    }
}
