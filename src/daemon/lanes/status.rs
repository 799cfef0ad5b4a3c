//! What people are told about the lanes: who loads, and who waits for what.

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::daemon::lanes::Lanes;
use crate::daemon::schedule::LaneView;
use crate::daemon::state::tables::{LoadStatus, TableStatus};
use crate::model::batch_limits::BatchLimits;
use crate::model::target_table::TargetTable;
use crate::telemetry::progress::Progress;

impl Lanes {
    /// Who loads and who waits, by name of the table, `now`.
    pub(in crate::daemon) fn status(
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
}

/// As the predicate of a sentence.
fn gathers_files(until: DateTime<Utc>, limits: BatchLimits) -> String {
    let (until, files) = (until.format("%H:%M:%S"), limits.files);
    format!("gathers files until {until} UTC, or until {files} wait or enough bytes")
}
