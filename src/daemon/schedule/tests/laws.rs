//! What holds whatever comes, in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn ask() -> impl Strategy<Value = Ask> {
    let load = {
        let day = prop_oneof![Just(None), (1_u8..4).prop_map(Some)];
        (day, any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(day, force, clears)| {
            let mode = Some(if clears { LoadMode::Replace } else { LoadMode::Append });
            Ask { day, force, mode, ..NEWEST }
        })
    };
    let files = (1..LIMITS.files + 2).prop_map(|files| Ask { files, ..NEWEST });
    (prop_oneof![load, files], 0_u8..3, 0_u8..2).prop_map(|(ask, table, bucket)| Ask { table, bucket, ..ask })
}

/// A table as far as loads tell.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    /// The data dates that it has rows of, and from which bucket.
    days: BTreeMap<u8, u8>,
    /// Whose announced files it has rows of.
    files: BTreeSet<u64>,
}

impl Rows {
    /// What a load does to the table, when the bucket has files of the days 1 to 3.
    fn load(&mut self, ticket: u64, ask: Ask) {
        if ask.files > 0 {
            assert!(self.files.insert(ticket), "loaded twice");
            return;
        }
        let day = ask.day.unwrap_or(3);
        let is_newer = self.days.keys().all(|there| *there < day);
        if !is_newer && !ask.force {
            return;
        }
        if ask.force || ask.mode == Some(LoadMode::Replace) {
            // They may all be in the window that is replaced.
            self.files.clear();
        }
        if ask.mode == Some(LoadMode::Replace) {
            self.days.clear();
        }
        self.days.insert(day, ask.bucket);
    }
}

