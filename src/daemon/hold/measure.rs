//! How much of the hold a message takes up: one number for all of its bounds. Decides, and does nothing.
//!
//! Three things are bounded: messages, bytes that are kept of them, and the tables that they name. A message takes up the largest
//! of its shares of these, so that no bound is passed as long as the sum is not, and what one table has in hand can be compared
//! with what another has, however large its messages are.

use crate::daemon::asked::Asked;
use crate::model::announced_file::AnnouncedFile;
use crate::queue::Message;

/// The largest body that SQS delivers [AWS: SQS, quotas of messages].
pub(super) const LARGEST_BODY: usize = 1 << 20;
/// What is kept of messages: bodies, so that they can be parked as they came, or keys of files.
const MAX_BYTES: usize = 40 << 20;
/// Tables that messages name besides one each: all wait for their turns.
const MAX_MORE_TABLES: usize = 5_000;
/// What one load message names at most.
const MOST_TABLES: usize = 100;

/// A message that announces files is kept as their keys, and many of them make one load: ten take up as much as a load message.
const OF_FILES: usize = 1;
const OF_LOAD_MESSAGE: usize = 10;

/// What is in hand of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) struct Size {
    pub(in crate::daemon) announces_files: bool,
    pub(in crate::daemon) bytes: usize,
    pub(in crate::daemon) tables: usize,
}

impl Size {
    /// The size of a message with what is left of its body; without what it asks for when that cannot be understood.
    pub(in crate::daemon) fn of(message: &Message, asked: Option<&Asked>) -> Self {
        let orders = asked.map_or(&[][..], |asked| &asked.orders);
        let announced = orders.iter().filter_map(|order| order.announced.as_ref());
        let announced = announced.flat_map(|announced| &announced.files);
        let events = asked.and_then(|asked| asked.events.as_ref());
        let refused = events.iter().flat_map(|events| &events.refused).flat_map(|refused| &refused.files);
        let of_files = announced.chain(refused).map(AnnouncedFile::bytes_kept).sum::<usize>();
        Self { announces_files: events.is_some(), bytes: message.body.len() + of_files, tables: orders.len() }
    }
}

/// Weighs messages against a bound of so many load messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) struct Measure {
    capacity: usize,
}

impl Measure {
    pub(in crate::daemon) fn new(max_messages: usize) -> Self {
        Self { capacity: max_messages.saturating_mul(OF_LOAD_MESSAGE) }
    }

    /// What all messages in hand may weigh together.
    pub(super) fn capacity(self) -> usize {
        self.capacity
    }

    pub(in crate::daemon) fn weight(self, size: Size) -> usize {
        let of_kind = if size.announces_files { OF_FILES } else { OF_LOAD_MESSAGE };
        let of_bytes = self.share(size.bytes, MAX_BYTES);
        let of_tables = self.share(size.tables.saturating_sub(1), MAX_MORE_TABLES);
        of_kind.max(of_bytes).max(of_tables)
    }

    /// The least that is to be expected of a message that has not come yet: it may ask for a load.
    pub(super) fn lightest(self) -> usize {
        OF_LOAD_MESSAGE
    }

    /// The most that a message weighs.
    pub(super) fn heaviest(self) -> usize {
        self.weight(Size { announces_files: false, bytes: LARGEST_BODY, tables: MOST_TABLES })
    }

    fn share(self, part: usize, whole: usize) -> usize {
        part.saturating_mul(self.capacity).div_ceil(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: Size = Size { announces_files: false, bytes: 100, tables: 1 };
    const FILES: Size = Size { announces_files: true, ..LOAD };

    /// How many of them may be in hand by default.
    fn fit(size: Size) -> usize {
        let measure = Measure::new(1000);
        measure.capacity() / measure.weight(size)
    }

    #[test]
    fn as_many_load_messages_are_held_as_is_said_and_ten_times_as_many_that_announce_files() {
        assert_eq!((fit(LOAD), fit(FILES)), (1000, 10_000));
    }

    #[test]
    fn large_messages_and_those_of_many_tables_are_held_in_smaller_numbers() {
        assert_eq!(fit(Size { bytes: LARGEST_BODY, ..LOAD }), 40);
        assert_eq!(fit(Size { bytes: LARGEST_BODY, ..FILES }), 40);
        assert_eq!(fit(Size { tables: MOST_TABLES, ..LOAD }), 50);
        assert_eq!(fit(Size { tables: 3, ..FILES }), 2_500);
    }

    #[test]
    fn a_bound_of_one_message_lets_one_of_any_size_in() {
        let measure = Measure::new(1);
        assert_eq!(measure.heaviest(), measure.capacity());
    }
}
