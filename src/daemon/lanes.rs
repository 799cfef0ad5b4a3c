//! Lanes: orders stand in line for their table, and are called to load it or told that the load of another has covered them.
//!
//! The [`Schedule`] decides; here its decisions reach the tasks that wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::daemon::gate::Gate;
use crate::daemon::schedule::{Covered, LaneView, Schedule, Start, Ticket};
use crate::daemon::state::tables::{LoadStatus, TableStatus};
use crate::failure::Failure;
use crate::failure::disposition::{Scope, scope};
use crate::load::LoadOutcome;
use crate::model::batch_limits::BatchLimits;
use crate::model::pause::Pause;
use crate::model::target_table::TargetTable;
use crate::plan::decision::SkipReason;
use crate::request::order::{Announced, Order};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::progress::Progress;

/// How the load of a table ended.
pub(super) type LoadResult = Result<LoadOutcome, Failure>;

/// The lanes of all tables.
#[derive(Clone)]
pub(super) struct Lanes(Arc<Mutex<LanesState>>);

struct LanesState {
    schedule: Schedule,
    /// Who is to be called, by table and ticket.
    callers: HashMap<(TargetTable, Ticket), oneshot::Sender<Call>>,
    /// When the load of each table began.
    since: HashMap<TargetTable, Instant>,
    /// When the next table has waited long enough for more files.
    lingers_until: watch::Sender<Option<Instant>>,
    metrics: Arc<Metrics>,
}

impl LanesState {
    /// To be called after each change of the schedule.
    fn tell_who_waits(&self) {
        self.metrics.lanes_wait(self.schedule.waiting_for_a_slot());
        let next = self.schedule.lingers_until();
        self.lingers_until.send_if_modified(|known| std::mem::replace(known, next) != next);
    }
}

/// What an order in line is called for.
pub(super) enum Call {
    /// To load its table now.
    Load(Turn),
    /// To hear that another's load has covered it, or what has become of its files in that.
    Covered(LoadResult),
    /// To line up again, behind all others, with those of its files of which nothing is known yet.
    PutOff(Announced),
    /// To hear that it is to wait in the queue.
    GivenBack(WhyGivenBack),
    /// To hear that no load will start any more.
    Closed,
}

/// Why an order is to wait in the queue.
pub(super) enum WhyGivenBack {
    /// Its table is paused, and too many wait for that to end.
    Paused(Pause),
    /// Too much of what is in hand is for its table.
    Crowded,
}

/// An order in line; leaves it when dropped.
pub(super) struct InLine {
    lanes: Lanes,
    target: TargetTable,
    pub(super) ticket: Ticket,
    called: oneshot::Receiver<Call>,
}

/// The right to load one table now. Dropped without an end, it passes on to the next in line.
pub(super) struct Turn {
    lanes: Lanes,
    target: TargetTable,
    /// The messages whose orders this load covers too.
    pub(super) covered: Vec<String>,
    /// The files of the other orders that this load is to load along with the leader's, in order of arrival; only if the leader
    /// announces files.
    pub(super) gathered: Vec<Arc<Announced>>,
    has_ended: bool,
}

impl Lanes {
    /// Lanes in which at most `slots` loads run at one time, and so many messages of paused tables wait.
    pub(super) fn new(slots: usize, most_paused: usize, metrics: Arc<Metrics>) -> Self {
        let schedule = Schedule::new(slots, most_paused);
        let (callers, since) = (HashMap::new(), HashMap::new());
        let lingers_until = watch::Sender::new(None);
        Self(Arc::new(Mutex::new(LanesState { schedule, callers, since, lingers_until, metrics })))
    }

    /// Takes a place in line. It is called when nobody with a lower ticket stands before it.
    pub(super) fn line_up(&self, ticket: Ticket, order: Order) -> InLine {
        let (caller, called) = oneshot::channel();
        let target = order.target.clone();
        let mut state = self.state();
        state.callers.insert((target.clone(), ticket), caller);
        state.schedule.arrive(ticket, order, Instant::now());
        drop(state);
        self.call_next();
        InLine { lanes: self.clone(), target, ticket, called }
    }

