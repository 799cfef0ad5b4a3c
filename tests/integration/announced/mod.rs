//! Loads of announced files: many by one COPY, each once, and those that cannot be loaded set aside.

mod beside_the_queue;
mod failures;
mod gathered;
mod once;
mod order_of_loads;
mod put_off;
mod rewritten;
mod two_daemons;
mod what_configs_say;

use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// Of files `in/<table>/dt=<date>/…`, whose table config is `config/<table>.yml`. `LINGER` is how long the first one waits.
const RULES: &str = r#"
routes:
  - match: "s3://BUCKET/in/{table}/dt={date:%Y-%m-%d}/*"
    schema: BUCKET
    config: "s3://BUCKET/config/{table}.yml"
    batch: {linger: LINGER}
"#;

/// Of which COPY refuses the id.
const BAD_ROW: &str = r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#;

/// The key of a file of the first day of `events`.
fn key(name: impl std::fmt::Display) -> String {
    format!("in/{}/dt=2015-07-01/{name}.json.gz", table::TABLE)
}

impl Scenario {
    /// With the rules, and the usual table config of `events`.
    async fn lingering(self, linger: &str) -> Self {
        self.put("config/events.yml", table::config(&self.name)).await;
        self.routed_by(&RULES.replace("LINGER", linger), "park").await
    }

    /// Sends one message that announces files of these keys, and returns its id.
    async fn announce(&self, keys: &[impl AsRef<str>]) -> String {
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        self.send(&self.event_of(&keys)).await
    }

    /// Sends one message for each of these keys.
    async fn announce_each(&self, keys: &[String]) {
        let bodies: Vec<String> = keys.iter().map(|key| self.event_of(&[key])).collect();
        for bodies in bodies.chunks(10) {
            self.send_batch(bodies).await;
        }
    }

    /// A value of the ledger's table `files`: `COUNT(*)`.
    async fn of_files(&self, what: &str) -> String {
        self.value(&format!("SELECT {what} FROM {}_ledger.files", self.name)).await
    }

    async fn nothing_is_parked(&self) {
        self.drained().await;
        assert_eq!(self.dead_letters().await, 0);
    }
}

/// The keys that a parked message announces, decoded.
fn keys_of(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("it is JSON");
    let records = body["Records"].as_array().expect("it is a notification");
    records.iter().map(|record| record["s3"]["object"]["key"].as_str().unwrap().replace("%3D", "=")).collect()
}

/// Waits until the message is settled, which is to be by its deletion.
async fn is_deleted(daemon: &Daemon, id: &str) {
    let settled = daemon.settled(id).await;
    assert_eq!(settled["disposition"], "deleted", "{settled}");
}

/// Waits until the message is settled, which is to be by parking it as this kind.
async fn is_parked_as(daemon: &Daemon, id: &str, kind: &str) -> Value {
    let settled = daemon.settled(id).await;
    assert_eq!((&settled["disposition"], &settled["kind"]), (&"parked".into(), &kind.into()), "{settled}");
    settled
}

/// Files of one row each, with these ids, and their keys.
async fn put_rows(scenario: &Scenario, ids: std::ops::RangeInclusive<u32>) -> Vec<String> {
    use futures_util::stream::{self, StreamExt as _};
    let put = |id: u32| async move {
        let key = key(id);
        scenario.put(&key, table::gzip(&table::rows(DAY_1, [id]))).await;
        key
    };
    stream::iter(ids).map(put).buffered(32).collect().await
}
