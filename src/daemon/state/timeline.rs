//! What is known of one load, and of one table: by the ledger, and by this process, which knows attempts that failed too.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::daemon::Daemon;
use crate::daemon::state::failures::FailureReport;
use crate::daemon::state::later_loads::{self, LaterLoad};
use crate::daemon::state::ledger_look::{Answer, Question, Seen};
use crate::daemon::state::ledger_reading::LedgerReading;
use crate::daemon::state::tables::TableStatus;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::telemetry::progress::Attempt;
use crate::telemetry::sent_statements::SentStatement;
use crate::warehouse::history::LedgerEntry;

/// A load, with all attempts of its message at its table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadTimeline {
    pub load_id: String,
    /// Of a committed load.
    pub entry: Option<LedgerEntry>,
    pub ledger: LedgerReading,
    /// Those that this process has made, the first one first.
    pub attempts: Vec<AttemptReport>,
    pub failures: Vec<FailureReport>,
}

impl LoadTimeline {
    /// Whether anything is known of such a load.
    pub fn is_known(&self) -> bool {
        self.entry.is_some() || !self.attempts.is_empty() || !self.failures.is_empty()
    }
}

/// One attempt of this process at a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptReport {
    pub load_id: String,
    pub message_id: String,
    pub table: String,
    pub began_at: String,
    /// Those that are over, with the milliseconds that each took.
    pub stages: Vec<(&'static str, u128)>,
    /// The stage that it is in, and the seconds in it.
    pub stage: Option<(&'static str, u64)>,
    pub blocked_by: Option<String>,
    /// How it ended.
    pub ending: Option<String>,
    /// What it has sent to Redshift, with the milliseconds that each took; `None` while it runs.
    pub statements: Vec<(String, Option<u128>)>,
    /// Statements that are not among them.
    pub more_statements: usize,
}

impl AttemptReport {
    fn of(attempt: &Attempt) -> Self {
        let (statements, more_statements) = attempt.statements.list();
        let with_time = |sent: &SentStatement| (sent.text.clone(), sent.took.map(|took| took.as_millis()));
        Self {
            load_id: attempt.load_id.to_string(),
            message_id: attempt.message_id.clone(),
            table: attempt.target.to_string(),
            began_at: rfc3339(attempt.began_at),
            stages: attempt.stages.iter().map(|(stage, took)| (stage.label(), took.as_millis())).collect(),
            stage: attempt.stage.map(|(stage, since)| (stage.label(), since.elapsed().as_secs())),
            blocked_by: attempt.blocked_by.clone(),
            ending: attempt.ending.clone(),
            statements: statements.iter().map(with_time).collect(),
            more_statements,
        }
    }
}

/// A table, with its last loads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableHistory {
    pub table: String,
    /// The newest first.
    pub loads: Vec<LedgerEntry>,
    pub ledger: LedgerReading,
    /// What runs and waits now; `None` when nothing does.
    pub active: Option<TableStatus>,
    /// Of this process, the newest first.
    pub failures: Vec<FailureReport>,
}

impl TableHistory {
    /// Whether anything is known of such a table.
    pub fn is_known(&self) -> bool {
        !self.loads.is_empty() || self.active.is_some() || !self.failures.is_empty()
    }
}

pub(super) async fn of_load(daemon: &Daemon, load_id: &LoadId) -> LoadTimeline {
    let is_down = daemon.health.warehouse_down_for().is_some();
    let question = Question::OfLoad(load_id.clone());
    let (seen, later) = tokio::join!(daemon.look.look(&question, is_down), later_loads(daemon, is_down));
    let entry = entries(&seen).first().cloned();
    let failures = daemon.failures.reports();
    let progress = &daemon.loader.progress;
    let own = progress.attempts_of(|attempt| attempt.load_id == *load_id).pop();
    let failed = failures.iter().find(|failure| failure.load_id.as_ref() == Some(&load_id.0));
    let of_ledger = entry
        .as_ref()
        .map(|entry| (entry.message_id.clone(), format!("{}.{}", entry.target_schema, entry.target_table)));
    let of_own = own.map(|attempt| (attempt.message_id, attempt.target.to_string()));
    let of_failed = failed.and_then(|failure| Some((failure.message_id.clone(), failure.table.clone()?)));
    let Some((message_id, table)) = of_ledger.or(of_own).or(of_failed) else {
        return LoadTimeline {
            load_id: load_id.to_string(),
            ledger: LedgerReading::of(&seen),
            ..LoadTimeline::default()
        };
    };
    let is_of_message =
        |attempt: &Attempt| attempt.message_id == message_id && attempt.target.to_string() == table;
    LoadTimeline {
        load_id: load_id.to_string(),
        entry,
        ledger: LedgerReading::of(&seen),
        attempts: progress.attempts_of(is_of_message).iter().map(AttemptReport::of).collect(),
        failures: later_loads::told(
            failures
                .into_iter()
                .filter(|failure| failure.message_id == message_id && failure.table.as_ref() == Some(&table))
                .collect(),
            &later,
        ),
    }
}

pub(super) async fn of_table(daemon: &Daemon, target: &TargetTable) -> TableHistory {
    let is_down = daemon.health.warehouse_down_for().is_some();
    let question = Question::OfTable(target.clone());
    let (seen, later) = tokio::join!(daemon.look.look(&question, is_down), later_loads(daemon, is_down));
    let table = target.to_string();
    let is_of_table = |failure: &FailureReport| failure.table.as_ref() == Some(&table);
    TableHistory {
        loads: entries(&seen).to_vec(),
        ledger: LedgerReading::of(&seen),
        active: daemon.tables().into_iter().find(|active| active.table == table),
        failures: later_loads::told(
            daemon.failures.reports().into_iter().filter(is_of_table).collect(),
            &later,
        ),
        table,
    }
}

/// The last loads of each table, as the status page has them.
async fn later_loads(daemon: &Daemon, is_down: bool) -> Vec<LaterLoad> {
    let seen = daemon.look.look(&Question::Overview, is_down).await;
    match seen.answer.as_ref().map(|(answer, _)| &**answer) {
        Some(Answer::Overview(overview)) => LaterLoad::all_of(overview),
        Some(Answer::Loads(_)) | None => Vec::new(),
    }
}

fn entries(seen: &Seen) -> &[LedgerEntry] {
    match seen.answer.as_ref().map(|(answer, _)| &**answer) {
        Some(Answer::Loads(entries)) => entries,
        Some(Answer::Overview(_)) | None => &[],
    }
}

fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
