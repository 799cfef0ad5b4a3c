//! A table that is locked, with many messages that wait for it, does not keep those of others waiting.

use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

const FORCED: &str = r#""force": true"#;

/// Puts data for a second table beside that of the scenario.
async fn put_other_table(scenario: &Scenario) {
    let config = table::config_of(&scenario.name, "others", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("config_{}_others_{DAY_1}.yml", scenario.name), config).await;
    scenario.put(&format!("{}_others_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
}

/// Sends so many messages for the scenario's table.
async fn send_many(scenario: &Scenario, count: usize) {
    let bodies = vec![scenario.message(FORCED); count];
    stream::iter(bodies.chunks(10)).for_each_concurrent(16, |batch| scenario.send_batch(batch)).await;
}

#[tokio::test]
async fn messages_of_a_locked_table_leave_room_for_those_of_others_and_are_loaded_in_the_end() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("MAX_HELD_MESSAGES".to_owned(), "20".to_owned());
    put_other_table(&scenario).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    send_many(&scenario, 60).await;
    scenario.waits_for_lock().await;
    let other = scenario.send(&scenario.message_for(&["others"], "")).await;
    assert_eq!(daemon.settled(&other).await["disposition"], "deleted");
    let given_back = daemon.log.find(r#""kind":"crowded""#).expect("it is said what became of a message");
    assert!(given_back.contains(r#""level":"INFO""#), "{given_back}");
    assert!(given_back.contains("messages went back to the queue for a while: "), "{given_back}");
    lock.query("COMMIT").await;
    daemon.metric_reaches(r#"messages_settled_total{disposition="deleted"}"#, 61.0).await;
    scenario.drained().await;
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever runs it wants to know how long it took")]
async fn thousands_of_messages_of_a_locked_table_do_not_keep_another_one_waiting() {
    // Three times as many as may be in hand. With more, the stand-in for SQS, which looks at all of them for each receive, is all that
    // is measured.
    const MESSAGES: usize = 3_000;
    let scenario = Scenario::new().await.loaded_once().await;
    put_other_table(&scenario).await;
    let daemon = Daemon::ready(&scenario).await;
    let _lock = scenario.lock_table().await;
    let start = Instant::now();
    send_many(&scenario, MESSAGES).await;
    let sent = start.elapsed();
    let start = Instant::now();
    let other = scenario.send(&scenario.message_for(&["others"], "")).await;
    assert_eq!(daemon.settled(&other).await["disposition"], "deleted");
    let settled = start.elapsed();
    eprintln!(
        "{MESSAGES} messages of a locked table sent in {sent:.1?}; one of another table was loaded {settled:.1?} after it"
    );
    let held = daemon.metric(r#"queue_messages{state="held"}"#).await;
    assert!(held <= 1000.0, "{held} messages in hand");
}
