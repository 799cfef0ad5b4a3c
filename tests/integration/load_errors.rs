//! Why COPY refused a file is told wherever somebody would look for it.

use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

const BROKEN: &str = r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#;

async fn with_broken_file() -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    scenario.put_file(DAY_1, BROKEN).await;
    scenario
}

#[tokio::test]
async fn the_refused_rows_are_in_the_log_on_the_status_page_and_with_the_parked_message() {
    let scenario = with_broken_file().await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    let settled = daemon.settled(&id).await;
    assert_eq!((&settled["disposition"], &settled["kind"]), (&"parked".into(), &"data_rejected".into()));
    let failures = r#"load_failures_total{kind="data_rejected",stage="copy"}"#;
    assert!((daemon.metric(failures).await - 1.0).abs() < f64::EPSILON);

    let of_log: Value = serde_json::from_str(settled["load_errors"].as_str().unwrap()).unwrap();
    let file = format!("s3://{}/{}", scenario.name, scenario.key(DAY_1, "json.gz"));
    let expected: [(&str, Value); 3] = [("file", file.into()), ("line", 1.into()), ("column", "id".into())];
    for (field, value) in expected {
        assert_eq!(of_log[0][field], value, "{of_log}");
    }
    assert!(of_log[0]["reason"].as_str().unwrap().contains("Invalid digit"), "{of_log}");

    let status: Value = serde_json::from_str(&daemon.get("/status").await.1).unwrap();
    let failure = &status["failures"][0];
    assert_eq!((&failure["load_errors"], &failure["load_id"]), (&of_log, &settled["load.id"]));
    assert_eq!((&failure["table"], &failure["disposition"]), (&scenario.table().into(), &"parked".into()));

    let parked = scenario.parked().await;
    assert_eq!(parked.attribute("message_id"), id);
    assert_eq!(parked.attribute("load_id"), settled["load.id"]);
    assert_eq!((parked.attribute("kind"), parked.attribute("tables")), ("data_rejected", &*scenario.table()));
    assert_eq!(serde_json::from_str::<Value>(parked.attribute("load_errors")).unwrap(), of_log);
    assert!(parked.attribute("reason").contains("column `id`"), "{parked:?}");
    let everything = format!("{:?}{status}{parked:?}", daemon.log.all());
    assert!(!everything.contains("seven"), "values are the producer's: {everything}");
}

#[tokio::test]
async fn refused_values_are_shown_to_those_who_ask() {
    let mut scenario = with_broken_file().await;
    let silent = scenario.load(&[]).await;
    assert!(!silent.stdout.contains("seven"), "{silent:?}");
    scenario.variables.insert("LOAD_ERROR_VALUES".to_owned(), "true".to_owned());
    scenario.load(&[]).await.says("[value: seven]");
}

#[tokio::test]
async fn the_status_page_shows_who_loads_and_who_waits() {
    let scenario = Scenario::new().await.loaded_once().await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    scenario.send(&scenario.message("")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    let status: Value = serde_json::from_str(&daemon.get("/status").await.1).unwrap();
    assert_eq!(status["not_ready_because"], serde_json::json!([]));
    let table = &status["tables"][0];
    assert_eq!((&table["table"], &table["waiting"]), (&scenario.table().into(), &1.into()));
    assert_eq!(table["load"]["message_id"], id);
    lock.query("COMMIT").await;
    scenario.drained().await;
    let status: Value = serde_json::from_str(&daemon.get("/status").await.1).unwrap();
    assert_eq!(status["tables"], serde_json::json!([]));
}
