//! FIFO queues: nothing that cannot be loaded holds back its group, and what is sent says which group it is of.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use s3_to_redshift::aws_calls::AwsCalls;
use s3_to_redshift::queue::sqs::Sqs;
use s3_to_redshift::queue::{MessageQueue, WhyParked};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario, aws_config_of};
use crate::support::servers::{self, Cloud};
use crate::support::wait::wait_for;

/// A scenario whose queue and dead-letter queue are FIFO.
pub(crate) async fn fifo_on(cloud: &'static Cloud) -> Scenario {
    let mut scenario = Scenario::on(cloud).await;
    scenario.queue_url = fifo_queue(&scenario, "").await;
    scenario.dead_letter_queue_url = fifo_queue(&scenario, "-dead").await;
    scenario.receive_up_to(20).await;
    scenario
}

async fn fifo() -> Scenario {
    fifo_on(servers::ministack().await).await
}

async fn fifo_queue(scenario: &Scenario, suffix: &str) -> String {
    let request = scenario.sqs.create_queue().queue_name(format!("{}{suffix}.fifo", scenario.name));
    let made = request.attributes(QueueAttributeName::FifoQueue, "true").send().await;
    made.expect("a queue is made").queue_url.expect("a queue has an address")
}

/// Sends a message of a group and returns its id.
pub(crate) async fn send_in(scenario: &Scenario, group: &str, body: &str) -> String {
    let request = scenario.sqs.send_message().queue_url(&scenario.queue_url).message_body(body);
    let request = request.message_group_id(group).message_deduplication_id(uuid::Uuid::now_v7().to_string());
    request.send().await.expect("the message is sent").message_id.expect("a message has an id")
}

/// Waits for a message in a queue, with all that the queue knows of it.
async fn received(scenario: &Scenario, queue_url: &str) -> Message {
    wait_for("a message", async || {
        let request = scenario.sqs.receive_message().queue_url(queue_url).message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.ok()?.messages?.into_iter().next()
    })
    .await
}

pub(crate) async fn dead_letter(scenario: &Scenario) -> Message {
    received(scenario, &scenario.dead_letter_queue_url).await
}

pub(crate) fn group_of(message: &Message) -> &str {
    system_attribute(message, &MessageSystemAttributeName::MessageGroupId)
}

fn system_attribute<'a>(message: &'a Message, name: &MessageSystemAttributeName) -> &'a str {
    message.attributes.as_ref().and_then(|all| all.get(name)).map_or("", String::as_str)
}

#[tokio::test]
async fn a_message_that_cannot_be_understood_is_parked_and_its_group_goes_on() {
    let scenario = fifo().await;
    scenario.put_day(DAY_1, [1]).await;
    let poison = send_in(&scenario, "group-1", "not json").await;
    let good = send_in(&scenario, "group-1", &scenario.message("")).await;
    let daemon = Daemon::ready(&scenario).await;
    assert_eq!(daemon.settled(&poison).await["disposition"], "parked");
    assert_eq!(daemon.settled(&good).await["disposition"], "deleted");
    let parked = dead_letter(&scenario).await;
    assert_eq!((parked.body.as_deref(), group_of(&parked)), (Some("not json"), "group-1"));
    assert_eq!(system_attribute(&parked, &MessageSystemAttributeName::MessageDeduplicationId), poison);
    assert_eq!(scenario.ids().await, "1");
    scenario.drained().await;
}

#[tokio::test]
async fn a_parked_message_is_of_the_group_of_its_table_and_can_be_sent_back() {
    let scenario = fifo().await;
    scenario.put_day(DAY_1, []).await;
    scenario.put_file(DAY_1, r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = send_in(&scenario, "of-the-producer", &scenario.message("")).await;
    assert_eq!(daemon.settled(&id).await["disposition"], "parked");
    let parked = dead_letter(&scenario).await;
    assert_eq!(group_of(&parked), scenario.table());

    // As a message move task of SQS does it, which the stand-ins do not know.
    scenario.put_day(DAY_1, [7]).await;
    let redriven = send_in(&scenario, group_of(&parked), parked.body.as_deref().unwrap()).await;
    assert_eq!(daemon.settled(&redriven).await["rows"], 1);
    assert_eq!(scenario.ids().await, "7");
    scenario.drained().await;
}

#[tokio::test]
async fn each_part_of_a_message_whose_daemon_dies_between_parking_and_deleting_is_parked_once() {
    let scenario = fifo().await;
    let config = aws_config_of(scenario.cloud).await;
    let dead_letters = Some(scenario.dead_letter_queue_url.clone());
    let queue =
        Sqs::new(&config, scenario.queue_url.clone(), dead_letters, &AwsCalls::counted_in(Arc::default()));
    send_in(&scenario, "g", "not json").await;
    let delivery = queue.receive(1, Duration::from_secs(60)).await.expect("the queue answers");
    let delivery = delivery.first().expect("a message was sent");
    // Too long for one message.
    let parts = [Cow::Borrowed("first part"), Cow::Borrowed("second part")];
    for _ in 0..2 {
        assert!(queue.park(delivery, &parts, &WhyParked::default()).await.expect("it is parked"));
    }
    assert_eq!(scenario.dead_letters().await, 2);
}

#[tokio::test]
async fn what_is_enqueued_twice_on_purpose_arrives_twice_in_the_group_of_its_table() {
    let scenario = fifo().await;
    let flags =
        ["enqueue", "--schema", &scenario.name, "--tables", "events,other", "--bucket", &scenario.name];
    let first = scenario.run(&flags).await.success();
    let second = scenario.run(&flags).await.success();
    assert_ne!(first.stdout, second.stdout);
    for enqueued in [first, second] {
        let message = received(&scenario, &scenario.queue_url).await;
        assert_eq!(message.message_id.as_deref(), Some(enqueued.stdout.trim()));
        assert_eq!(group_of(&message), scenario.table());
        let receipt = message.receipt_handle.unwrap();
        let delete = scenario.sqs.delete_message().queue_url(&scenario.queue_url).receipt_handle(receipt);
        delete.send().await.expect("it is deleted");
    }
}

#[tokio::test]
async fn what_is_enqueued_on_a_standard_queue_names_its_group_too() {
    let scenario = Scenario::new().await;
    let flags = ["enqueue", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    scenario.run(&flags).await.success();
    assert_eq!(group_of(&received(&scenario, &scenario.queue_url).await), scenario.table());
}

#[tokio::test]
async fn a_dead_letter_queue_of_the_other_kind_will_do() {
    let fifo_with_standard = {
        let mut scenario = fifo().await;
        let standard = format!("{}-dead", scenario.name);
        let standard = scenario.sqs.get_queue_url().queue_name(standard).send().await;
        scenario.dead_letter_queue_url = standard.unwrap().queue_url.unwrap();
        scenario
    };
    let standard_with_fifo = {
        let mut scenario = Scenario::new().await;
        scenario.dead_letter_queue_url = fifo_queue(&scenario, "-dead").await;
        scenario
    };
    for mut scenario in [fifo_with_standard, standard_with_fifo] {
        let dead_letters = scenario.dead_letter_queue_url.clone();
        scenario.variables.insert("DEAD_LETTER_QUEUE_URL".to_owned(), dead_letters);
        let daemon = Daemon::ready(&scenario).await;
        let id = match scenario.queue_url.ends_with(".fifo") {
            true => send_in(&scenario, "g", "not json").await,
            false => scenario.send("not json").await,
        };
        assert_eq!(daemon.settled(&id).await["disposition"], "parked");
        assert_eq!(dead_letter(&scenario).await.body.as_deref(), Some("not json"));
    }
}
