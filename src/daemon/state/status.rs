//! The state of the daemon at one moment, for people and scripts.

use std::collections::HashSet;

use chrono::SecondsFormat;
use serde::Serialize;

use crate::daemon::gate::Closed;
use crate::daemon::state::cuts::CutsReport;
use crate::daemon::state::drift::DriftReport;
use crate::daemon::state::failures::FailureReport;
use crate::daemon::state::later_loads::{self, LaterLoad};
use crate::daemon::state::ledger_look::{Answer, Question};
use crate::daemon::state::ledger_reading::LedgerReading;
use crate::daemon::state::loaded_tables::{LoadedTable, MOST_TABLES, by_lateness};
use crate::daemon::state::pauses::PauseReport;
use crate::daemon::state::queue_counts::QueueCounts;
use crate::daemon::state::routes::RoutesReport;
use crate::daemon::state::sentence::{Facts, Level, tell};
use crate::daemon::state::tables::{LoadStatus, TableStatus};
use crate::daemon::{Daemon, gate_watch};
use crate::warehouse::history::{HourOfLoads, Overview};

/// The daemon at one moment. Instants are RFC 3339.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    pub version: &'static str,
    pub now: String,
    pub level: Level,
    /// All of it in one sentence.
    pub sentence: String,
    /// What is in the way of loading; empty when nothing is.
    pub not_ready_because: Vec<String>,
    /// Why the dead-letter queue cannot be used; loads go on.
    pub not_parking_because: Option<String>,
    /// The name under which this process writes its loads into the ledger.
    pub loader: String,
    /// As Redshift tells it; `None` before it was asked.
    pub redshift_version: Option<String>,
    /// What keeps every load from starting that people have said: a pause, a maintenance window; `None` while nothing does.
    pub paused_because: Option<String>,
    /// What is paused, every load first.
    pub pauses: Vec<PauseReport>,
    /// The rules of `ROUTES`; `None` where files do not announce themselves.
    pub routes: Option<RoutesReport>,
    /// Messages in hand.
    pub held: usize,
    pub queue: QueueCounts,
    /// Tables with a load or with waiting messages, by name.
    pub tables: Vec<TableStatus>,
    /// The last failures, newest first.
    pub failures: Vec<FailureReport>,
    /// Tables whose last load had fields that their configs lack, by name.
    pub drift: Vec<DriftReport>,
    /// Tables whose last load had values that did not fit their columns, by name.
    pub cuts: Vec<CutsReport>,
    /// When the ledger was read, from which the rest is known.
    pub ledger: LedgerReading,
    /// Tables of the ledger, the latest in cadences first, 1,000 at most.
    pub loaded_tables: Vec<LoadedTable>,
    /// How many there are in all.
    pub loaded_tables_count: usize,
    /// Hours of the last day with loads, of all replicas.
    pub hours: Vec<HourReport>,
}

/// The loads that ended within one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HourReport {
    pub start: String,
    pub loads: u64,
    pub rows: u64,
}

impl Status {
    /// The daemon now.
    pub(in crate::daemon) async fn of(daemon: &Daemon) -> Self {
        let down_for = daemon.health.warehouse_down_for();
        let seen = daemon.look.look(&Question::Overview, down_for.is_some()).await;
        let overview = match seen.answer.as_ref().map(|(answer, _)| &**answer) {
            Some(Answer::Overview(overview)) => Some(overview),
            Some(Answer::Loads(_)) | None => None,
        };
        let gate = match down_for {
            None => gate_watch::look(daemon).await,
            Some(_) => daemon.gate.now(),
        };
        let tables = daemon.tables();
        let mut loaded_tables = overview.map_or_else(Vec::new, |overview| {
            by_lateness(&overview.last_loads, &tables, (daemon.loader.now)())
        });
        let later = overview.map_or_else(Vec::new, LaterLoad::all_of);
        let failures = later_loads::told(daemon.failures.reports(), &later);
        let queue = daemon.counts.now();
        let loads: Vec<&LoadStatus> = tables.iter().filter_map(|table| table.load.as_ref()).collect();
        let routes = daemon.routes.as_ref().map(RoutesReport::of);
        let not_parking_because = daemon.health.dead_letter_queue_obstacle();
        let facts = Facts {
            is_draining: daemon.health.is_draining(),
            warehouse_down_for: down_for,
            warehouse_refuses_login: daemon.health.warehouse_refuses_login(),
            warehouse_was_reached: daemon.health.warehouse_was_reached(),
            closed: gate.closed().map(ToString::to_string),
            is_closed_by_wish: gate.closed().is_some_and(Closed::is_wish),
            paused_tables: gate.pauses().of_tables().count(),
            queue_is_down: !daemon.health.can_use_queue(),
            dead_letter_queue_is_down: not_parking_because.is_some(),
            routes_are_refused: routes.as_ref().is_some_and(|routes| routes.refused_because.is_some()),
            held: daemon.leases.held_now(),
            running: loads.len(),
            waiting: tables.iter().map(|table| table.waiting).sum(),
            blocked: loads.iter().filter(|load| load.blocked_by.is_some()).count(),
            failed_tables: failed_tables(&failures),
            late_tables: loaded_tables.iter().filter(|table| table.is_late).count(),
            ledger_not_read: overview.is_none(),
            dead_letters: queue.dead,
        };
        let (level, sentence) = tell(&facts);
        let loaded_tables_count = loaded_tables.len();
        loaded_tables.truncate(MOST_TABLES);
        Self {
            version: env!("CARGO_PKG_VERSION"),
            now: daemon.now(),
            level,
            sentence,
            not_ready_because: daemon.health.ready().err().unwrap_or_default(),
            not_parking_because,
            loader: daemon.loader.name.clone(),
            redshift_version: overview.map(|overview| overview.version.clone()),
            paused_because: facts.closed,
            pauses: PauseReport::all_of(gate.pauses()),
            routes,
            held: facts.held,
            queue,
            tables,
            failures,
            drift: daemon.drift.all(),
            cuts: daemon.cuts.all(),
            ledger: LedgerReading::of(&seen),
            loaded_tables,
            loaded_tables_count,
            hours: overview.map_or_else(Vec::new, hours),
        }
    }
}

/// Tables with a failure that no load has followed; messages that name no table count as one.
fn failed_tables(failures: &[FailureReport]) -> usize {
    let open = failures.iter().filter(|failure| !failure.was_loaded_since);
    open.map(|failure| &failure.table).collect::<HashSet<_>>().len()
}

fn hours(overview: &Overview) -> Vec<HourReport> {
    let hour = |HourOfLoads { start, loads, rows }: &HourOfLoads| HourReport {
        start: start.to_rfc3339_opts(SecondsFormat::Secs, true),
        loads: *loads,
        rows: *rows,
    };
    overview.hours.iter().map(hour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::states::failure;

    #[test]
    fn a_table_that_failed_often_is_one() {
        let over = FailureReport { was_loaded_since: true, ..failure("s.over") };
        assert_eq!(failed_tables(&[failure("s.t"), failure("s.t"), over, failure("s.u")]), 2);
    }
}
