//! Bad input ends in one clear sentence, half loads nothing, and stops nobody else.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;

/// Loads one file and returns the sentence that refuses it; nothing may have come into the table.
async fn refusal(scenario: &Scenario, content: Vec<u8>) -> String {
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    scenario.put(&scenario.key(DAY_1, "json.gz"), content).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let tables = format!("SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('{}')", scenario.table());
    assert_eq!(scenario.value(&tables).await, "0", "the CREATE TABLE was rolled back as well");
    assert_eq!(scenario.ledger_rows().await, "0");
    finished.stdout
}

#[tokio::test]
async fn a_row_that_does_not_fit_its_column_is_named_by_line_and_column() {
    let scenario = Scenario::new().await;
    let rows =
        format!("{}{}", table::rows(DAY_1, [1]), r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#);
    let sentence = refusal(&scenario, table::gzip(&rows)).await;
    let file = scenario.key(DAY_1, "json.gz");
    assert!(sentence.contains("line 2 of ") && sentence.contains(&file), "{sentence}");
    assert!(sentence.contains("column `id`"), "{sentence}");
}

#[tokio::test]
async fn a_not_null_column_that_is_missing_in_the_data_is_named() {
    let scenario = Scenario::new().await;
    let sentence =
        refusal(&scenario, table::gzip(r#"{"name": "x", "data_date": "2015-07-01T00:00:00Z"}"#)).await;
    assert!(sentence.contains("column `id`") && sentence.contains("not-null field"), "{sentence}");
}

#[tokio::test]
async fn a_corrupt_gzip_is_refused() {
    let scenario = Scenario::new().await;
    let mut content = table::gzip(&table::rows(DAY_1, 0..1000));
    content.truncate(content.len() / 2);
    let sentence = refusal(&scenario, content).await;
    assert!(sentence.contains(&scenario.key(DAY_1, "json.gz")), "{sentence}");
    let sentence = refusal(&scenario, b"no gzip at all".to_vec()).await;
    assert!(sentence.contains(&scenario.key(DAY_1, "json.gz")), "{sentence}");
}

#[tokio::test]
async fn invalid_messages_are_parked_with_the_reason_and_block_nobody() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let daemon = Daemon::ready(&scenario).await;
    let bad = scenario.message(r#""trucate": true"#);
    let cases = [
        (bad.as_str(), "`trucate` must be written `truncate`"),
        ("not json", "the message is not JSON"),
        (r#"{"schema": "s", "tables": [], "bucket": "b"}"#, "`tables` must name at least one table"),
    ];
    for (body, reason) in cases {
        scenario.send(body).await;
        let parked = scenario.parked().await;
        assert_eq!((parked.body.as_str(), parked.attribute("kind")), (body, "invalid_request"));
        assert!(parked.attribute("reason").contains(reason), "{parked:?}");
        purge_dead_letters(&scenario).await;
    }
    let good = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&good).await["disposition"], "deleted");
    assert_eq!(scenario.ids().await, "1");
}

async fn purge_dead_letters(scenario: &Scenario) {
    let purge = scenario.sqs.purge_queue().queue_url(&scenario.dead_letter_queue_url);
    purge.send().await.expect("the queue is purged");
}

#[tokio::test]
async fn without_a_dead_letter_queue_a_hopeless_message_stays_and_the_log_says_so() {
    let mut scenario = Scenario::new().await;
    let lonely = scenario.sqs.create_queue().queue_name(format!("{}-lonely", scenario.name)).send().await;
    scenario.queue_url = lonely.unwrap().queue_url.unwrap();
    scenario.variables.insert("QUEUE_URL".to_owned(), scenario.queue_url.clone());
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send("not json").await;
    assert_eq!(daemon.settled(&id).await["disposition"], "retried");
    assert!(daemon.log.find("no dead-letter queue").is_some(), "{:#?}", daemon.log.all());
}

#[tokio::test]
async fn a_file_that_is_not_there_yet_is_waited_for() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    let settled = daemon.settled(&id).await;
    assert_eq!((&settled["disposition"], &settled["kind"]), (&"retried".into(), &"no_data_file".into()));
    scenario.put_day(DAY_1, [1]).await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_wrong_password_is_named_without_being_shown_and_the_daemon_stays_up() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), SECRETS.wrong_password.clone());
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("cannot log in to Redshift as dev@127.0.0.1");
    let daemon = Daemon::start(&scenario).await;
    crate::support::wait::wait_for("the daemon to say why it is not ready", async || {
        let (status, body) = daemon.get("/readyz").await;
        (status == 503 && body.contains("cannot log in to Redshift")).then_some(())
    })
    .await;
    assert_eq!(daemon.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_named_and_the_daemon_stays_up() {
    let mut scenario = Scenario::new().await;
    let missing = scenario.queue_url.replace(&scenario.name, "no-such-queue");
    scenario.variables.insert("QUEUE_URL".to_owned(), missing.clone());
    let daemon = Daemon::start(&scenario).await;
    crate::support::wait::wait_for("the daemon to say why it is not ready", async || {
        let (status, body) = daemon.get("/readyz").await;
        let says = format!("the queue {missing} does not exist; check QUEUE_URL");
        (status == 503 && body.contains(&says)).then_some(())
    })
    .await;
    assert_eq!(daemon.get("/healthz").await.0, 200);
    let enqueued = scenario.run(&["enqueue", "--schema", "s", "--tables", "t", "--bucket", "b"]).await;
    assert_eq!(enqueued.code, Some(1));
    enqueued.says("does not exist; check QUEUE_URL");
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_named() {
    let scenario = Scenario::new().await;
    let finished = scenario
        .run(&["load", "--schema", &scenario.name, "--tables", "events", "--bucket", "no-such-bucket"])
        .await;
    assert_eq!(finished.code, Some(1));
    finished.says("s3://no-such-bucket: the bucket does not exist; check `bucket`");
}
