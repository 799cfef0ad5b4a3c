//! What an operator sees: metrics, health, logs, history.

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;

#[tokio::test]
async fn a_settled_message_is_one_log_line_that_reads_alone() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    let line = daemon.settled(&id).await;
    assert_eq!(line["message"], format!("loaded 2 rows into {}", scenario.table()));
    assert_eq!(line["table"], scenario.table());
    assert_eq!(line["rows"], 2);
    assert!(line["duration_ms"].is_u64());
    assert_eq!(line["load.id"].as_str().unwrap().len(), 36);
    assert_eq!(line.get("kind"), None, "nothing has failed");
    let lines = daemon.log.all();
    assert_eq!(lines.iter().filter(|line| line.contains(&id)).count(), 1, "{lines:#?}");
    assert!(lines.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{lines:#?}");
}

/// The support code searches all that the program shows; here it shows as much as it can.
#[tokio::test]
async fn at_the_most_talkative_level_nothing_shows_a_secret() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("RUST_LOG".to_owned(), "trace".to_owned());
    scenario.put_day(DAY_1, [1]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&id).await["disposition"], "deleted");
    for command in ["plan", "load"] {
        let finished = scenario.run(&[&[command, "--force"][..], &flags(&scenario)].concat()).await.success();
        assert!(finished.stderr.contains("TRACE"), "it tells little: {}", finished.stderr);
    }
    scenario.run(&["history"]).await.success();
    scenario.run(&[&["enqueue"][..], &flags(&scenario)].concat()).await.success();
    // An error of COPY, whose statement holds the keys.
    scenario.put_file(DAY_1, r#"{"id": "seven"}"#).await;
    assert_eq!(scenario.load(&["--force"]).await.code, Some(1));
    let refused = scenario.send(&scenario.message(r#""force": true"#)).await;
    assert_eq!(daemon.settled(&refused).await["kind"], "data_rejected");
    assert_eq!(scenario.parked().await.attribute("kind"), "data_rejected");
    assert!(daemon.log.find(r#""level":"TRACE""#).is_some(), "it tells little");
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), SECRETS.wrong_password.clone());
    assert_eq!(scenario.load(&[]).await.code, Some(1));
}

fn flags(scenario: &Scenario) -> [&str; 6] {
    ["--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name]
}

#[tokio::test]
async fn metrics_count_rows_bytes_and_outcomes_of_each_table() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let daemon = Daemon::ready(&scenario).await;
    for _ in 0..2 {
        let id = scenario.send(&scenario.message("")).await;
        daemon.settled(&id).await;
    }
    let of_table = format!(r#"schema="{}",table="events""#, scenario.name);
    let outcomes = |outcome| format!(r#"loads_total{{outcome="{outcome}",{of_table}}}"#);
    let expected = [
        (format!("rows_loaded_total{{{of_table}}}"), 2.0),
        (outcomes("loaded"), 1.0),
        (outcomes("skipped"), 1.0),
        (r#"messages_settled_total{disposition="deleted"}"#.to_owned(), 2.0),
        ("messages_received_total".to_owned(), 2.0),
        ("loads_in_progress".to_owned(), 0.0),
        (r#"stage_duration_seconds_count{stage="replace"}"#.to_owned(), 1.0),
        (r#"stage_duration_seconds_count{stage="copy"}"#.to_owned(), 1.0),
        (r#"stage_duration_seconds_count{stage="record"}"#.to_owned(), 1.0),
    ];
    for (series, value) in expected {
        assert!((daemon.metric(&series).await - value).abs() < f64::EPSILON, "{series} is not {value}");
    }
    assert!(daemon.metric(&format!("bytes_loaded_total{{{of_table}}}")).await > 0.0);
    assert!(daemon.metric(r#"build_info{revision="unknown",version="0.1.0"}"#).await > 0.0);
}

/// Through an outage, a load, and one that COPY refuses.
#[tokio::test]
async fn requests_to_others_are_counted_by_what_became_of_them() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    scenario.put_config(DAY_1, &table::config_due(&scenario.name, "1d")).await;
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let daemon = Daemon::start(&scenario).await;
    let calls = |service: &str, call: &str, result: &str| {
        format!(r#"calls_total{{call="{call}",result="{result}",service="{service}"}}"#)
    };
    daemon.metric_reaches("warehouse_outages_total", 1.0).await;
    daemon.metric_reaches(&calls("redshift", "login", "unreachable"), 1.0).await;
    let _redshift = HoldingProxy::at(port, real, "nothing is held").await;
    let loaded = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&loaded).await["rows"], 2);
    scenario.put_file(DAY_1, r#"{"id": "seven"}"#).await;
    let refused = scenario.send(&scenario.message(r#""force": true"#)).await;
    assert_eq!(daemon.settled(&refused).await["kind"], "data_rejected");

    for (series, value) in [
        ("warehouse_outages_total".to_owned(), 1.0),
        ("copies_total".to_owned(), 2.0),
        ("commits_total".to_owned(), 1.0),
        (calls("redshift", "COPY", "ok"), 1.0),
        (calls("redshift", "COPY", "refused"), 1.0),
        (calls("sqs", "DeleteMessage", "ok"), 2.0),
        // To the dead-letter queue.
        (calls("sqs", "SendMessage", "ok"), 1.0),
        (calls("s3", "GetObject", "throttled"), 0.0),
        ("lanes_waiting".to_owned(), 0.0),
        (r#"sessions{state="wanted"}"#.to_owned(), 0.0),
    ] {
        assert!((daemon.metric(&series).await - value).abs() < f64::EPSILON, "{series} is not {value}");
    }
    for series in [calls("s3", "ListObjectsV2", "ok"), calls("redshift", "statement", "ok")] {
        assert!(daemon.metric(&series).await > 1.0, "{series}");
    }
    assert!(daemon.metric(r#"sessions{state="open"}"#).await >= 1.0);
}

#[tokio::test]
async fn only_tables_that_are_there_have_series_of_their_own() {
    let scenario = Scenario::new().await;
    scenario.sql(&format!("CREATE TABLE {}.no_file (id bigint)", scenario.name)).await;
    let daemon = Daemon::ready(&scenario).await;
    let misspelt: Vec<String> = (0..100).map(|number| format!("misspelt{number}")).collect();
    let misspelt: Vec<&str> = misspelt.iter().map(String::as_str).collect();
    for tables in [&misspelt[..], &["no_file"]] {
        let id = scenario.send(&scenario.message_for(tables, "")).await;
        assert!(daemon.settled(&id).await["kind"].as_str().unwrap().contains("no_data_file"));
    }
    let (_, text) = daemon.get("/metrics").await;
    assert!(!text.contains("misspelt"), "{text}");
    let together = daemon.metric(r#"loads_total{outcome="failed",schema="",table=""}"#).await;
    assert!((together - 100.0).abs() < f64::EPSILON, "{together} failures");
    let of_table = format!(r#"loads_total{{outcome="failed",schema="{}",table="no_file"}}"#, scenario.name);
    assert!((daemon.metric(&of_table).await - 1.0).abs() < f64::EPSILON, "{text}");
}

#[tokio::test]
async fn data_age_survives_a_restart() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let daemon = Daemon::ready(&scenario).await;
    let of_table = format!(r#"schema="{}",table="events""#, scenario.name);
    let ten_years = 10.0 * 365.0 * 86_400.0;
    // Read from the ledger soon after the daemon is ready, not before.
    daemon.metric_reaches(&format!("data_age_seconds{{{of_table}}}"), ten_years).await;
    daemon.metric_reaches(&format!("last_load_timestamp_seconds{{{of_table}}}"), ten_years).await;
}

#[tokio::test]
async fn history_shows_the_last_loads_as_a_table_or_as_json() {
    let scenario = Scenario::new().await;
    scenario.run(&["history"]).await.success();
    scenario.put_day(DAY_1, [1, 2]).await;
    scenario.load(&[]).await.success();
    scenario.run(&["history"]).await.success().says(&scenario.table());
    let json = scenario.run(&["history", "--json", "--limit", "1", "--table", "events"]).await.success();
    let entry: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&entry["rows_loaded"], &entry["mode"]), (&2.into(), &"append".into()));
    let other = scenario.run(&["history", "--table", "other", "--json"]).await.success();
    assert_eq!(other.stdout, "");
    let by_full_name = scenario.run(&["history", "--table", &scenario.table(), "--json"]).await.success();
    assert_eq!(by_full_name.stdout, json.stdout);
}

#[tokio::test]
async fn unknown_paths_are_answered_with_what_there_is() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::start(&scenario).await;
    let (status, body) = daemon.get("/nothing").await;
    assert_eq!(status, 404);
    assert!(body.contains("/metrics"), "{body}");
}
