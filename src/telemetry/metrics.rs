//! Every metric of the program, once: its name, its labels and what it says. Call sites say what happened
//! ([`news`]), and no string of a metric stands elsewhere.

pub mod news;
mod registration;

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use prometheus::{
    Encoder, GaugeVec, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, TextEncoder,
};
use strum::IntoEnumIterator;

use crate::failure::disposition::Disposition;
use crate::failure::{FailureKind, Stage};
use crate::model::after_work::AfterWork;
use crate::telemetry::calls::{Call, CallResult};
use crate::telemetry::known_tables::KnownTables;
use crate::telemetry::labels::{
    AfterResult, EventOutcome, LeaseExtension, NoticeResult, Outcome, SessionUse,
};
use crate::telemetry::metrics::registration::Registration;

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
    data_cadence_seconds: GaugeVec,
    last_load_timestamp_seconds: GaugeVec,
    loads_in_progress: IntGauge,
    lanes_waiting: IntGauge,
    copies_total: IntCounter,
    commits_total: IntCounter,
    calls_total: IntCounterVec,
    sessions: IntGaugeVec,
    warehouse_up: IntGauge,
    warehouse_outages_total: IntCounter,
    dead_letter_queue_up: IntGauge,
    paused: IntGaugeVec,
    queue_messages: IntGaugeVec,
    events_total: IntCounterVec,
    routes_refused: IntGauge,
    missing_files: IntGaugeVec,
    missing_bytes: IntGaugeVec,
    lease_extensions_total: IntCounterVec,
    notices_total: IntCounterVec,
    after_work_total: IntCounterVec,
    tables_left_out: IntGauge,
    panics_total: IntCounter,
    tables: Mutex<KnownTables>,
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
            data_cadence_seconds: add.gauges(
                "data_cadence_seconds",
                "How often new data is due, in seconds, where the table config says it.",
                &["schema", "table"],
            ),
            last_load_timestamp_seconds: add.gauges(
                "last_load_timestamp_seconds",
                "When the last load was committed, in seconds since 1970.",
                &["schema", "table"],
            ),
            loads_in_progress: add.gauge("loads_in_progress", "Loads that are running now."),
            lanes_waiting: add.gauge(
                "lanes_waiting",
                "Tables whose next load waits for nothing but `MAX_CONCURRENT_LOADS`; 0 while Redshift is out of reach.",
            ),
            copies_total: add.counter("copies_total", "COPY commands that Redshift has answered, whatever it said."),
            commits_total: add.counter("commits_total", "Transactions that Redshift has committed, by its answer."),
            calls_total: add.counters(
                "calls_total",
                "Requests to other services, by result; one that is repeated counts each time.",
                &["service", "call", "result"],
            ),
            sessions: add.int_gauges(
                "sessions",
                "Sessions with Redshift: open ones, those of them that are lent, and how often one is waited for right now.",
                &["state"],
            ),
            warehouse_up: add.gauge(
                "warehouse_up",
                "1 while the warehouse is reached, 0 while no messages are received because it is not.",
            ),
            warehouse_outages_total: add.counter(
                "warehouse_outages_total",
                "How often Redshift went out of reach, a start without it included.",
            ),
            dead_letter_queue_up: add.gauge(
                "dead_letter_queue_up",
                "0 while the dead-letter queue cannot be counted or has refused the last message to be parked; 1 otherwise, also without one.",
            ),
            paused: add.int_gauges(
                "paused",
                "1 while every load is kept from starting by a pause (`daemon`), a `maintenance` window, or because what is paused is `unknown`; `tables`: pauses of tables.",
                &["scope"],
            ),
            queue_messages: add.int_gauges(
                "queue_messages",
                "Messages in the queue by state, as SQS counts them; `dead` is the dead-letter queue, `held` this process.",
                &["state"],
            ),
            events_total: add.counters(
                "events_total",
                "Events of S3 in received messages, by what their keys make of them; one that is delivered again counts each time.",
                &["outcome"],
            ),
            missing_files: add.int_gauges(
                "missing_files",
                "Files on S3 that no row of the ledger knows, where the routes look, at the last walk; only with `MISSING_INTERVAL`.",
                &["schema", "table"],
            ),
            missing_bytes: add.int_gauges("missing_bytes", "Their bytes as stored.", &["schema", "table"]),
            routes_refused: add.gauge(
                "routes_refused",
                "1 while the file of `ROUTES` is wrong or cannot be read, and the rules from before are in use; 0 otherwise, also without one.",
            ),
            lease_extensions_total: add.counters(
                "lease_extensions_total",
                "Attempts to extend the lease of a held message, by result.",
                &["result"],
            ),
            notices_total: add.counters(
                "notices_total",
                "Notices for `NOTIFY_URL`, by what became of them.",
                &["result"],
            ),
            after_work_total: add.counters(
                "after_work_total",
                "ANALYZE and VACUUM after loads, by what became of them.",
                &["work", "result"],
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
        for outcome in EventOutcome::iter() {
            self.events_total.with_label_values(&[outcome.label()]).inc_by(0);
        }
        for result in LeaseExtension::iter() {
            self.lease_extensions_total.with_label_values(&[result.label()]).inc_by(0);
        }
        for result in NoticeResult::iter() {
            self.notices_total.with_label_values(&[result.label()]).inc_by(0);
        }
        for work in AfterWork::iter() {
            for result in AfterResult::iter() {
                self.after_work_total.with_label_values(&[work.label(), result.label()]).inc_by(0);
            }
        }
        for kind in FailureKind::iter() {
            for stage in Stage::iter() {
                self.load_failures_total.with_label_values(&[kind.label(), stage.label()]).inc_by(0);
            }
        }
        for stage in Stage::iter() {
            self.stage_duration_seconds.with_label_values(&[stage.label()]);
        }
        for outcome in Outcome::iter() {
            self.load_duration_seconds.with_label_values(&[outcome.label()]);
        }
        for call in Call::iter() {
            for result in CallResult::iter() {
                self.calls_total.with_label_values(&labels_of(call, result)).inc_by(0);
            }
        }
        self.paused(None, 0);
        self.missing([]);
        for state in SessionUse::iter() {
            self.sessions.with_label_values(&[state.label()]).set(0);
        }
        for outcome in Outcome::iter() {
            self.loads_total.with_label_values(&["", "", outcome.label()]).inc_by(0);
        }
    }

    /// The Prometheus text format, with ages as of `now`.
    pub fn render(&self, now: DateTime<Utc>) -> String {
        #[expect(clippy::cast_precision_loss, reason = "seconds are exact in a float for 285 million years")]
        let seconds = |millis: i64| millis as f64 / 1000.0;
        for (target, freshness) in self.tables().freshness() {
            let labels = [target.schema.as_str(), target.table.as_str()];
            let age = now.signed_duration_since(freshness.data_date.instant());
            self.data_age_seconds.with_label_values(&labels).set(seconds(age.num_milliseconds()));
            match freshness.cadence {
                Some(cadence) => {
                    self.data_cadence_seconds.with_label_values(&labels).set(cadence.as_secs_f64());
                }
                // An error says that it was not there.
                None => drop(self.data_cadence_seconds.remove_label_values(&labels)),
            }
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

fn labels_of(call: Call, result: CallResult) -> [&'static str; 3] {
    [call.service(), call.label(), result.label()]
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
