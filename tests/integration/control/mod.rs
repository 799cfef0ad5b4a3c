//! What people tell a daemon to do, or not to do.

mod pauses;
mod over_http;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

async fn says(daemon: &Daemon, text: &str) {
    wait_for(&format!("the daemon to say: {text}"), async || daemon.log.find(text)).await;
}

async fn status(daemon: &Daemon) -> serde_json::Value {
    serde_json::from_str(&daemon.get("/status").await.1).expect("it is JSON")
}

/// A file and its config for another table of the schema.
async fn put_other_table(scenario: &Scenario, name: &str) {
    let rows = table::gzip(&table::rows(DAY_1, [7]));
    scenario.put(&format!("{}_{name}_{DAY_1}.json.gz", scenario.name), rows).await;
    let config =
        table::config_of(&scenario.name, name, &["{dest: id, type: bigint}", "{dest: name, type: text}"]);
    scenario.put(&format!("config_{}_{name}_{DAY_1}.yml", scenario.name), config).await;
}

/// Waits until the daemon knows that this many things are paused. It asks when somebody looks, and what it knows is not older than
/// three seconds.
async fn knows_pauses(daemon: &Daemon, count: usize) {
    wait_for(&format!("the daemon to know {count} pauses"), async || {
        (status(daemon).await["pauses"].as_array()?.len() == count).then_some(())
    })
    .await;
}
