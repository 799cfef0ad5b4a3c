//! Loads side by side, and messages that stay ours for as long as we work on them.

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// A second table with one row to load.
async fn put_other_table(scenario: &Scenario) {
    let other = table::config_of(&scenario.name, "other", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("{}_other_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.put(&format!("config_{}_other_{DAY_1}.yml", scenario.name), other).await;
}

/// Waits until the daemon has begun to work on every message sent so far.
async fn catches_up(daemon: &Daemon, scenario: &Scenario) {
    let last = scenario.send("no message").await;
    assert_eq!(daemon.settled(&last).await["disposition"], "parked");
}

#[tokio::test]
async fn one_load_of_a_table_runs_at_a_time_and_other_tables_pass_by() {
    let scenario = Scenario::new().await.loaded_once().await;
    put_other_table(&scenario).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let first = scenario.send(&scenario.message(r#""force": true"#)).await;
    scenario.waits_for_lock().await;
    let second = scenario.send(&scenario.message("")).await;
    let passing = scenario.send(&scenario.message_for(&["other"], "")).await;
    assert_eq!(daemon.settled(&passing).await["rows"], 1);
    daemon.metric_reaches("messages_received_total", 3.0).await;
    catches_up(&daemon, &scenario).await;
    let running = daemon.metric("loads_in_progress").await;
    assert!((running - 1.0).abs() < f64::EPSILON, "the second load waits for its turn");
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&first).await["rows"], 1);
    let story = daemon.settled(&second).await;
    assert!(story["message"].as_str().unwrap().contains("skipped"), "{story}");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn no_more_loads_run_at_once_than_are_allowed() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("MAX_CONCURRENT_LOADS".to_owned(), "1".to_owned());
    put_other_table(&scenario).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let waiting = scenario.send(&scenario.message_for(&["other"], "")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    catches_up(&daemon, &scenario).await;
    assert!((daemon.metric("loads_in_progress").await - 1.0).abs() < f64::EPSILON);
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&waiting).await["rows"], 1);
}

#[tokio::test]
async fn a_message_is_not_delivered_again_while_its_load_runs() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "9s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.send(&scenario.message("")).await;
    // Six extensions are twice the visibility timeout.
    daemon.metric_reaches(r#"lease_extensions_total{result="extended"}"#, 6.0).await;
    lock.query("COMMIT").await;
    let settled = daemon.settled(&id).await;
    assert_eq!((&settled["disposition"], &settled["receive_count"]), (&"deleted".into(), &1.into()));
    scenario.drained().await;
    assert!((daemon.metric("messages_received_total").await - 1.0).abs() < f64::EPSILON);
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_load_whose_lease_is_lost_is_rolled_back_and_the_next_delivery_loads() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let port = scenario.cloud.aws_port();
    let sqs = HoldingProxy::before(port, "AmazonSQS.ChangeMessageVisibilityBatch").await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.send(&scenario.message("")).await;
    let settled = daemon.settled(&id).await;
    assert_eq!((&settled["disposition"], &settled["kind"]), (&"forgotten".into(), &"lease_lost".into()));
    assert_eq!(scenario.ids().await, "1");
    lock.query("COMMIT").await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1,2");
}