#[derive(Debug, Clone)]
enum Event {
    Arrive(Ask),
    Start,
    /// The end of one of the running loads.
    End(prop::sample::Index, Covered),
    /// One of the running loads met an outage: its order waits again.
    WaitAgain(prop::sample::Index),
    /// One of the orders that are not done yet is given up.
    Leave(prop::sample::Index),
    /// No more than so many orders may be in hand.
    Crowd(usize),
    Stop(bool),
    /// Every load is paused, or some of the tables are.
    Pause(bool, Vec<u8>),
    /// Seconds go by.
    Wait(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let covered = prop_oneof![Just(Covered::All), Just(Covered::Equals), Just(Covered::Nobody)];
    prop_oneof![
        4 => ask().prop_map(Event::Arrive),
        3 => Just(Event::Start),
        2 => (any::<prop::sample::Index>(), covered).prop_map(|(which, covered)| Event::End(which, covered)),
        1 => any::<prop::sample::Index>().prop_map(Event::WaitAgain),
        1 => any::<prop::sample::Index>().prop_map(Event::Leave),
        1 => (0_usize..6).prop_map(Event::Crowd),
        1 => any::<bool>().prop_map(Event::Stop),
        1 => (prop::bool::weighted(0.2), prop::collection::vec(0_u8..3, 0..3))
            .prop_map(|(all, tables)| Event::Pause(all, tables)),
        1 => (0..2 * LIMITS.linger.as_secs()).prop_map(Event::Wait),
    ]
}

proptest! {
    /// Merging, gathering and passing by change nothing about what is in a table in the end.
    #[test]
    fn a_table_ends_up_as_if_every_order_had_been_carried_out_in_order(
        asks in prop::collection::vec((ask(), 0_u64..80), 0..12),
        ends_before_the_next in any::<bool>(),
    ) {
        let ask = |ticket: u64| Ask { table: 0, ..asks[usize::try_from(ticket).unwrap()].0 };
        let count = u64::try_from(asks.len()).unwrap();
        let mut in_order = Rows::default();
        (0..count).for_each(|ticket| in_order.load(ticket, ask(ticket)));
        let (mut scheduled, mut schedule, mut now) = (Rows::default(), Schedule::new(2, 100), 0);
        let mut work = |schedule: &mut Schedule, now: u64| {
            while let Some(start) = schedule.start(at(now)) {
                let gathered = start.gathered.iter().map(|(ticket, _)| ticket.number());
                gathered.chain([start.leader.number()]).for_each(|ticket| scheduled.load(ticket, ask(ticket)));
                schedule.end(&start.target, Covered::All, at(now));
            }
        };
        for (ticket, (_, wait)) in (0..).zip(&asks) {
            schedule.arrive(Ticket::of_message(ticket), order(ticket, ask(ticket)), WEIGHT, at(now));
            now += wait;
            if ends_before_the_next {
                work(&mut schedule, now);
            }
        }
        work(&mut schedule, now + LIMITS.linger.as_secs());
        prop_assert_eq!(scheduled, in_order);
    }

    /// Every order is led to its end, carried out or given up once, whatever happens in between; and nobody passes by an order to
    /// whom that matters.
    #[test]
    fn no_order_is_lost_or_carried_out_twice(events in prop::collection::vec(event(), 0..60)) {
        let mut lanes = Checked { schedule: Schedule::new(2, 100), open: BTreeMap::new(), running: Vec::new(), now: 0 };
        let mut next = 0;
        for event in events {
            match event {
                Event::Arrive(ask) => {
                    lanes.schedule.arrive(Ticket::of_message(next), order(next, ask), WEIGHT, at(lanes.now));
                    lanes.open.insert(Ticket::of_message(next), (ask, lanes.now));
                    next += 1;
                }
                Event::Start => {
                    lanes.start()?;
                }
                Event::End(which, covered) => {
                    if let Some(start) = lanes.stop_running(which) {
                        lanes.end(&start, covered)?;
                    }
                }
                Event::WaitAgain(which) => {
                    if let Some(start) = lanes.stop_running(which) {
                        lanes.wait_again(start)?;
                    }
                }
                Event::Leave(which) => lanes.leave(which),
                Event::Crowd(most) => lanes.crowd(most)?,
                Event::Stop(is_stopped) => lanes.schedule.stop(is_stopped),
                Event::Pause(all, tables) => lanes.schedule.put_gate(gate(all, &tables)),
                Event::Wait(seconds) => lanes.now += seconds,
            }
        }
        lanes.schedule.stop(false);
        lanes.schedule.put_gate(gate(false, &[]));
        lanes.now += LIMITS.linger.as_secs();
        loop {
            while lanes.start()? {}
            let Some(start) = lanes.running.pop() else { break };
            lanes.end(&start, Covered::All)?;
        }
        let Checked { schedule, open, .. } = lanes;
        prop_assert!(open.is_empty(), "still waiting: {:?}", open);
        prop_assert!(schedule.lanes.is_empty() && schedule.standings.are_empty() && schedule.free_slots == 2);
    }
}

/// A schedule, and what is known of it from outside.
struct Checked {
    schedule: Schedule,
    /// Orders that are not done, and since when each waits at most.
    open: BTreeMap<Ticket, (Ask, u64)>,
    running: Vec<Start>,
    now: u64,
}

impl Checked {
    /// Starts a load, if one may, and checks that it may; says whether one has started.
    fn start(&mut self) -> Result<bool, TestCaseError> {
        let Some(start) = self.schedule.start(at(self.now)) else {
            let is_over = |since: u64| since + LIMITS.linger.as_secs() <= self.now;
            let may_start = |(ask, since): &(Ask, u64)| {
                let target = table(ask.table);
                let is_free = self.running.iter().all(|load| load.target != target);
                is_free && self.schedule.gate().lets(&target) && (ask.files == 0 || is_over(*since))
            };
            let is_stuck =
                !self.schedule.is_stopped && self.running.len() < 2 && self.open.values().any(may_start);
            prop_assert!(!is_stuck, "nobody starts, though somebody may");
            return Ok(false);
        };
        prop_assert!(self.running.len() < 2, "more loads than slots");
        prop_assert!(self.schedule.gate().lets(&start.target), "it is paused");
        prop_assert!(self.running.iter().all(|load| load.target != start.target), "two loads of a table");
        let others: Vec<Ticket> = all_of(&start).filter(|ticket| *ticket != start.leader).collect();
        for ticket in all_of(&start) {
            let waits_for = self.open.get(&ticket).map(|(ask, _)| table(ask.table));
            prop_assert_eq!(waits_for.as_ref(), Some(&start.target), "{:?} does not wait", ticket);
        }
        let files: usize = all_of(&start).map(|ticket| self.open[&ticket].0.files).sum();
        prop_assert!(files <= LIMITS.files || others.is_empty(), "{} files are more than the limit", files);
        let leader = self.open[&start.leader].0;
        let passed = self.open.range(..start.leader).map(|(_, (ask, _))| ask);
        for passed in passed.filter(|ask| ask.table == leader.table) {
            let takes_away = leader.files == 0 && (leader.force || leader.mode == Some(LoadMode::Replace));
            prop_assert!(passed.files > 0 && !takes_away, "{:?} passes by {:?}", leader, passed);
        }
        self.running.push(start);
        Ok(true)
    }

