//! `dead-letters`: what was parked is seen without being taken, and goes back once.

use std::collections::HashMap;
use std::process::Stdio;

use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName};
use serde_json::Value;

use crate::fifo::{fifo_on, group_of};
use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{DAY_1, Finished, Scenario};
use crate::support::servers;
use crate::support::wait::wait_for;

impl Scenario {
    async fn dead_letters_command(&self, arguments: &[&str]) -> Finished {
        self.run(&[&["dead-letters"], arguments].concat()).await
    }

    /// Puts a message into the dead-letter queue as the daemon parks it.
    async fn put_dead_letter(&self, id: &str, group: &str, body: &str) {
        let attribute = |value: &str| {
            MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
        };
        let attributes = HashMap::from([
            ("message_id".to_owned(), attribute(id)),
            ("kind".to_owned(), attribute("schema_conflict")),
            ("tables".to_owned(), attribute("web.pages,web.visits")),
            ("reason".to_owned(), attribute("it is a view")),
        ]);
        let request = self.sqs.send_message().queue_url(&self.dead_letter_queue_url).message_body(body);
        let request = request.message_group_id(group).message_deduplication_id(id);
        request.set_message_attributes(Some(attributes)).send().await.expect("the message is sent");
    }

    /// Messages in a queue, whether somebody holds them or not.
    async fn messages_in(&self, queue_url: &str) -> u32 {
        let request = self.sqs.get_queue_attributes().queue_url(queue_url);
        let counts =
            request.attribute_names(QueueAttributeName::All).send().await.unwrap().attributes.unwrap();
        let count = |name| -> u32 { counts[&name].parse().unwrap() };
        count(QueueAttributeName::ApproximateNumberOfMessages)
            + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
    }
}

fn json_lines(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn what_was_parked_is_listed_and_shown_without_being_taken_and_loads_when_it_is_sent_back() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, []).await;
    scenario.put_file(DAY_1, r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#).await;
    let daemon = Daemon::ready(&scenario).await;
    let rejected = scenario.send(&scenario.message("")).await;
    let hostile = scenario
        .send("{\"schema\": \"\u{202e}<script>\", \"tables\": \"a\", \"bucket\": \"b\", \"trucate\": 1}")
        .await;
    for id in [&rejected, &hostile] {
        assert_eq!(daemon.settled(id).await["disposition"], "parked");
    }

    // Twice, as nothing is taken.
    for _ in 0..2 {
        let listed = scenario.dead_letters_command(&["list"]).await.success();
        for text in
            ["age", "message id", &rejected, &hostile, "data_rejected", "invalid_request", &scenario.table()]
        {
            assert!(listed.stdout.contains(text), "no {text} in {listed:?}");
        }
        assert!(!listed.stdout.contains(['\u{202e}', '\u{1b}']), "{listed:?}");
        assert_eq!((listed.stdout.lines().count(), listed.stderr.as_str()), (3, ""));
    }
    let only = ["list", "--json", "--table", "EVENTS", "--kind", "data_rejected"];
    let lines = json_lines(&scenario.dead_letters_command(&only).await.success());
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["message_id"], rejected);
    assert_eq!(
        (&lines[0]["tables"][0], &lines[0]["kind"][0]),
        (&scenario.table().into(), &"data_rejected".into())
    );
    assert!(lines[0]["age_seconds"].is_u64() && lines[0]["load_id"].is_string(), "{lines:?}");

    let shown = scenario.dead_letters_command(&["show", "--id", &rejected]).await.success();
    shown.says(&format!("body        {}", scenario.message("")));
    shown.says("load error  {");
    shown.says("kind        data_rejected");
    let shown =
        json_lines(&scenario.dead_letters_command(&["show", "--json", "--id", &hostile]).await.success());
    assert!(shown[0]["whole"]["body"].as_str().unwrap().contains("\u{202e}<script>"));
    let unknown = scenario.dead_letters_command(&["show", "--id", "nobody"]).await;
    assert_eq!(unknown.code, Some(1));
    unknown.says("no such message is in the dead-letter queue");

    // Said first, and only with a word from somebody.
    let dry = scenario.dead_letters_command(&["redrive", "--dry-run", "--table", "events"]).await.success();
    assert_eq!(dry.stdout, format!("would be sent back: {rejected}  data_rejected  {}\n", scenario.table()));
    let unasked = scenario.dead_letters_command(&["redrive"]).await;
    assert_eq!(unasked.code, Some(2), "{unasked:?}");
    unasked.says("needs --yes");
    assert_eq!(scenario.dead_letters().await, 2);

    scenario.put_day(DAY_1, [7]).await;
    let sent =
        scenario.dead_letters_command(&["redrive", "--yes", "--json", "--id", &rejected]).await.success();
    let new = json_lines(&sent)[0]["sent_as"].as_str().unwrap().to_owned();
    assert_eq!(daemon.settled(&new).await["rows"], 1);
    assert_eq!(scenario.ids().await, "7");
    let left = json_lines(&scenario.dead_letters_command(&["list", "--json"]).await.success());
    assert_eq!((left.len(), &left[0]["message_id"]), (1, &hostile.clone().into()));

    // What fails again is found by the id that it had at first, and by its new one.
    let sent = scenario.dead_letters_command(&["redrive", "--yes", "--json"]).await.success();
    let again = json_lines(&sent)[0]["sent_as"].as_str().unwrap().to_owned();
    assert_eq!(daemon.settled(&again).await["disposition"], "parked");
    for id in [&hostile, &again] {
        let found = scenario.dead_letters_command(&["list", "--json", "--id", id]).await.success();
        let found = &json_lines(&found)[0];
        assert_eq!(
            (&found["message_id"], &found["original_message_id"]),
            (&again.clone().into(), &hostile.clone().into())
        );
    }
}

