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
/// Bodies in hand, which are kept so that a message can be parked as it came. While few and small ones are in hand, as many polls
/// may be open as are of use.
const MAX_BYTES: usize = 40 << 20;
/// Tables in hand that wait for their turn, or are loaded, unless more messages are asked for.
const MAX_TABLES: usize = 5_000;
/// What one load message brings at most.
const MOST_TABLES: usize = 100;

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
    /// A message was let go, or a poll has been answered.
    released: Notify,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Held {
    weight: usize,
    bytes: usize,
    tables: usize,
    /// Messages that open polls may bring, of any size.
    reserved: usize,
}

/// What one message takes up of the hold; free again when dropped.
pub(super) struct Taken {
    hold: Arc<Hold>,
    weight: usize,
    bytes: usize,
    tables: usize,
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
        let max_weight = max_messages.saturating_mul(OF_LOAD_MESSAGE);
        Arc::new(Self { max_messages, max_weight, held: Mutex::default(), released: Notify::new() })
    }

    /// Waits until there is room for at least one message of any size, and reserves it for `most` or as many as there is room for.
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
        let by_weight = self.max_weight.saturating_sub(held.weight) / OF_LOAD_MESSAGE;
        let by_bytes = MAX_BYTES.saturating_sub(held.bytes) / LARGEST_BODY;
        let by_tables = self.max_tables().saturating_sub(held.tables) / MOST_TABLES;
        let room = by_weight.min(by_bytes).min(by_tables);
        let count = room.saturating_sub(held.reserved).min(most);
        held.reserved += count;
        drop(held);
        (count > 0).then(|| Reserved { hold: Arc::clone(self), count })
    }

    /// With room for what polls may bring when each message in hand names one table.
    fn max_tables(&self) -> usize {
        MAX_TABLES.max(self.max_messages + MAX_BYTES / LARGEST_BODY * MOST_TABLES)
    }

    /// When it is nearly full: what the messages of one table may take up of it at most, by weight, so that those of others are
    /// received. It is half of what is in hand, and one message in any case.
    pub(super) fn most_of_a_table(&self) -> Option<usize> {
        let Held { weight, bytes, tables, .. } = *self.held();
        let is_nearly = |taken: usize, most: usize| taken >= most - most / 10;
        let is_nearly_full = is_nearly(weight, self.max_weight)
            || is_nearly(bytes, MAX_BYTES - LARGEST_BODY)
            || is_nearly(tables, self.max_tables() - MOST_TABLES);
        is_nearly_full.then_some((weight / 2).max(OF_LOAD_MESSAGE))
    }

    /// Takes a message into the hold. To be called for no more messages than [`Hold::reserve`] has had room for.
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

    /// For how many messages there is room.
    fn room(hold: &Arc<Hold>) -> usize {
        hold.reserve(usize::MAX).now_or_never().map_or(0, |reserved| reserved.count())
    }

    #[test]
    fn what_open_polls_may_bring_counts_as_if_it_were_in_hand() {
        let hold = Hold::new(25);
        let polls: Vec<Reserved> = (0..3).filter_map(|_| hold.reserve(10).now_or_never()).collect();
        assert_eq!(polls.iter().map(Reserved::count).collect::<Vec<usize>>(), [10, 10, 5]);
        assert!(hold.reserve(10).now_or_never().is_none());
        drop(polls);
        assert_eq!(room(&hold), 25);
    }

    #[test]
    fn open_polls_may_bring_messages_of_any_size_and_of_many_tables() {
        for (bytes, tables) in [(LARGEST_BODY, 1), (10, MOST_TABLES)] {
            let hold = Hold::new(1000);
            let mut taken = Vec::new();
            while let Some(poll) = hold.reserve(10).now_or_never() {
                let count = poll.count();
                drop(poll);
                taken.extend((0..count).map(|_| hold.take(OF_LOAD_MESSAGE, bytes, tables)));
            }
            let Held { bytes, tables, .. } = *hold.held();
            assert!(bytes <= MAX_BYTES && tables <= hold.max_tables(), "{bytes} bytes, {tables} tables");
        }
    }

    #[test]
    fn no_more_messages_are_received_than_may_be_held() {
        let hold = Hold::new(2);
        assert_eq!(room(&hold), 2);
        let first = hold.take(OF_LOAD_MESSAGE, 10, 1);
        let _second = hold.take(OF_LOAD_MESSAGE, 10, 1);
        assert_eq!(room(&hold), 0);
        drop(first);
        assert_eq!(room(&hold), 1);
    }

    #[test]
    fn large_messages_leave_room_for_fewer() {
        let hold = Hold::new(1000);
        let taken: Vec<Taken> = (0..34).map(|_| hold.take(OF_LOAD_MESSAGE, LARGEST_BODY, 1)).collect();
        assert_eq!(room(&hold), 6);
        let _more: Vec<Taken> = (0..6).map(|_| hold.take(OF_LOAD_MESSAGE, LARGEST_BODY, 1)).collect();
        assert_eq!(room(&hold), 0);
        drop(taken);
        assert_eq!(room(&hold), 34);
    }

    #[test]
    fn messages_of_many_tables_leave_room_for_fewer() {
        let hold = Hold::new(1000);
        let taken: Vec<Taken> = (0..50).map(|_| hold.take(OF_LOAD_MESSAGE, 100, 100)).collect();
        assert_eq!(room(&hold), 0);
        drop(taken);
        assert_eq!(room(&hold), 40);
    }

    #[test]
    fn ten_messages_that_announce_files_take_up_as_much_as_one_that_asks_for_a_load() {
        let hold = Hold::new(2);
        let mut taken: Vec<Taken> = (0..10).map(|_| hold.take(OF_FILES, 10, 1)).collect();
        assert_eq!(room(&hold), 1);
        taken.push(hold.take(OF_FILES, 10, 1));
        assert_eq!(room(&hold), 0, "what comes next may ask for a load");
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
        for (bytes, tables) in [(LARGEST_BODY, 1), (10, MOST_TABLES)] {
            let hold = Hold::new(1000);
            let _taken: Vec<Taken> = (0..46).map(|_| hold.take(OF_LOAD_MESSAGE, bytes, tables)).collect();
            assert_eq!(hold.most_of_a_table(), Some(23 * OF_LOAD_MESSAGE));
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
        let (reserved, ()) = tokio::join!(hold.reserve(10), async { drop(taken) });
        assert_eq!(reserved.count(), 1);
    }
}