    fn stop_running(&mut self, which: prop::sample::Index) -> Option<Start> {
        (!self.running.is_empty()).then(|| self.running.swap_remove(which.index(self.running.len())))
    }

    fn end(&mut self, start: &Start, ending: Covered) -> Result<(), TestCaseError> {
        prop_assert!(self.open.remove(&start.leader).is_some());
        self.schedule.leave(&start.target, start.leader, at(self.now));
        for ticket in ended(&mut self.schedule, &start.target, ending, at(self.now)) {
            self.schedule.leave(&start.target, ticket, at(self.now));
            prop_assert!(all_of(start).any(|carried_out| carried_out == ticket));
            prop_assert!(self.open.remove(&ticket).is_some(), "{:?} is carried out twice", ticket);
        }
        Ok(())
    }

    /// The leader of a load waits again, and so do the others.
    fn wait_again(&mut self, start: Start) -> Result<(), TestCaseError> {
        let Start { target, leader, .. } = start;
        self.schedule.leave(&target, leader, at(self.now));
        self.schedule.arrive(leader, order(leader.number(), self.open[&leader].0), WEIGHT, at(self.now));
        prop_assert!(ended(&mut self.schedule, &target, Covered::Nobody, at(self.now)).is_empty());
        Ok(())
    }

    /// Those are given back that are beyond the shares of their tables, and no table that waits is left with nothing.
    fn crowd(&mut self, most: usize) -> Result<(), TestCaseError> {
        let open_of = |open: &BTreeMap<Ticket, (Ask, u64)>, target: &TargetTable| {
            open.values().filter(|(ask, _)| table(ask.table) == *target).count()
        };
        for (target, ticket) in self.schedule.give_up_beyond(most * WEIGHT, at(self.now)) {
            let is_carried_out = self.running.iter().any(|start| all_of(start).any(|other| other == ticket));
            prop_assert!(!is_carried_out, "{:?} is being loaded", ticket);
            prop_assert!(self.open.remove(&ticket).is_some(), "{:?} is given back twice", ticket);
            prop_assert!(open_of(&self.open, &target) > 0, "nothing is left of {}", target);
        }
        Ok(())
    }

    /// One of those gives up that are not the leader of a load.
    fn leave(&mut self, which: prop::sample::Index) {
        let is_leader = |ticket: &Ticket| self.running.iter().any(|start| start.leader == *ticket);
        let rest: Vec<Ticket> = self.open.keys().copied().filter(|ticket| !is_leader(ticket)).collect();
        if !rest.is_empty() {
            let ticket = rest[which.index(rest.len())];
            let (ask, _) = self.open.remove(&ticket).unwrap();
            self.schedule.leave(&table(ask.table), ticket, at(self.now));
        }
    }
}

/// Whose orders a load carries out.
fn all_of(start: &Start) -> impl Iterator<Item = Ticket> {
    let covered = start.covered.iter().map(|(ticket, _)| *ticket);
    covered.chain(start.gathered.iter().map(|(ticket, _)| *ticket)).chain([start.leader])
}
