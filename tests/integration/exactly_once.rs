//! Whatever is delivered twice or cut off in between, rows are in the table once.

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{DAY_1, DAY_2, Scenario, Session};
use crate::support::servers;
use crate::support::table;

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
    let sqs = HoldingProxy::before(scenario.cloud.aws_port(), "AmazonSQS.DeleteMessage").await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "2s".to_owned());
    let mut killed = Daemon::ready(&scenario).await;
    // Force, so that nothing but the ledger can tell that it was loaded.
    let id = scenario.send(&scenario.message(r#""force": true"#)).await;
    sqs.holds().await;
    killed.kill();
    assert_eq!(scenario.ids().await, "1");

    scenario.variables.remove("AWS_ENDPOINT_URL_SQS");
    let daemon = Daemon::ready(&scenario).await;
    let settled = daemon.settled(&id).await;
    let story = settled["message"].as_str().unwrap();
    assert!(story.contains("this message was already loaded"), "{story}");
    scenario.drained().await;
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

/// The file of the second day waits for another daemon that is about to commit the same.
async fn look_again(scenario: Scenario) {
    let scenario = scenario.loaded_once().await;
    // The other daemon holds the table's write lock, with its rows and ledger row not committed yet.
    let other = scenario.lock_table().await;
    let ours = scenario.load(&[]);
    let release = async {
        scenario.waits_for_lock().await;
        other.query(&format!("INSERT INTO {} (id, data_date) VALUES (2, '{DAY_2}')", scenario.table())).await;
        record_load_of_another(&scenario, &other).await;
        other.query("COMMIT").await;
    };
    let (finished, ()) = tokio::join!(ours, release);
    finished.success().says("skipped the table has data of 2015-07-02T00:00:00Z");
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
}

/// Copies the ledger's row as one that another daemon wrote for the second day.
async fn record_load_of_another(scenario: &Scenario, other: &Session) {
    let ledger = format!("{}_ledger.loads", scenario.name);
    other
        .query(&format!(
            "INSERT INTO {ledger} SELECT 'other', target_schema, 'events', '{DAY_2}', source_url, fingerprint, \
             'other', mode, forced, rows_loaded, bytes_loaded, started_at, finished_at, loader FROM {ledger}"
        ))
        .await;
}

#[tokio::test]
async fn a_load_that_waited_while_another_daemon_loaded_looks_again_and_skips() {
    look_again(Scenario::new().await).await;
}

#[tokio::test]
async fn the_same_holds_under_serializable_isolation() {
    look_again(Scenario::on(servers::serializable().await).await).await;
}

#[tokio::test]
async fn a_daemon_loads_and_reloads_under_serializable_isolation() {
    let scenario = Scenario::on(servers::serializable().await).await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let daemon = Daemon::ready(&scenario).await;
    for more in ["", r#""force": true"#, r#""truncate": true, "force": true"#] {
        let id = scenario.send(&scenario.message(more)).await;
        assert_eq!(daemon.settled(&id).await["rows"], 2, "{more}");
    }
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "3"));
}

#[tokio::test]
async fn a_table_that_another_daemon_is_creating_is_loaded_once() {
    let scenario = Scenario::new().await;
    // A ledger with a row in it, of another table.
    let other_table = table::config_of(&scenario.name, "other", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("{}_other_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.put(&format!("config_{}_other_{DAY_1}.yml", scenario.name), other_table).await;
    scenario
        .run(&["load", "--schema", &scenario.name, "--tables", "other", "--bucket", &scenario.name])
        .await
        .success();

    scenario.put_day(DAY_2, [2]).await;
    let other = scenario.session().await;
    other.query("BEGIN").await;
    other
        .query(&format!(
            "CREATE TABLE {} (data_date timestamp, id bigint NOT NULL, name varchar)",
            scenario.table()
        ))
        .await;
    other.query(&format!("INSERT INTO {} (id, data_date) VALUES (2, '{DAY_2}')", scenario.table())).await;
    record_load_of_another(&scenario, &other).await;
    let ours = scenario.load(&[]);
    let release = async {
        scenario.waits_for_lock().await;
        other.query("COMMIT").await;
    };
    let (finished, ()) = tokio::join!(ours, release);
    finished.success().says("skipped");
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn a_message_that_fails_half_way_repeats_only_the_table_that_failed() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message_for(&["events", "late"], r#""force": true"#)).await;
    let settled = daemon.settled(&id).await;
    assert_eq!((&settled["disposition"], &settled["rows"]), (&"retried".into(), &1.into()));
    let late = table::config_of(&scenario.name, "late", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("config_{}_late_{DAY_1}.yml", scenario.name), late).await;
    scenario.put(&format!("{}_late_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1");
    let loads = format!("SELECT target_table FROM {}_ledger.loads ORDER BY 1", scenario.name);
    assert_eq!(scenario.sql(&loads).await, ["events", "late"]);
}