    /// Lets no load start, or lets them start again.
    pub(super) fn stop(&self, is_stopped: bool) {
        self.state().schedule.stop(is_stopped);
        self.call_next();
    }

    /// Lets only those loads start that the gate lets, from now on.
    pub(super) fn put_gate(&self, gate: Arc<Gate>) {
        self.state().schedule.put_gate(gate);
        self.call_next();
    }

    /// Lets no load start any more, and tells all who wait for one; now and whoever lines up later.
    pub(super) fn close(&self) {
        self.state().schedule.close();
        self.call_next();
    }

    /// Gives back, of each table whose messages take up more than this of what is in hand, by [`weight`](crate::daemon::hold::weight), the
    /// last that wait.
    pub(super) fn give_back_beyond(&self, most: usize) {
        let mut state = self.state();
        for waiting in state.schedule.give_up_beyond(most, Instant::now()) {
            if let Some(caller) = state.callers.remove(&waiting) {
                drop(caller.send(Call::GivenBack(WhyGivenBack::Crowded)));
            }
        }
        state.tell_who_waits();
    }

    /// Starts the loads of tables that have waited long enough for more files, each at its time. Never returns.
    pub(super) async fn start_what_has_lingered(&self) {
        let mut changes = self.state().lingers_until.subscribe();
        loop {
            let next = *changes.borrow_and_update();
            let is_over = async {
                match next {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = is_over => self.call_next(),
                changed = changes.changed() => changed.expect("the lanes, which are alive, keep the sender"),
            }
        }
    }

    /// Who loads and who waits, by name of the table, `now`.
    pub(super) fn status(
        &self,
        progress: &Progress,
        why_all_wait: Option<&str>,
        now: DateTime<Utc>,
    ) -> Vec<TableStatus> {
        let state = self.state();
        let load = |target: &TargetTable, message_id: &str, superseding| {
            let attempt = progress.running(target);
            let stage = attempt.as_ref().and_then(|attempt| attempt.stage);
            LoadStatus {
                message_id: message_id.to_owned(),
                running_for_seconds: state.since.get(target).map_or(0, |since| since.elapsed().as_secs()),
                superseding,
                load_id: attempt.as_ref().map(|attempt| attempt.load_id.to_string()),
                stage: stage.map(|(stage, _)| stage.label()),
                seconds_in_stage: stage.map(|(_, since)| since.elapsed().as_secs()),
                blocked_by: attempt.and_then(|attempt| attempt.blocked_by),
            }
        };
        let (running, gate) = (state.since.len(), state.schedule.gate());
        let because = |lane: &LaneView<'_>| match (why_all_wait, gate.closed(), gate.pause_of(lane.target)) {
            (Some(why), _, _) => why.to_owned(),
            (None, Some(closed), _) => closed.to_string(),
            (None, None, Some(pause)) => pause.to_string(),
            (None, None, None) if lane.load.is_some() => {
                "its table is being loaded, one load at a time".to_owned()
            }
            (None, None, None) => match lane.gathers {
                Some((until, limits)) => gathers_files(now + (until - Instant::now()), limits),
                None => format!("all places are taken: {running} loads run (MAX_CONCURRENT_LOADS)"),
            },
        };
        let table = |lane: LaneView<'_>| TableStatus {
            table: lane.target.to_string(),
            load: lane.load.map(|(message_id, others)| load(lane.target, message_id, others)),
            waiting: lane.waiting,
            waits_because: (lane.waiting > 0).then(|| because(&lane)),
        };
        let mut tables: Vec<TableStatus> = state.schedule.tables().map(table).collect();
        tables.sort_by(|left, right| left.table.cmp(&right.table));
        tables
    }

    /// Calls everybody whose load may start, or who waits for nothing any more.
    fn call_next(&self) {
        loop {
            let mut state = self.state();
            let now = Instant::now();
            for waiting in state.schedule.give_up_waiting(now) {
                // Without its caller it knows.
                state.callers.remove(&waiting);
            }
            for (target, ticket, pause) in state.schedule.give_up_paused(now) {
                if let Some(caller) = state.callers.remove(&(target, ticket)) {
                    drop(caller.send(Call::GivenBack(WhyGivenBack::Paused(pause))));
                }
            }
            let Some(Start { target, leader, covered, gathered }) = state.schedule.start(now) else {
                state.tell_who_waits();
                return;
            };
            let caller = state.callers.remove(&(target.clone(), leader));
            state.since.insert(target.clone(), now);
            drop(state);
            let covered = covered.into_iter().map(|(_, message_id)| message_id).collect();
            // Whoever has left by now drops the turn, which passes it on: the lock must be free for that.
            let gathered = gathered.into_iter().map(|(_, announced)| announced).collect();
            let turn = Turn { lanes: self.clone(), target, covered, gathered, has_ended: false };
            if let Some(caller) = caller {
                drop(caller.send(Call::Load(turn)));
            }
        }
    }

    /// Ends the load of a table, and returns who waits for it and is done with it, and for which order.
    fn end(&self, target: &TargetTable, ending: Covered) -> Vec<(Order, oneshot::Sender<Call>)> {
        let mut state = self.state();
        state.since.remove(target);
        let done = state.schedule.end(target, ending, Instant::now()).into_iter();
        let caller = |(ticket, order)| Some((order, state.callers.remove(&(target.clone(), ticket))?));
        done.filter_map(caller).collect()
    }

    fn state(&self) -> MutexGuard<'_, LanesState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InLine {
    pub(super) async fn called(&mut self) -> Call {
        (&mut self.called).await.unwrap_or(Call::Closed)
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        let mut state = self.lanes.state();
        state.callers.remove(&(self.target.clone(), self.ticket));
        state.schedule.leave(&self.target, self.ticket, Instant::now());
        state.tell_who_waits();
    }
}

