//! Control over HTTP: whoever has the token pauses, resumes, loads and aborts, and everybody is told who it was.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::control::{knows_pauses, put_other_table, says, status};
use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table::TABLE;
use crate::support::wait::wait_for;

/// A scenario whose daemons can be controlled.
async fn controlled() -> Scenario {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("CONTROL_TOKEN".to_owned(), SECRETS.control_token.clone());
    scenario
}

/// The answer to whoever has the token.
async fn post(daemon: &Daemon, path: &str, body: &str) -> (u16, Value) {
    let token = format!("Authorization: Bearer {}\r\n", SECRETS.control_token);
    let (status, body) = daemon.ask("POST", path, &token, body).await;
    (status, serde_json::from_str(&body).expect("an answer is JSON"))
}

/// The id of the load of [`TABLE`] that runs.
async fn running_load(daemon: &Daemon) -> String {
    wait_for("a load to have an id", async || {
        status(daemon).await["tables"][0]["load"]["load_id"].as_str().map(str::to_owned)
    })
    .await
}

async fn line_with(daemon: &Daemon, text: &str) -> Value {
    let line = wait_for(&format!("a line that says: {text}"), async || daemon.log.find(text)).await;
    serde_json::from_str(&line).expect("a log line is JSON")
}

#[tokio::test]
async fn a_pause_over_http_holds_everywhere_and_is_logged_with_who_and_why() {
    let scenario = controlled().await;
    scenario.put_day(DAY_1, [1]).await;
    let (first, second) = (Daemon::ready(&scenario).await, Daemon::ready(&scenario).await);
    let body = json!({"by": "anna", "reason": "reindexing"}).to_string();
    let (status, paused) = post(&first, "/pause", &body).await;
    assert_eq!((status, &paused["action"], &paused["table"]), (202, &"pause".into(), &Value::Null));
    assert_eq!((&paused["pauses"][0]["reason"], &paused["warning"]), (&"reindexing".into(), &Value::Null));
    let line = line_with(&first, "pause of every load, asked for over HTTP: paused").await;
    assert_eq!(
        (&line["level"], &line["action"], &line["by"], &line["reason"]),
        (&"INFO".into(), &"pause".into(), &"anna".into(), &"reindexing".into())
    );
    says(&first, "no load started: paused by anna").await;
    knows_pauses(&second, 1).await;
    let id = scenario.send(&scenario.message("")).await;
    scenario.run(&["pause", "--list"]).await.success().says("anna");
    let (status, resumed) = post(&second, "/resume", "").await;
    assert_eq!((status, &resumed["pauses"]), (202, &json!([])));
    assert_eq!(line_with(&second, "resume of every load").await["by"], "127.0.0.1");
    let (_, doubted) = post(&first, "/pause", r#"{"table": "nobody.knows"}"#).await;
    let warning = doubted["warning"].as_str().unwrap();
    assert!(
        warning.starts_with("no such table is known: the ledger has no load of nobody.knows"),
        "{warning}"
    );
    post(&first, "/resume", r#"{"table": "nobody.knows"}"#).await;
    wait_for("the message to be loaded", async || first.log.find(&id).or_else(|| second.log.find(&id))).await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn an_aborted_load_is_rolled_back_and_its_message_parked_with_all_that_ask_the_same() {
    let scenario = controlled().await.loaded_once().await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let first = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let load_id = running_load(&daemon).await;
    let body = json!({"by": "anna", "reason": "wrong \"file\" <script>"}).to_string();
    let (code, aborted) = post(&daemon, &format!("/abort/{load_id}"), &body).await;
    assert_eq!((code, &aborted["message_id"]), (202, &first.clone().into()), "{aborted}");
    let settled = daemon.settled(&first).await;
    assert_eq!(
        (&settled["disposition"], &settled["kind"]),
        (&"parked".into(), &"aborted_by_operator".into())
    );
    wait_for("nobody to wait for the lock", async || (!scenario.is_waited_for().await).then_some(())).await;
    lock.query("COMMIT").await;
    let parked = scenario.parked().await;
    let reason = parked.attribute("reason");
    assert_eq!(parked.attribute("kind"), "aborted_by_operator");
    assert!(reason.contains("it was aborted by anna: wrong \"file\" <script>"), "{reason}");
    assert!(reason.ends_with("redrive its message once it may be loaded"), "{reason}");
    let page = daemon.get("/").await.1;
    assert!(page.contains("aborted by anna") && !page.contains("<script>\u{22}"), "{page}");
    assert_eq!(line_with(&daemon, "abort of load ").await["reason"], "wrong \"file\" <script>");
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
    let (code, gone) = post(&daemon, &format!("/abort/{load_id}"), "").await;
    assert!(code == 404 && gone["error"].as_str().unwrap().contains("runs in this process"), "{gone}");
}

#[tokio::test]
async fn a_load_that_is_asked_for_over_http_is_made_in_a_pause_and_told_like_any_other() {
    let scenario = controlled().await.loaded_once().await;
    let daemon = Daemon::ready(&scenario).await;
    assert_eq!(post(&daemon, "/pause", "").await.0, 202);
    let waiting = scenario.send(&scenario.message("")).await;
    let body = scenario.message(r#""by": "anna", "reason": "now""#);
    let (code, taken) = post(&daemon, "/load", &body).await;
    assert_eq!((code, &taken["tables"][0]["table"]), (202, &scenario.table().into()), "{taken}");
    let although = taken["although"][0].as_str().unwrap();
    assert!(although.starts_with("paused by 127.0.0.1 since "), "{although}");
    let id = taken["message_id"].as_str().unwrap();
    let settled = daemon.settled(id).await;
    assert_eq!((&settled["disposition"], &settled["rows"]), (&"by_hand".into(), &1.into()));
    let line = line_with(&daemon, "load of ").await;
    assert_eq!((&line["by"], &line["reason"]), (&"anna".into(), &"now".into()));
    let query = format!(
        "SELECT message_id FROM {}_ledger.loads ORDER BY finished_at DESC, load_id DESC",
        scenario.name
    );
    assert!(scenario.sql(&query).await.contains(&id.to_owned()));
    assert_eq!(scenario.ids().await, "1,2");
    assert_eq!(daemon.get(taken["tables"][0]["page"].as_str().unwrap()).await.0, 200);
    assert!(daemon.log.find(&waiting).is_none(), "what came by the queue waits");
    for (body, says) in [
        (r#"{"schema": "s", "trucate": true}"#, "`trucate` must be written `truncate`"),
        (r#"{"by": 7}"#, "`by` must be a text"),
        ("", "not JSON"),
        (&*scenario.message(r#""config": "/etc/passwd""#), "TABLE_CONFIG_DIR"),
    ] {
        let (code, refused) = post(&daemon, "/load", body).await;
        assert!(code == 400 && refused["error"].as_str().unwrap().contains(says), "{body}: {refused}");
    }
}

#[tokio::test]
async fn a_load_by_hand_that_fails_or_is_never_started_is_told_all_the_same() {
    let scenario = controlled().await.loaded_once().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let missing = scenario.message_for(&["missing"], "");
    let (_, taken) = post(&daemon, "/load", &missing).await;
    let failed = daemon.settled(taken["message_id"].as_str().unwrap()).await;
    assert_eq!(
        (&failed["disposition"], &failed["kind"], &failed["level"]),
        (&"by_hand".into(), &"no_data_file".into(), &"ERROR".into())
    );
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let (code, taken) = post(&daemon, "/load", &scenario.message(r#""force": true"#)).await;
    assert_eq!(code, 202);
    daemon.signal(Signal::TERM);
    let id = taken["message_id"].as_str().unwrap();
    let ended = daemon.settled(id).await;
    assert!(ended["message"].as_str().unwrap().contains("was not started"), "{ended}");
    lock.query("COMMIT").await;
    assert_eq!(daemon.ended().await, Some(0));
    assert_eq!(scenario.ids().await, "1,2", "the one that ran has ended");
}

#[tokio::test]
async fn a_load_by_hand_passes_by_those_that_wait() {
    let mut scenario = controlled().await.loaded_once().await;
    scenario.variables.insert("MAX_CONCURRENT_LOADS".to_owned(), "1".to_owned());
    for table in ["others", "hand"] {
        put_other_table(&scenario, table).await;
    }
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let first = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let waiting = scenario.send(&scenario.message_for(&["others"], "")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    let (_, taken) = post(&daemon, "/load", &scenario.message_for(&["hand"], "")).await;
    lock.query("COMMIT").await;
    let by_hand = taken["message_id"].as_str().unwrap();
    for id in [&*first, by_hand, &*waiting] {
        daemon.settled(id).await;
    }
    let loads = format!("SELECT target_table FROM {}_ledger.loads ORDER BY load_id", scenario.name);
    assert_eq!(scenario.sql(&loads).await, [TABLE, TABLE, "hand", "others"]);
}

#[tokio::test]
async fn nobody_controls_a_daemon_without_its_token() {
    let scenario = controlled().await;
    let daemon = Daemon::ready(&scenario).await;
    let wrong = "Authorization: Bearer of-bad-news-0123456789\r\n";
    for path in ["/pause", "/resume", "/load", "/abort/0199"] {
        assert_eq!(daemon.ask("POST", path, "", "").await.0, 401, "{path}");
        assert_eq!(daemon.ask("POST", path, wrong, "").await.0, 401, "{path}");
    }
    assert_eq!(daemon.ask("POST", "/pause", wrong, "").await.0, 401);
    assert_eq!(daemon.ask("POST", "/pause", wrong, "").await.0, 429, "five in a minute");
    let (right, _) = post(&daemon, "/abort/0199", "").await;
    assert_eq!(right, 404, "the right one is taken from there all the same, and there is no such load");
    let refused = line_with(&daemon, "requests with a wrong CONTROL_TOKEN were refused").await;
    assert_eq!((&refused["level"], &refused["peer"]), (&"WARN".into(), &"127.0.0.1".into()));
    assert!(daemon.log.find("of-bad-news").is_none());
    scenario.run(&["pause", "--list"]).await.success().says("nothing is paused");
    assert_eq!(daemon.get("/readyz").await.0, 200);
}

#[tokio::test]
async fn a_token_that_is_too_short_is_refused_and_not_shown() {
    let mut scenario = controlled().await;
    scenario.variables.insert("CONTROL_TOKEN".to_owned(), "hunter2-hunter2".to_owned());
    let refused = scenario.run(&["serve"]).await;
    assert_eq!(refused.code, Some(2));
    refused.says("CONTROL_TOKEN must have 16 to 1024 characters");
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
}

#[tokio::test]
async fn while_redshift_is_down_a_pause_is_refused_with_the_reason_and_holds_nobody_up() {
    let mut scenario = controlled().await;
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let redshift = HoldingProxy::at(port, real, "nothing is held").await;
    let daemon = Daemon::ready(&scenario).await;
    drop(redshift);
    let (code, refused) = post(&daemon, "/pause", r#"{"by": "anna"}"#).await;
    let why = refused["error"].as_str().unwrap();
    assert!(code == 503 && !why.is_empty(), "{refused}");
    let line = line_with(&daemon, "pause of every load, asked for over HTTP: not done: ").await;
    assert_eq!(line["by"], "anna");
    let _redshift = HoldingProxy::at(port, real, "nothing is held").await;
    wait_for("the pause to be taken", async || {
        (post(&daemon, "/pause", r#"{"by": "anna"}"#).await.0 == 202).then_some(())
    })
    .await;
    knows_pauses(&daemon, 1).await;
}