#[tokio::test]
async fn a_redrive_that_dies_before_it_deletes_leaves_the_message_in_both_queues_and_a_fifo_queue_has_it_once()
 {
    let mut scenario = fifo_on(servers::ministack().await).await;
    scenario.put_dead_letter("original", "web.pages", "the body").await;
    let sqs = HoldingProxy::before(scenario.cloud.aws_port(), "AmazonSQS.DeleteMessage").await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    let mut command = scenario.program();
    command.args(["dead-letters", "redrive", "--yes"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut killed = command.spawn().expect("it starts");
    sqs.holds().await;
    killed.kill().expect("it is our child");
    killed.wait().expect("it is our child");
    assert_eq!(scenario.messages_in(&scenario.dead_letter_queue_url).await, 1);
    // It comes back by itself; until then it is said that there is more than is seen.
    let listed = scenario.dead_letters_command(&["list", "--json"]).await.success();
    assert_eq!(listed.stdout, "");
    listed.says("not all of it could be seen");

    let message = wait_for("the message to be back", async || {
        let request = scenario.sqs.receive_message().queue_url(&scenario.queue_url);
        let request = request.message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.ok()?.messages?.into_iter().next()
    })
    .await;
    assert_eq!((message.body.as_deref(), group_of(&message)), (Some("the body"), "web.pages"));
    let attributes = message.message_attributes.unwrap();
    assert_eq!(attributes["original_message_id"].string_value.as_deref(), Some("original"));
}

#[tokio::test]
async fn a_queue_without_dead_letters_or_without_a_queue_for_them_is_told_from_the_other() {
    let scenario = Scenario::new().await;
    let empty = scenario.dead_letters_command(&["redrive", "--yes"]).await.success();
    empty.says("no such message is in the dead-letter queue");
    let remove = scenario.sqs.set_queue_attributes().queue_url(&scenario.queue_url);
    remove.attributes(QueueAttributeName::RedrivePolicy, "").send().await.unwrap();
    let without = scenario.dead_letters_command(&["list"]).await;
    assert_eq!(without.code, Some(1), "{without:?}");
    without.says("the queue has no dead-letter queue");
}
