//! Pauses and maintenance windows: what nobody wants to be loaded now is not, and goes on afterwards.

use crate::control::{knows_pauses, put_other_table, says, status};
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Finished, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;
use crate::support::wait::wait_for;

async fn pause(scenario: &Scenario, more: &[&str]) -> Finished {
    scenario.run(&[&["pause", "--by", "anna", "--reason", "reindexing"], more].concat()).await.success()
}

async fn resume(scenario: &Scenario, more: &[&str]) -> Finished {
    scenario.run(&[&["resume"], more].concat()).await.success()
}

#[tokio::test]
async fn a_pause_is_obeyed_by_every_daemon_survives_them_and_ends_with_a_resume() {
    let mut scenario = Scenario::new().await;
    // A poll may be under way when the one is killed.
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
    scenario.put_day(DAY_1, [1]).await;
    let mut first = Daemon::ready(&scenario).await;
    let second = Daemon::ready(&scenario).await;
    pause(&scenario, &[]).await.says("every load");
    let paused = "no message is received and no load started: paused by anna since";
    for daemon in [&first, &second] {
        knows_pauses(daemon, 1).await;
        says(daemon, paused).await;
    }
    let id = scenario.send(&scenario.message("")).await;
    first.kill();
    let third = Daemon::ready(&scenario).await;
    says(&third, paused).await;
    let status = status(&third).await;
    let sentence = status["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("Not receiving: paused by anna since "), "{sentence}");
    assert!(sentence.contains(": reindexing; resume with `s3-to-redshift resume`; "), "{sentence}");
    assert_eq!((&status["level"], &status["pauses"][0]["reason"]), (&"paused".into(), &"reindexing".into()));
    assert!(third.metric(r#"paused{scope="daemon"}"#).await > 0.5);
    assert_eq!(third.get("/healthz").await.0, 200);
    assert_eq!(third.get("/readyz").await.0, 200, "nothing is broken");
    assert!(third.get("/").await.1.contains("paused by anna since"));
    assert_eq!(third.metric("messages_received_total").await.to_string(), "0", "it receives nothing");
    assert_eq!(scenario.value(&format!("SELECT to_regclass('{}') IS NULL", scenario.table())).await, "t");
    resume(&scenario, &[]).await.says("nothing is paused");
    wait_for("the message to be loaded", async || {
        let is_loaded = |line: &String| line.contains(&id) && line.contains("loaded 1 rows");
        [&second, &third].iter().any(|daemon| daemon.log.all().iter().any(is_loaded)).then_some(())
    })
    .await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_paused_table_waits_while_others_load() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    put_other_table(&scenario, "others").await;
    let daemon = Daemon::ready(&scenario).await;
    // By its name in every schema, and in its schema.
    pause(&scenario, &["--table", table::TABLE]).await.says("events in every schema");
    knows_pauses(&daemon, 1).await;
    let waiting = scenario.send(&scenario.message("")).await;
    let other = scenario.send(&scenario.message_for(&["others"], "")).await;
    assert_eq!(daemon.settled(&other).await["disposition"], "deleted");
    says(&daemon, "no load of events in every schema is started: paused by anna").await;
    let waits = wait_for("the table to wait", async || {
        let status = status(&daemon).await;
        status["tables"].as_array()?.iter().find(|status| status["table"] == scenario.table()).cloned()
    })
    .await;
    let because = waits["waits_because"].as_str().unwrap();
    assert!(
        because.starts_with("paused by anna since ") && because.ends_with("resume --table events`"),
        "{because}"
    );
    assert!(daemon.metric(r#"paused{scope="tables"}"#).await > 0.5);
    assert!(daemon.metric("lanes_waiting").await < 0.5, "no other loader could start it");
    pause(&scenario, &["--table", &scenario.table()]).await;
    // One name of two is still paused by itself.
    resume(&scenario, &["--table", &scenario.table()]).await.says("events in every schema");
    pause(&scenario, &["--table", &scenario.table()]).await;
    resume(&scenario, &["--table", table::TABLE]).await.says("nothing is paused");
    let settled = daemon.settled(&waiting).await;
    assert_eq!((&settled["disposition"], &settled["receive_count"]), (&"deleted".into(), &1.into()));
}

#[tokio::test]
async fn messages_of_a_paused_table_leave_room_for_those_of_others() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("MAX_HELD_MESSAGES".to_owned(), "4".to_owned());
    scenario.put_day(DAY_1, [1]).await;
    put_other_table(&scenario, "others").await;
    pause(&scenario, &["--table", &scenario.table()]).await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.send_batch(&vec![scenario.message(""); 8]).await;
    daemon.metric_reaches(r#"load_failures_total{kind="paused",stage="wait"}"#, 7.0).await;
    let other = scenario.send(&scenario.message_for(&["others"], "")).await;
    assert_eq!(daemon.settled(&other).await["disposition"], "deleted");
    let given_back = daemon.log.find(r#""kind":"paused""#).expect("it is said what became of a message");
    assert!(
        given_back.contains(r#""level":"INFO""#) && given_back.contains("is paused by anna"),
        "{given_back}"
    );
    let status = status(&daemon).await;
    assert_eq!((&status["failures"], &status["held"]), (&serde_json::json!([]), &1.into()));
}

#[tokio::test]
async fn a_maintenance_window_lets_running_loads_end_and_starts_none() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    // Always.
    scenario.variables.insert("MAINTENANCE_WINDOW".to_owned(), "* * * * * 1h".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    says(&daemon, "no message is received and no load started: a maintenance window until").await;
    let id = scenario.send(&scenario.message("")).await;
    daemon.metric_reaches(r#"queue_messages{state="visible"}"#, 1.0).await;
    let status = status(&daemon).await;
    assert!(status["sentence"].as_str().unwrap().contains("a maintenance window until"), "{status}");
    assert_eq!(daemon.get("/readyz").await.0, 200);
    drop(daemon);
    // A second of every fourth year.
    scenario.variables.insert("MAINTENANCE_WINDOW".to_owned(), "0 0 29 2 * 1s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    assert_eq!(daemon.settled(&id).await["receive_count"], 1, "it was never received in the window");
}

#[tokio::test]
async fn a_maintenance_window_that_is_wrong_is_told_with_the_part_that_is() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("MAINTENANCE_WINDOW".to_owned(), "0 3 * * SUN 2h; 0 25 * * * 1h".to_owned());
    let refused = scenario.run(&["serve"]).await;
    assert_eq!(refused.code, Some(2));
    refused.says("MAINTENANCE_WINDOW must be cron expressions with durations");
    refused.says("`0 25 * * *` is wrong");
}

#[tokio::test]
async fn a_load_by_hand_is_made_in_a_pause_and_says_that_there_is_one() {
    let scenario = Scenario::new().await.loaded_once().await;
    pause(&scenario, &["--table", &scenario.table()]).await;
    pause(&scenario, &[]).await;
    let planned = scenario.plan(&[]).await.success();
    let loaded = scenario.load(&[]).await.success();
    loaded.says("loaded  1 rows");
    for told in [planned, loaded] {
        told.says("daemons are paused by anna since");
        told.says(&format!("{} is paused by anna since", scenario.table()));
    }
}

#[tokio::test]
async fn a_pause_of_a_table_that_nobody_knows_holds_and_says_so() {
    let scenario = Scenario::new().await.loaded_once().await;
    let name = &scenario.name;
    let known = pause(&scenario, &["--table", "events"]).await;
    assert!(!known.stderr.contains("no such table is known"), "{known:?}");
    let unknown = pause(&scenario, &["--table", "evnets"]).await;
    unknown.says("no such table is known: the ledger has no load of evnets in every schema");
    unknown.says(&format!("did you mean {name}.events?"));
    unknown.says("evnets in every schema  ");
}

#[tokio::test]
async fn what_is_paused_is_listed_as_it_was_said_however_odd() {
    let scenario = Scenario::new().await;
    scenario.run(&["pause", "--list"]).await.success().says("nothing is paused");
    scenario.run(&["resume"]).await.success().says("nothing is paused");
    let odd = r#"s.it's a "<script>""#;
    let reason = format!("{}\u{202e}\n'; DROP TABLE x; --", "long ".repeat(2_000));
    let paused =
        scenario.run(&["pause", "--table", odd, "--by", "", "--reason", &reason, "--json"]).await.success();
    let line: serde_json::Value = serde_json::from_str(&paused.stdout).unwrap();
    assert_eq!((&line["table"], &line["by"]), (&odd.into(), &"somebody".into()));
    let kept = line["reason"].as_str().unwrap();
    assert!(kept.starts_with("long long ") && kept.ends_with(" …") && kept.len() <= 1024, "{kept}");
    let again =
        scenario.run(&["pause", "--table", odd, "--by", "b", "--reason", r"it's \ 'quoted'"]).await.success();
    assert_eq!(again.stdout.lines().count(), 2, "one line for a target: {}", again.stdout);
    again.says(r"it's \ 'quoted'");
    scenario.run(&["check"]).await.says("warning  pauses");
    scenario.run(&["resume", "--table", odd]).await.success().says("nothing is paused");
    for wrong in ["", "s.", ".t", "s.t,s.u", &"x".repeat(128)] {
        let refused = scenario.run(&["pause", "--table", wrong]).await;
        assert_eq!(refused.code, Some(2), "{wrong}");
        refused.says("--table: ");
    }
}

#[tokio::test]
async fn a_daemon_that_may_not_read_what_is_paused_starts_nothing_and_says_what_to_grant() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    pause(&scenario, &["--table", "elsewhere"]).await;
    let (name, password) = (scenario.name.clone(), SECRETS.user_password.clone());
    let pauses = format!("{name}_ledger.pauses");
    scenario.sql(&format!("CREATE USER {name} PASSWORD '{password}'")).await;
    for grant in [
        "USAGE ON SCHEMA NAME",
        "USAGE ON SCHEMA NAME_ledger",
        "ALL ON ALL TABLES IN SCHEMA NAME",
        "SELECT, INSERT ON NAME_ledger.loads",
        "SELECT, INSERT ON NAME_ledger.superseded_messages",
        "SELECT, INSERT ON NAME_ledger.files",
    ] {
        scenario.sql(&format!("GRANT {} TO {name}", grant.replace("NAME", &name))).await;
    }
    scenario.sql(&format!("REVOKE SELECT ON {pauses} FROM PUBLIC")).await;
    scenario.variables.insert("REDSHIFT_USER".to_owned(), name);
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), password);
    let daemon = Daemon::start(&scenario).await;
    says(
        &daemon,
        "no message is received and no load started, as what is paused is not known: reading pauses in",
    )
    .await;
    let checked = scenario.run(&["check"]).await;
    assert_eq!(checked.code, Some(1), "{checked:?}");
    checked.says("reading pauses in");
    let id = scenario.send(&scenario.message("")).await;
    daemon.metric_reaches(r#"queue_messages{state="visible"}"#, 1.0).await;
    scenario.sql(&format!("GRANT SELECT ON {pauses} TO PUBLIC")).await;
    assert_eq!(daemon.settled(&id).await["receive_count"], 1);
    // It may read, and not write.
    let refused = scenario.run(&["pause"]).await;
    assert_eq!(refused.code, Some(1));
    refused.says("grant the right to the loader's user");
    scenario.sql(&format!("DROP TABLE {pauses}")).await;
    let refused = scenario.run(&["pause"]).await;
    refused.says("have the owner of the schema run `CREATE TABLE IF NOT EXISTS");
}
