//! Which orders wait here no longer, and go back to the queue: all of them at the end, those of paused tables beyond a number, and
//! those of tables that take up more than their share.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::daemon::schedule::level::level;
use crate::daemon::schedule::{Schedule, Ticket};
use crate::model::pause::Pause;
use crate::model::target_table::TargetTable;

/// Orders of paused tables that may wait here, as one message may bring a hundred.
const MOST_PAUSED_ORDERS: usize = 1000;

impl Schedule {
    /// Who waits for a load that will not start any more; gives them up.
    pub(in crate::daemon) fn give_up_waiting(&mut self, now: Instant) -> Vec<(TargetTable, Ticket)> {
        if !self.is_closed {
            return Vec::new();
        }
        let waiting = self.lanes.iter();
        let waiting =
            waiting.flat_map(|(target, lane)| lane.waiting().map(|ticket| (target.clone(), ticket)));
        self.give_up(waiting.collect(), now)
    }

    /// Whose wait for paused tables takes up too much of what may be in hand, as others are to be received meanwhile: the last
    /// that came. Gives them up.
    pub(in crate::daemon) fn give_up_paused(&mut self, now: Instant) -> Vec<(TargetTable, Ticket, Pause)> {
        // Not for each message of other tables.
        if !std::mem::take(&mut self.has_more_paused) {
            return Vec::new();
        }
        let mut paused: BTreeMap<Ticket, Vec<(TargetTable, Ticket, Pause)>> = BTreeMap::new();
        for (target, lane) in &self.lanes {
            let Some(pause) = self.gate.pause_of(target) else { continue };
            for ticket in lane.waiting().filter(|ticket| !ticket.is_by_hand()) {
                let of_message = paused.entry(ticket.message()).or_default();
                of_message.push((target.clone(), ticket, pause.clone()));
            }
        }
        let mut orders: usize = paused.values().map(Vec::len).sum();
        let mut given_up = Vec::new();
        while paused.len() > self.most_paused || orders > MOST_PAUSED_ORDERS {
            let Some((_, of_message)) = paused.pop_last() else { break };
            orders -= of_message.len();
            for (target, ticket, pause) in of_message {
                self.leave(&target, ticket, now);
                given_up.push((target, ticket, pause));
            }
        }
        given_up
    }

    /// The last that wait of the tables that have most, so that the orders of all weigh no more than `total`: each of those tables keeps
    /// the same, and one order in any case. What is being loaded counts, and is left. Gives them up.
    ///
    /// No table is cut to less than its part of half the total if as many tables are locked as there are slots. More of them would keep
    /// others from being loaded with any share; and a backlog of many tables, of which none has much, stays in hand, where one load covers
    /// all that a table has.
    pub(in crate::daemon) fn give_up_beyond(
        &mut self,
        total: usize,
        now: Instant,
    ) -> Vec<(TargetTable, Ticket)> {
        let weights = self.lanes.values().map(|lane| lane.weights.sum());
        let Some(level) = level(weights.collect(), total) else { return Vec::new() };
        let share = level.max(total / (2 * self.slots.max(1)));
        let beyond = self.lanes.iter().flat_map(|(target, lane)| {
            lane.waiting_beyond(share).into_iter().map(|ticket| (target.clone(), ticket))
        });
        self.give_up(beyond.collect(), now)
    }

    fn give_up(&mut self, orders: Vec<(TargetTable, Ticket)>, now: Instant) -> Vec<(TargetTable, Ticket)> {
        for (target, ticket) in &orders {
            self.leave(target, *ticket, now);
        }
        orders
    }
}
