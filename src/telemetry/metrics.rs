//! Every metric of the program, once. Call sites say what happened; names and labels are in here.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus::{
    Encoder, GaugeVec, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use strum::IntoEnumIterator;
use tracing::warn;

use crate::failure::disposition::Disposition;
use crate::failure::{Failure, Stage};
use crate::model::freshness::Freshness;
use crate::model::target_table::TargetTable;
use crate::telemetry::known_tables::{KnownTables, MOST_TABLES};
use crate::telemetry::labels::{LeaseExtension, MessageState, Outcome};

/// From a tiny table to hours: a load of seconds and one of the whole night both fall into a bucket of their own.
const LOAD_BUCKETS: [f64; 12] = [0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 7200.0];

/// The metrics of one process, on a registry of their own.
pub struct Metrics {
    registry: Registry,
    messages_received_total: IntCounter,
    messages_settled_total: IntCounterVec,
    loads_total: IntCounterVec,
    load_failures_total: IntCounterVec,
    load_duration_seconds: HistogramVec,
    stage_duration_seconds: HistogramVec,
    rows_loaded_total: IntCounterVec,
    bytes_loaded_total: IntCounterVec,
    data_age_seconds: GaugeVec,
    last_load_timestamp_seconds: GaugeVec,
    loads_in_progress: IntGauge,
    warehouse_up: IntGauge,
    dead_letter_queue_up: IntGauge,
    queue_messages: IntGaugeVec,
    lease_extensions_total: IntCounterVec,
    tables_left_out: IntGauge,
    panics_total: IntCounter,
    tables: Mutex<KnownTables>,
}

