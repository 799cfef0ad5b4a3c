//! Loads side by side, and messages that stay ours for as long as we work on them.

use crate::exactly_once::waits_for_lock;
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario, Session};
use crate::support::table;

/// A session that holds the write lock of the scenario's table, so that loads of it wait.
async fn lock_table(scenario: &Scenario) -> Session {
    let session = scenario.session().await;
    session.query("BEGIN").await;
    session.query(&format!("DELETE FROM {} WHERE id = -1", scenario.table())).await;
    session
}

async fn loaded_once() -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_2, [2]).await;
    scenario
}

#[tokio::test]
async fn one_load_of_a_table_runs_at_a_time_and_other_tables_pass_by() {
    let scenario = loaded_once().await;
    let other = table::config_of(&scenario.name, "other", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("{}_other_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.put(&format!("config_{}_other_{DAY_1}.yml", scenario.name), other).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = lock_table(&scenario).await;
    let first = scenario.send(&scenario.message(r#""force": true"#)).await;
    waits_for_lock(&scenario).await;
    let second = scenario.send(&scenario.message("")).await;
    let passing = scenario.send(&scenario.message_for(&["other"], "")).await;
    assert_eq!(daemon.settled(&passing).await["rows"], 1);
    daemon.metric_reaches("messages_received_total", 3.0).await;
    assert!(
        (daemon.metric("loads_in_progress").await - 1.0).abs() < f64::EPSILON,
        "the second load waits for its turn"
    );
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&first).await["rows"], 1);
    let story = daemon.settled(&second).await;
    assert!(story["message"].as_str().unwrap().contains("skipped"), "{story}");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn no_more_loads_run_at_once_than_are_allowed() {
    let mut scenario = loaded_once().await;
    scenario.variables.insert("MAX_CONCURRENT_LOADS".to_owned(), "1".to_owned());
    let other = table::config_of(&scenario.name, "other", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("{}_other_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.put(&format!("config_{}_other_{DAY_1}.yml", scenario.name), other).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = lock_table(&scenario).await;
    scenario.send(&scenario.message("")).await;
    waits_for_lock(&scenario).await;
    let waiting = scenario.send(&scenario.message_for(&["other"], "")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    assert!((daemon.metric("loads_in_progress").await - 1.0).abs() < f64::EPSILON);
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&waiting).await["rows"], 1);
}

#[tokio::test]
async fn a_message_is_not_delivered_again_while_its_load_runs() {
    let mut scenario = loaded_once().await;
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let lock = lock_table(&scenario).await;
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
async fn a_load_that_takes_too_long_is_rolled_back_and_its_lock_is_free() {
    let mut scenario = loaded_once().await;
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "2s".to_owned());
    let lock = lock_table(&scenario).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("LOAD_TIMEOUT");
    lock.query("COMMIT").await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}
