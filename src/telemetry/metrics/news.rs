//! What call sites tell: that something happened, or how something is.

use std::time::Duration;

use prometheus::{IntGauge, IntGaugeVec};
use strum::IntoEnumIterator;
use tracing::warn;

use crate::failure::disposition::Disposition;
use crate::failure::{Failure, Stage};
use crate::model::after_work::AfterWork;
use crate::model::freshness::Freshness;
use crate::model::target_table::TargetTable;
use crate::telemetry::calls::{Call, CallResult};
use crate::telemetry::known_tables::MOST_TABLES;
use crate::telemetry::labels::{
    AfterResult, EventOutcome, LeaseExtension, MessageState, NoticeResult, Outcome, PauseScope, SessionUse,
};
use crate::telemetry::metrics::{Metrics, labels_of};

/// Something that goes on; it counts as one until dropped.
pub struct InProgress(IntGauge);

impl InProgress {
    fn of(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub fn messages_received(&self, count: usize) {
        self.messages_received_total.inc_by(count as u64);
    }

    pub fn message_settled(&self, disposition: Disposition) {
        self.messages_settled_total.with_label_values(&[disposition.label()]).inc();
    }

    /// Events of one message, by what their keys make of them.
    pub fn events(&self, outcome: EventOutcome, count: usize) {
        self.events_total.with_label_values(&[outcome.label()]).inc_by(count as u64);
    }

    /// Whether the file of routes is not the one that is in use.
    pub fn routes_refused(&self, are_refused: bool) {
        self.routes_refused.set(i64::from(are_refused));
    }

    /// What a walk over S3 has found missing of each table: files and bytes. Of tables that are not named nothing is; those without
    /// series of their own share one, which is always there.
    pub fn missing<'a>(&self, tables: impl IntoIterator<Item = (&'a TargetTable, u64, u64)>) {
        self.missing_files.reset();
        self.missing_bytes.reset();
        let known = self.tables();
        for gauge in [&self.missing_files, &self.missing_bytes] {
            gauge.with_label_values(&["", ""]).set(0);
        }
        for (target, files, bytes) in tables {
            let labels = known.labels(target);
            let add = |gauge: &IntGaugeVec, number| {
                gauge.with_label_values(&labels).add(i64::try_from(number).unwrap_or(i64::MAX));
            };
            add(&self.missing_files, files);
            add(&self.missing_bytes, bytes);
        }
    }

    pub fn load_started(&self) -> InProgress {
        InProgress::of(&self.loads_in_progress)
    }

    /// Tables whose next load waits for nothing but a slot.
    pub fn lanes_wait(&self, count: usize) {
        self.lanes_waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// What keeps every load from starting, if people do, and how many pauses of tables there are.
    pub fn paused(&self, every_load: Option<PauseScope>, tables: usize) {
        for scope in PauseScope::iter() {
            let count = match scope {
                PauseScope::Tables => i64::try_from(tables).unwrap_or(i64::MAX),
                scope => i64::from(every_load == Some(scope)),
            };
            self.paused.with_label_values(&[scope.label()]).set(count);
        }
    }

    /// A request to another service has ended.
    pub fn called(&self, call: Call, result: CallResult) {
        self.calls_total.with_label_values(&labels_of(call, result)).inc();
        match (call, result) {
            (Call::Copy, CallResult::Ok | CallResult::Refused) => self.copies_total.inc(),
            (Call::Commit, CallResult::Ok) => self.commits_total.inc(),
            _ => {}
        }
    }

    /// A session with Redshift is used in this way from now on.
    pub fn session_is(&self, state: SessionUse) -> InProgress {
        InProgress::of(&self.sessions.with_label_values(&[state.label()]))
    }

    /// Notes that the catalog or the ledger has a table: from here on it has series of its own, unless very many others do.
    pub fn table_is_there(&self, target: &TargetTable) {
        let mut tables = self.tables();
        let is_first_left_out = tables.add(target);
        self.tables_left_out.set(i64::try_from(tables.left_out()).unwrap_or(i64::MAX));
        let labels = tables.labels(target);
        drop(tables);
        // Otherwise what is counted first, after a restart for example, would not be seen to go up.
        self.rows_loaded_total.with_label_values(&labels).inc_by(0);
        self.bytes_loaded_total.with_label_values(&labels).inc_by(0);
        for outcome in Outcome::iter() {
            let [schema, table] = labels;
            self.loads_total.with_label_values(&[schema, table, outcome.label()]).inc_by(0);
        }
        if is_first_left_out {
            warn!(
                "more than {MOST_TABLES} tables: metrics show no further ones by name, {target} to begin with; \
                 `tables_left_out` counts them, the ledger and the log know them all"
            );
        }
    }

    pub fn load_ended(&self, target: &TargetTable, outcome: Outcome, duration: Duration) {
        self.covered_by_another_load(target, outcome);
        self.load_duration_seconds.with_label_values(&[outcome.label()]).observe(duration.as_secs_f64());
    }

    /// A table of a message was dealt with by a load that ran for another message.
    pub fn covered_by_another_load(&self, target: &TargetTable, outcome: Outcome) {
        let [schema, table] = self.tables().labels(target);
        self.loads_total.with_label_values(&[schema, table, outcome.label()]).inc();
    }

    pub fn load_failed(&self, failure: &Failure) {
        self.load_failures_total.with_label_values(&[failure.kind.label(), failure.stage.label()]).inc();
    }

    pub fn stage_ended(&self, stage: Stage, duration: Duration) {
        self.stage_duration_seconds.with_label_values(&[stage.label()]).observe(duration.as_secs_f64());
    }

    pub fn committed(&self, target: &TargetTable, rows: u64, bytes: u64) {
        let labels = self.tables().labels(target);
        self.rows_loaded_total.with_label_values(&labels).inc_by(rows);
        self.bytes_loaded_total.with_label_values(&labels).inc_by(bytes);
    }

    /// Notes how new a table is, from its ledger; an older date than the known one changes nothing but the time of
    /// the last load.
    pub fn fresh(&self, target: &TargetTable, freshness: Freshness) {
        self.table_is_there(target);
        self.tables().is_fresh(target, freshness);
    }

    pub fn warehouse_went_down(&self) {
        self.warehouse_outages_total.inc();
    }

    pub fn warehouse_is_up(&self, is_up: bool) {
        self.warehouse_up.set(i64::from(is_up));
    }

    pub fn dead_letter_queue_is_up(&self, is_up: bool) {
        self.dead_letter_queue_up.set(i64::from(is_up));
    }

    pub fn messages_are(&self, state: MessageState, count: i64) {
        self.queue_messages.with_label_values(&[state.label()]).set(count);
    }

    /// The last count is of no use any more.
    pub fn messages_are_unknown(&self, state: MessageState) {
        // An error says that it was not known before either.
        self.queue_messages.remove_label_values(&[state.label()]).ok();
    }

    pub fn lease_extended(&self, result: LeaseExtension) {
        self.lease_extensions_total.with_label_values(&[result.label()]).inc();
    }

    pub fn after_work_ended(&self, work: AfterWork, result: AfterResult) {
        self.after_work_total.with_label_values(&[work.label(), result.label()]).inc();
    }

    pub fn notices_ended(&self, result: NoticeResult, count: usize) {
        self.notices_total.with_label_values(&[result.label()]).inc_by(count as u64);
    }

    /// To be called for each panic, by whoever catches it.
    pub fn panicked(&self) {
        self.panics_total.inc();
    }
}
