//! Whatever is delivered twice or cut off in between, rows are in the table once.

use crate::support::daemon::Daemon;
use crate::support::faults::{Fault, FaultyProxy};
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::wait::wait_for;

fn port_of(endpoint: &str) -> u16 {
    endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an endpoint ends in its port")
}

#[tokio::test]
async fn a_message_becomes_rows_and_a_ledger_row_and_leaves_the_queue() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2, 3]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    let settled = daemon.settled(&id).await;
    assert_eq!(settled["disposition"], "deleted");
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1,2,3");
    let columns =
        "load_id, target_schema, target_table, data_date, source_url, message_id, mode, forced, rows_loaded";
    let row = scenario.value(&format!("SELECT {columns} FROM {}_ledger.loads", scenario.name)).await;
    let load_id = settled["load.id"].as_str().unwrap();
    let expected = format!(
        "{load_id}|{0}|events|2015-07-01 00:00:00|s3://{0}/{1}|{id}|append|f|3",
        scenario.name,
        scenario.key(DAY_1, "json.gz")
    );
    assert_eq!(row, expected);
}

#[tokio::test]
async fn a_daemon_killed_between_commit_and_delete_message_has_loaded_once() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let sqs =
        FaultyProxy::before(port_of(&scenario.cloud.aws_endpoint), "AmazonSQS.DeleteMessage", Fault::Hold)
            .await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "2s".to_owned());
    let mut killed = Daemon::ready(&scenario).await;
    // Force, so that nothing but the ledger can tell that it was loaded.
    let id = scenario.send(&scenario.message(r#""force": true"#)).await;
    sqs.struck().await;
    killed.kill();
    assert_eq!(scenario.ids().await, "1");

    let daemon = Daemon::ready(&scenario).await;
    let settled = daemon.settled(&id).await;
    let story = settled["message"].as_str().unwrap();
    assert!(story.contains("this message was already loaded"), "{story}");
    scenario.drained().await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_load_whose_answer_to_commit_is_lost_is_found_in_the_ledger() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let redshift = FaultyProxy::before(scenario.cloud.redshift_port, "COMMIT", Fault::LoseTheAnswer).await;
    scenario.variables.insert("REDSHIFT_PORT".to_owned(), redshift.port.to_string());
    let finished = scenario.load(&[]).await.success();
    finished.says("loaded  1 rows");
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn the_same_message_sent_twice_loads_once() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let daemon = Daemon::ready(&scenario).await;
    for _ in 0..2 {
        scenario.send(&scenario.message("")).await;
    }
    daemon.metric_reaches(r#"messages_settled_total{disposition="deleted"}"#, 2.0).await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_load_that_waited_while_another_daemon_loaded_looks_again_and_skips() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_2, [2]).await;

    // Another daemon holds the table's write lock, with its rows and ledger row not committed yet.
    let other = scenario.session().await;
    other.query("BEGIN").await;
    other.query(&format!("DELETE FROM {} WHERE data_date = '{DAY_2}'", scenario.table())).await;
    let ours = scenario.load(&[]);
    let release = async {
        waits_for_lock(&scenario).await;
        other.query(&format!("INSERT INTO {} (id, data_date) VALUES (2, '{DAY_2}')", scenario.table())).await;
        let ledger = format!("{}_ledger.loads", scenario.name);
        other
            .query(&format!(
                "INSERT INTO {ledger} SELECT 'other', target_schema, target_table, '{DAY_2}', source_url, fingerprint, \
                 'other', mode, forced, rows_loaded, bytes_loaded, started_at, finished_at, loader FROM {ledger}"
            ))
            .await;
        other.query("COMMIT").await;
    };
    let (finished, ()) = tokio::join!(ours, release);
    finished.success().says("skipped the table has data of 2015-07-02T00:00:00Z");
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
}

#[tokio::test]
async fn two_daemons_that_load_a_new_table_at_once_load_it_once() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let (left, right) = tokio::join!(scenario.load(&[]), scenario.load(&[]));
    left.success();
    right.success();
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

/// Waits until some session waits for the lock of the scenario's table.
pub(crate) async fn waits_for_lock(scenario: &Scenario) {
    let query = format!(
        "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = '{}'::regclass",
        scenario.table()
    );
    wait_for("a load to wait for the table's lock", async || {
        (scenario.value(&query).await != "0").then_some(())
    })
    .await;
}
