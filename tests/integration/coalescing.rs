//! Messages that wait for the same load become one.

use futures_util::stream::{self, StreamExt as _};
use rustix::process::Signal;

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

const FORCED: &str = r#""force": true"#;

/// Sends messages that ask the same while a load of the table waits for its lock, until all of them stand in line.
async fn send_while_busy(scenario: &Scenario, daemon: &Daemon, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(scenario.send(&scenario.message(FORCED)).await);
    }
    // The first is the load under way.
    let received = f64::from(u32::try_from(count).expect("a small number")) + 1.0;
    daemon.metric_reaches("messages_received_total", received).await;
    ids
}

#[tokio::test]
async fn messages_that_wait_and_ask_the_same_are_answered_by_one_load() {
    let scenario = Scenario::new().await.loaded_once().await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let first = scenario.send(&scenario.message(FORCED)).await;
    scenario.waits_for_lock().await;
    let waiting = send_while_busy(&scenario, &daemon, 5).await;
    lock.query("COMMIT").await;
    scenario.drained().await;

    // One load for the first message, which none of the others waited for when it began, and one for all others.
    let leader = &daemon.settled(&waiting[0]).await["load.id"];
    assert_ne!(&daemon.settled(&first).await["load.id"], leader);
    for id in &waiting[1..] {
        let settled = daemon.settled(id).await;
        assert_eq!((&settled["disposition"], &settled["load.id"]), (&"deleted".into(), leader));
        let story = settled["message"].as_str().unwrap();
        assert!(story.contains("superseded by load"), "{story}");
    }
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "3"));
    let recorded = format!(
        "SELECT COUNT(DISTINCT message_id), COUNT(DISTINCT load_id) FROM {}_ledger.superseded_messages",
        scenario.name
    );
    assert_eq!(scenario.value(&recorded).await, "4|1");
    let history = scenario.run(&["history", "--json", "--limit", "1"]).await.success();
    let entry: serde_json::Value = serde_json::from_str(&history.stdout).unwrap();
    assert_eq!((&entry["load_id"], &entry["superseded_messages"]), (leader, &4.into()));
}

#[tokio::test]
async fn a_message_that_was_superseded_is_done_even_when_it_is_delivered_again() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let sqs = HoldingProxy::before(scenario.cloud.aws_port(), "AmazonSQS.DeleteMessage").await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
    let mut daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message(FORCED)).await;
    scenario.waits_for_lock().await;
    let waiting = send_while_busy(&scenario, &daemon, 3).await;
    lock.query("COMMIT").await;
    // Loaded, and not one of the messages deleted.
    daemon.metric_reaches(r#"load_duration_seconds_count{outcome="loaded"}"#, 2.0).await;
    daemon.kill();

    scenario.variables.remove("AWS_ENDPOINT_URL_SQS");
    let next = Daemon::ready(&scenario).await;
    for id in &waiting {
        let story = next.settled(id).await;
        assert!(story["message"].as_str().unwrap().contains("was already loaded"), "{story}");
    }
    scenario.drained().await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "3"));
}

#[tokio::test]
async fn a_message_that_arrives_during_a_load_sees_the_file_that_came_with_it() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message(FORCED)).await;
    scenario.waits_for_lock().await;
    // The load has listed the bucket by now.
    scenario.put_day(DAY_2, [2]).await;
    let second = scenario.send(&scenario.message("")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&second).await["rows"], 1);
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_drain_waits_for_the_load_that_answers_a_message_and_starts_no_other() {
    let scenario = Scenario::new().await.loaded_once().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message(FORCED)).await;
    scenario.waits_for_lock().await;
    let waiting = send_while_busy(&scenario, &daemon, 2).await;
    // The next lock is asked for before the first is let go, so that it comes between the two loads.
    let commit = async {
        wait_for("a load and a lock to wait", async || (scenario.waiters().await == 2).then_some(())).await;
        lock.query("COMMIT").await;
    };
    let (lock, ()) = tokio::join!(scenario.lock_table(), commit);
    scenario.waits_for_lock().await;
    let late = scenario.send(&scenario.message(FORCED)).await;
    daemon.metric_reaches("messages_received_total", 4.0).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.settled(&late).await["disposition"], "released");
    lock.query("COMMIT").await;
    assert_eq!(daemon.ended().await, Some(0));
    for id in &waiting {
        assert_eq!(daemon.settled(id).await["disposition"], "deleted");
    }
}

#[tokio::test]
async fn a_failure_is_shared_by_all_who_waited_for_the_same() {
    let scenario = Scenario::new().await.loaded_once().await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message(FORCED)).await;
    scenario.waits_for_lock().await;
    let waiting = send_while_busy(&scenario, &daemon, 3).await;
    scenario.put_file(DAY_2, r#"{"id": "seven"}"#).await;
    lock.query("COMMIT").await;
    for id in &waiting {
        let settled = daemon.settled(id).await;
        assert_eq!((&settled["disposition"], &settled["kind"]), (&"parked".into(), &"data_rejected".into()));
    }
    // The load under way read the broken file too; the others share one.
    let failed = daemon.metric(r#"load_duration_seconds_count{outcome="failed"}"#).await;
    assert!((failed - 2.0).abs() < f64::EPSILON, "{failed} loads failed");
}

const TABLES: usize = 100;
const MESSAGES: usize = 10_000;

#[tokio::test]
async fn ten_thousand_messages_for_a_hundred_tables_that_wait_are_one_load_of_each() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("MAX_HELD_MESSAGES".to_owned(), (MESSAGES + 1).to_string());
    scenario.variables.insert("MAX_CONCURRENT_LOADS".to_owned(), "1".to_owned());
    let names: Vec<String> = (0..TABLES).map(|number| format!("t{number}")).collect();
    for name in &names {
        let config = table::config_of(&scenario.name, name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("config_{}_{name}_{DAY_1}.yml", scenario.name), config).await;
        scenario.put(&format!("{}_{name}_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    }
    // The one place is taken until all messages are received.
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let bodies = (0..MESSAGES).map(|number| scenario.message_for(&[&names[number % TABLES]], FORCED));
    let bodies: Vec<String> = bodies.collect();
    stream::iter(bodies.chunks(10)).for_each_concurrent(16, |batch| scenario.send_batch(batch)).await;
    let all = f64::from(u32::try_from(MESSAGES + 1).expect("it fits"));
    daemon.metric_reaches("messages_received_total", all).await;
    lock.query("COMMIT").await;
    daemon.metric_reaches(r#"messages_settled_total{disposition="deleted"}"#, all).await;
    scenario.drained().await;

    for name in &names {
        let rows = format!("SELECT COUNT(*), MIN(id) FROM {}.{name}", scenario.name);
        assert_eq!(scenario.value(&rows).await, "1|7", "{name}");
    }
    let loads = format!(
        "SELECT COUNT(*), COUNT(DISTINCT target_table) FROM {}_ledger.loads WHERE target_table <> 'events'",
        scenario.name
    );
    assert_eq!(scenario.value(&loads).await, format!("{TABLES}|{TABLES}"));
    let superseded = format!(
        "SELECT COUNT(*), COUNT(DISTINCT message_id) FROM {}_ledger.superseded_messages",
        scenario.name
    );
    let others = MESSAGES - TABLES;
    assert_eq!(scenario.value(&superseded).await, format!("{others}|{others}"));
}