impl Turn {
    /// Ends the turn, and tells those whom the load has covered with this result.
    pub(super) fn end(mut self, result: &LoadResult) {
        self.has_ended = true;
        for (_, caller) in self.lanes.end(&self.target, whom_it_covers(result)) {
            // Who has left needs not be told.
            drop(caller.send(Call::Covered(of_covered(result))));
        }
    }

    /// Ends the turn of a load of announced files, and tells each of the gathered orders what has become of its own files. A load that
    /// has failed as a whole, or was not carried out, ends with [`Turn::end`].
    pub(super) fn end_gathered(mut self, call: impl Fn(&Announced) -> Call) {
        self.has_ended = true;
        for (order, caller) in self.lanes.end(&self.target, Covered::All) {
            if let Some(announced) = &order.announced {
                drop(caller.send(call(announced)));
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Once it has ended, the load that runs under this name may be somebody else's.
        if !self.has_ended {
            self.lanes.end(&self.target, Covered::Nobody);
        }
        self.lanes.call_next();
    }
}

/// As the predicate of a sentence.
fn gathers_files(until: DateTime<Utc>, limits: BatchLimits) -> String {
    let (until, files) = (until.format("%H:%M:%S"), limits.files);
    format!("gathers files until {until} UTC, or until {files} wait or enough bytes")
}

fn whom_it_covers(result: &LoadResult) -> Covered {
    match result {
        Ok(
            LoadOutcome::Loaded(_)
            | LoadOutcome::Skipped(
                SkipReason::NotNewer { .. } | SkipReason::OlderInWindow { .. } | SkipReason::SameFiles { .. },
            ),
        ) => Covered::All,
        // The message was done before; the load that this tells of began before the others came.
        Ok(LoadOutcome::Skipped(
            SkipReason::AlreadyLoaded { .. }
            | SkipReason::Covered { .. }
            | SkipReason::Gathered { .. }
            | SkipReason::FilesKnown { .. },
        )) => Covered::Nobody,
        Err(failure) => match scope(failure.kind) {
            Scope::Message => Covered::Nobody,
            Scope::Order | Scope::Warehouse => Covered::Equals,
        },
    }
}

/// What a load that ended like this means for an order that it has covered.
fn of_covered(result: &LoadResult) -> LoadResult {
    match result {
        Ok(LoadOutcome::Loaded(report)) => {
            Ok(LoadOutcome::Skipped(SkipReason::Covered { load_id: report.load_id.clone() }))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