/// A load that is under way; it counts as one until dropped.
pub struct InProgress<'a>(&'a IntGauge);

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub fn new() -> Self {
        let registry = Registry::new_custom(Some("s3_to_redshift".to_owned()), None)
            .expect("the prefix is a metric name");
        let add = Registration { registry: &registry };
        let metrics = Self {
            messages_received_total: add.counter("messages_received_total", "Messages received from the queue."),
            messages_settled_total: add.counters(
                "messages_settled_total",
                "Messages settled, by what became of them.",
                &["disposition"],
            ),
            loads_total: add.counters(
                "loads_total",
                "Tables of messages dealt with, by outcome; `schema` and `table` are empty where there is no such table.",
                &["schema", "table", "outcome"],
            ),
            load_failures_total: add.counters(
                "load_failures_total",
                "Failures, by class and by the stage at which they happened.",
                &["kind", "stage"],
            ),
            load_duration_seconds: add.histograms(
                "load_duration_seconds",
                "Time from the start of a table's load to its end, in seconds.",
                &["outcome"],
            ),
            stage_duration_seconds: add.histograms(
                "stage_duration_seconds",
                "Time that each stage of a load took, in seconds.",
                &["stage"],
            ),
            rows_loaded_total: add.counters("rows_loaded_total", "Rows committed.", &["schema", "table"]),
            bytes_loaded_total: add.counters(
                "bytes_loaded_total",
                "Bytes of committed files, as stored on S3.",
                &["schema", "table"],
            ),
            data_age_seconds: add.gauges(
                "data_age_seconds",
                "Age of the newest data date that was loaded, in seconds.",
                &["schema", "table"],
            ),
            last_load_timestamp_seconds: add.gauges(
                "last_load_timestamp_seconds",
                "When the last load was committed, in seconds since 1970.",
                &["schema", "table"],
            ),
            loads_in_progress: add.gauge("loads_in_progress", "Loads that are running now."),
            warehouse_up: add.gauge(
                "warehouse_up",
                "1 while the warehouse is reached, 0 while no messages are received because it is not.",
            ),
            dead_letter_queue_up: add.gauge(
                "dead_letter_queue_up",
                "0 while the dead-letter queue cannot be counted or has refused the last message to be parked; 1 otherwise, also without one.",
            ),
            queue_messages: add.int_gauges(
                "queue_messages",
                "Messages in the queue by state, as SQS counts them; `dead` is the dead-letter queue, `held` this process.",
                &["state"],
            ),
            lease_extensions_total: add.counters(
                "lease_extensions_total",
                "Attempts to extend the lease of a held message, by result.",
                &["result"],
            ),
            tables_left_out: add.gauge(
                "tables_left_out",
                "Tables that are there but are counted with empty `schema` and `table`, as 5000 others have series of their own.",
            ),
            panics_total: add.counter("panics_total", "Bugs that ended some work; each is a line of the log."),
            tables: Mutex::default(),
            registry: registry.clone(),
        };
        metrics.show_closed_sets();
        let build_info =
            add.int_gauges("build_info", "1, labelled with what is running.", &["version", "revision"]);
        let revision = option_env!("S3_TO_REDSHIFT_REVISION").unwrap_or("unknown");
        build_info.with_label_values(&[env!("CARGO_PKG_VERSION"), revision]).set(1);
        metrics
    }

    /// Series whose labels are known from the start are there from the start, at zero: Prometheus would not see a
    /// counter that first appears at one go up.
    fn show_closed_sets(&self) {
        self.dead_letter_queue_up.set(1);
        for disposition in Disposition::EVERY_KIND {
            self.messages_settled_total.with_label_values(&[disposition.label()]).inc_by(0);
        }
        for result in LeaseExtension::iter() {
            self.lease_extensions_total.with_label_values(&[result.label()]).inc_by(0);
        }
        for outcome in Outcome::iter() {
            self.loads_total.with_label_values(&["", "", outcome.label()]).inc_by(0);
        }
    }

    pub fn messages_received(&self, count: usize) {
        self.messages_received_total.inc_by(count as u64);
    }

    pub fn message_settled(&self, disposition: Disposition) {
        self.messages_settled_total.with_label_values(&[disposition.label()]).inc();
    }

    pub fn load_started(&self) -> InProgress<'_> {
        self.loads_in_progress.inc();
        InProgress(&self.loads_in_progress)
    }

    /// Notes that the catalog or the ledger has a table: from here on it has series of its own, unless very many others do.
    pub fn table_is_there(&self, target: &TargetTable) {
        let mut tables = self.tables();
        let is_first_left_out = tables.add(target);
        self.tables_left_out.set(i64::try_from(tables.left_out()).unwrap_or(i64::MAX));
        drop(tables);
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

    /// To be called for each panic, by whoever catches it.
    pub fn panicked(&self) {
        self.panics_total.inc();
    }

    /// The Prometheus text format, with ages as of `now`.
    pub fn render(&self, now: DateTime<Utc>) -> String {
        #[expect(clippy::cast_precision_loss, reason = "seconds are exact in a float for 285 million years")]
        let seconds = |millis: i64| millis as f64 / 1000.0;
        for (target, freshness) in self.tables().freshness() {
            let labels = [target.schema.as_str(), target.table.as_str()];
            let age = now.signed_duration_since(freshness.data_date.instant());
            self.data_age_seconds.with_label_values(&labels).set(seconds(age.num_milliseconds()));
            let loaded_at = seconds(freshness.loaded_at.timestamp_millis());
            self.last_load_timestamp_seconds.with_label_values(&labels).set(loaded_at);
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("a Vec takes every byte");
        String::from_utf8(text).expect("the text format is UTF-8")
    }

    fn tables(&self) -> MutexGuard<'_, KnownTables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Creates metrics and registers them. Names are literals of this file, so neither step can fail at run time.
struct Registration<'a> {
    registry: &'a Registry,
}

impl Registration<'_> {
    fn register<C: prometheus::core::Collector + Clone + 'static>(&self, metric: prometheus::Result<C>) -> C {
        let metric = metric.expect("the name and labels are valid");
        self.registry.register(Box::new(metric.clone())).expect("the name is used once");
        metric
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.register(IntCounter::new(name, help))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.register(GaugeVec::new(Opts::new(name, help), labels))
    }

    fn int_gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn histograms(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        let opts = prometheus::HistogramOpts::new(name, help).buckets(LOAD_BUCKETS.to_vec());
        self.register(HistogramVec::new(opts, labels))
    }
}

#[cfg(test)]
mod tests;
