//! Which load may start next, and which waiting wishes it answers along with its own. Decides, and does nothing.
//!
//! Each table has a lane, in which wishes wait in the order of their tickets. One load of a table runs at a time; when
//! it starts, it takes along the wishes that ask nothing else. A wish that comes later is never answered by it: the
//! load may have listed the bucket before the wish's file was there.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::load::TableWish;
use crate::model::target_table::TargetTable;

/// A wish's place in the order of arrival. A wish that has to wait again keeps its ticket, and so its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(pub(super) u64);

/// A load that may start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) target: TargetTable,
    /// Whose wish is carried out.
    pub(super) leader: Ticket,
    /// Whose wishes are answered along with it, by ticket, with the ids of their messages.
    pub(super) followers: Vec<(Ticket, String)>,
}

/// Whom the end of a load answers besides its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// All who were taken along.
    Followers,
    /// Only those whose wish is the same to the letter, as when it failed.
    Equals,
    /// Nobody: what happened concerns the leader's message only.
    Nobody,
}

/// As many ids as one statement records.
const MOST_FOLLOWERS: usize = 1000;

/// The lanes of all tables.
pub(super) struct Schedule {
    lanes: HashMap<TargetTable, Lane>,
    /// Tables with waiting wishes and no load, in the order in which they may start.
    ready: VecDeque<TargetTable>,
    free_places: usize,
    is_paused: bool,
    is_closed: bool,
}

#[derive(Default)]
struct Lane {
    waiting: BTreeMap<Ticket, TableWish>,
    load: Option<RunningLoad>,
}

struct RunningLoad {
    wish: TableWish,
    followers: BTreeMap<Ticket, TableWish>,
}

impl Schedule {
    /// A schedule of at most `places` loads at one time.
    pub(super) fn new(places: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            free_places: places,
            is_paused: false,
            is_closed: false,
        }
    }

    /// No load starts while paused; what runs goes on.
    pub(super) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// No load starts any more; what runs goes on, and answers those it was started for.
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

    pub(super) fn arrive(&mut self, ticket: Ticket, wish: TableWish) {
        let target = wish.target.clone();
        let lane = self.lanes.entry(target.clone()).or_default();
        let is_new_in_line = lane.waiting.is_empty() && lane.load.is_none();
        lane.waiting.insert(ticket, wish);
        if is_new_in_line {
            self.ready.push_back(target);
        }
    }

    /// The next load that may start; it counts as running from now on. To be asked until it gives none.
    pub(super) fn start(&mut self) -> Option<Start> {
        if self.is_paused || self.is_closed || self.free_places == 0 {
            return None;
        }
        let target = self.ready.pop_front()?;
        let lane = self.lanes.get_mut(&target).expect("a table that is ready has a lane");
        let (leader, wish) = lane.waiting.pop_first().expect("a table that is ready has a waiting wish");
        let taken = taken_along(&wish, &lane.waiting);
        let followers: BTreeMap<Ticket, TableWish> =
            taken.iter().filter_map(|ticket| lane.waiting.remove_entry(ticket)).collect();
        let ids = followers.iter().map(|(ticket, wish)| (*ticket, wish.message_id.clone())).collect();
        lane.load = Some(RunningLoad { wish, followers });
        self.free_places -= 1;
        Some(Start { target, leader, followers: ids })
    }

    /// The load of a table has ended. Returns the followers whom its outcome answers; the others wait again, in their
    /// places.
    pub(super) fn end(&mut self, target: &TargetTable, answers: Answers) -> Vec<Ticket> {
        let Some(lane) = self.lanes.get_mut(target) else { return Vec::new() };
        let Some(RunningLoad { wish, followers }) = lane.load.take() else { return Vec::new() };
        self.free_places += 1;
        let mut answered = Vec::new();
        for (ticket, follower) in followers {
            let is_answered = match answers {
                Answers::Followers => true,
                Answers::Equals => follower.request.force == wish.request.force,
                Answers::Nobody => false,
            };
            if is_answered {
                answered.push(ticket);
            } else {
                lane.waiting.insert(ticket, follower);
            }
        }
        if lane.waiting.is_empty() {
            self.lanes.remove(target);
        } else {
            self.ready.push_back(target.clone());
        }
        answered
    }

    /// Every table with its load, as message id and number of followers, and the number of wishes that wait.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&TargetTable, Option<(&str, usize)>, usize)> {
        self.lanes.iter().map(|(target, lane)| {
            let load = lane.load.as_ref();
            let load = load.map(|load| (load.wish.message_id.as_str(), load.followers.len()));
            (target, load, lane.waiting.len())
        })
    }

    /// A wish is given up: it neither waits nor follows any more. A load under way is ended by [`Schedule::end`].
    pub(super) fn leave(&mut self, target: &TargetTable, ticket: Ticket) {
        let Some(lane) = self.lanes.get_mut(target) else { return };
        if let Some(load) = &mut lane.load {
            load.followers.remove(&ticket);
        }
        lane.waiting.remove(&ticket);
        if lane.waiting.is_empty() && lane.load.is_none() {
            self.lanes.remove(target);
            // Names from messages must not pile up.
            self.ready.retain(|ready| ready != target);
        }
    }
}

/// The waiting wishes that a load of `leader` answers. Passing by others on the way is allowed as long as the order
/// does not matter. It matters to a wish that clears the table, and to one that replaces rows of a date by those of
/// another file.
fn taken_along(leader: &TableWish, waiting: &BTreeMap<Ticket, TableWish>) -> Vec<Ticket> {
    let mut taken = Vec::new();
    for (ticket, wish) in waiting {
        if taken.len() == MOST_FOLLOWERS {
            break;
        }
        if leader.answers(wish) {
            taken.push(*ticket);
        } else if leader.request.truncate
            || wish.request.truncate
            || (wish.request.force && !leader.reads_the_same(wish))
        {
            break;
        }
    }
    taken
}

#[cfg(test)]
mod tests;
