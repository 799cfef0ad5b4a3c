//! `dead-letters redrive` with many messages, with some that cannot go back, and in a dead-letter queue that others share.

use std::collections::HashMap;

use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry};
use rustix::process::Signal;

use crate::fifo::fifo_on;
use crate::support::batchless_proxy::BatchlessProxy;
use crate::support::counting_proxy::CountingProxy;
use crate::support::daemon::Daemon;
use crate::support::scenario::{Finished, Scenario};
use crate::support::servers;
use crate::support::wait::wait_for;

impl Scenario {
    async fn redrive(&self, more: &[&str]) -> Finished {
        self.run(&[&["dead-letters", "redrive", "--yes"], more].concat()).await
    }

    async fn list(&self, more: &[&str]) -> Finished {
        self.run(&[&["dead-letters", "list"], more].concat()).await
    }

    /// Puts messages into the dead-letter queue as a daemon parks them, and as it has parked those of the same queue.
    async fn put_parked(&self, letters: &[(&str, String)], queue_url: &str) {
        let is_fifo = self.dead_letter_queue_url.ends_with(".fifo");
        for letters in letters.chunks(10) {
            let entries = letters.iter().enumerate().map(|(index, (id, body))| {
                let attribute = |value: &str| {
                    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
                };
                let attributes = [
                    ("message_id", *id),
                    ("kind", "schema_conflict"),
                    ("tables", "web.pages"),
                    ("queue_url", queue_url),
                ];
                let attributes = attributes.map(|(name, value)| (name.to_owned(), attribute(value)));
                SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(body)
                    .set_message_attributes(Some(HashMap::from(attributes)))
                    .set_message_group_id(is_fifo.then(|| "web.pages".to_owned()))
                    .set_message_deduplication_id(is_fifo.then(|| (*id).to_owned()))
                    .build()
                    .unwrap()
            });
            let request = self.sqs.send_message_batch().queue_url(&self.dead_letter_queue_url);
            let sent = request.set_entries(Some(entries.collect())).send().await.unwrap();
            assert_eq!(sent.failed, []);
        }
    }

    /// The bodies in the queue, in the order in which they come.
    async fn bodies(&self, count: usize) -> Vec<String> {
        let mut bodies = Vec::new();
        while bodies.len() < count {
            let request = self.sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(10);
            let received = request.send().await.unwrap().messages.unwrap_or_default();
            assert!(!received.is_empty(), "{} of {count} came", bodies.len());
            for message in received {
                let request = self.sqs.delete_message().queue_url(&self.queue_url);
                request.receipt_handle(message.receipt_handle.unwrap()).send().await.unwrap();
                bodies.push(message.body.unwrap());
            }
        }
        bodies
    }
}

#[tokio::test]
async fn a_message_that_sqs_refuses_stays_and_keeps_none_of_the_others() {
    let scenario = Scenario::new().await;
    let shortest = scenario.sqs.set_queue_attributes().queue_url(&scenario.queue_url);
    shortest.attributes(QueueAttributeName::MaximumMessageSize, "1024").send().await.unwrap();
    let letters = [("too-long", "x".repeat(2000)), ("first", "one".to_owned()), ("second", "two".to_owned())];
    scenario.put_parked(&letters, &scenario.queue_url).await;
    let finished = scenario.redrive(&[]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    finished.says("messages sent back: 2; failed, each with its reason above: 1");
    finished.says("not sent back: too-long  schema_conflict  web.pages  it is still parked: the queue");
    finished.says("must be shorter than 1024 bytes");
    let mut bodies = scenario.bodies(2).await;
    bodies.sort();
    assert_eq!((bodies, scenario.dead_letters().await), (vec!["one".to_owned(), "two".to_owned()], 1));
    let again = scenario.redrive(&["--json"]).await;
    assert_eq!(again.code, Some(1));
    again.says(r#""not_sent_because":"it is still parked"#);
}

#[tokio::test]
async fn what_sqs_could_not_do_with_an_entry_of_a_batch_is_tried_once_more_alone() {
    let mut scenario = Scenario::new().await;
    let letters = [("first", "one".to_owned()), ("second", "two".to_owned())];
    scenario.put_parked(&letters, &scenario.queue_url).await;
    let proxy = BatchlessProxy::before(scenario.cloud.aws_port()).await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", proxy.port));
    scenario.redrive(&[]).await.success().says("messages sent back: 2");
    let mut bodies = scenario.bodies(2).await;
    bodies.sort();
    assert_eq!((bodies, scenario.dead_letters().await), (vec!["one".to_owned(), "two".to_owned()], 0));
}

#[tokio::test]
async fn thousands_of_messages_go_back_in_batches() {
    const MANY: usize = 1500;
    let mut scenario = Scenario::new().await;
    let ids: Vec<String> = (0..MANY).map(|number| format!("message-{number}")).collect();
    let letters: Vec<_> = ids.iter().map(|id| (id.as_str(), id.clone())).collect();
    scenario.put_parked(&letters, &scenario.queue_url).await;
    let proxy = CountingProxy::before_s3(scenario.cloud.aws_port()).await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", proxy.port));
    let finished = scenario.redrive(&[]).await.success();
    finished.says(&format!("messages sent back: {MANY}"));
    assert_eq!((finished.stdout.lines().count(), scenario.dead_letters().await), (MANY, 0));
    let asked = proxy.asked().len();
    assert!(asked < MANY / 2, "{asked} requests for {MANY} messages");
    let mut bodies = scenario.bodies(MANY).await;
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), MANY, "each once");
}

#[tokio::test]
async fn messages_of_one_group_of_a_fifo_queue_all_go_back_in_their_order() {
    let scenario = fifo_on(servers::ministack().await).await;
    let ids: Vec<String> = (100..300).map(|number| format!("message-{number}")).collect();
    let letters: Vec<_> = ids.iter().map(|id| (id.as_str(), id.clone())).collect();
    scenario.put_parked(&letters, &scenario.queue_url).await;
    scenario.redrive(&[]).await.success().says("messages sent back: 200");
    assert_eq!(scenario.bodies(200).await, ids);
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn a_message_of_another_queue_is_passed_over_and_told_whoever_has_parked_it() {
    let scenario = Scenario::new().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let own = scenario.send("{}").await;
    assert_eq!(daemon.settled(&own).await["disposition"], "parked");
    // One that is killed may leave a receive behind, which takes what comes next.
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(0));
    let other = scenario.sqs.create_queue().queue_name(format!("{}-other", scenario.name)).send().await;
    let other = other.unwrap().queue_url.unwrap();
    scenario.put_parked(&[("of-others", "{}".to_owned())], &other).await;
    let moved = moved_by_sqs(&scenario, &other).await;
    let moved_of_ours = moved_by_sqs(&scenario, &scenario.queue_url).await;

    let listed = scenario.list(&[]).await.success();
    for (id, queue) in [
        (&*own, scenario.name.clone()),
        (&*moved_of_ours, scenario.name.clone()),
        ("of-others", format!("{}-other", scenario.name)),
        (&*moved, format!("{}-other", scenario.name)),
    ] {
        let line = listed.stdout.lines().find(|line| line.contains(id)).unwrap();
        assert!(line.contains(&format!("  {queue}  ")), "{queue} in {line}");
    }
    let finished = scenario.redrive(&[]).await.success();
    finished.says("messages sent back: 2");
    finished.says(&format!("messages of another queue, {}-other, are passed over: 2", scenario.name));
    assert_eq!(scenario.dead_letters().await, 2);
    let by_id = scenario.redrive(&["--id", &moved]).await.success();
    by_id.says("no such message is in the dead-letter queue");
    assert_eq!(scenario.dead_letters().await, 2);
}

/// Has SQS itself move a message from a queue to the dead-letter queue, and returns its id.
async fn moved_by_sqs(scenario: &Scenario, queue_url: &str) -> String {
    let policy = scenario.policy_of_deliveries(1);
    let request = scenario.sqs.set_queue_attributes().queue_url(queue_url);
    request.attributes(QueueAttributeName::RedrivePolicy, policy).send().await.unwrap();
    let request = scenario.sqs.send_message().queue_url(queue_url).message_body("{}");
    let id = request.send().await.unwrap().message_id.unwrap();
    let before = scenario.dead_letters().await;
    wait_for("SQS to move a message", async || {
        let request = scenario.sqs.receive_message().queue_url(queue_url).visibility_timeout(0);
        request.send().await.ok()?;
        (scenario.dead_letters().await > before).then_some(())
    })
    .await;
    id
}

#[tokio::test]
async fn what_sqs_has_parked_is_found_and_sent_back_by_the_id_that_is_listed() {
    let scenario = Scenario::new().await;
    let moved = moved_by_sqs(&scenario, &scenario.queue_url).await;
    scenario.list(&["--id", &moved]).await.success().says(&moved);
    scenario.redrive(&["--id", &moved]).await.success().says("messages sent back: 1");
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn slips_in_names_are_told_before_anything_is_done() {
    let scenario = Scenario::new().await;
    scenario.put_parked(&[("first", "{}".to_owned())], &scenario.queue_url).await;
    for command in [&["dead-letters", "list"][..], &["dead-letters", "redrive", "--yes"]] {
        let slips = ["--kind", "schema_conflit", "--table", "web."];
        let finished = scenario.run(&[command, &slips].concat()).await;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        finished.says("--kind: there is no kind `schema_conflit`, did you mean schema_conflict?");
        finished.says("--table must be schema.table, or table, not `web.`");
        let strange = scenario.run(&[command, &["--kind", "rain"]].concat()).await;
        assert_eq!(strange.code, Some(2));
        strange.says("there is no kind `rain`; there are invalid_request, ");
        for (table, told) in [
            ("web.pagse", "no parked message names the table web.pagse; did you mean web.pages?"),
            ("pagse", "no parked message names the table pagse; did you mean web.pages?"),
            ("orders", "no parked message names the table orders; there are web.pages"),
        ] {
            scenario.run(&[command, &["--table", table]].concat()).await.success().says(told);
        }
    }
    assert_eq!(scenario.dead_letters().await, 1);
    let right = ["--kind", "schema_conflict", "--table", "WEB.pages"];
    scenario.redrive(&right).await.success().says("messages sent back: 1");
}
