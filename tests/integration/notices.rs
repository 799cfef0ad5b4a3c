//! Notices: what arrives at `NOTIFY_URL`, and that nothing waits for what does not.

use std::collections::HashMap;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario, aws_config_of};
use crate::support::secrets;
use crate::support::table;
use crate::support::wait::wait_for;

/// A queue at which notices arrive, by its URL.
async fn queue(scenario: &Scenario, suffix: &str) -> String {
    let mut request = scenario.sqs.create_queue().queue_name(format!("{}-notices{suffix}", scenario.name));
    if suffix == ".fifo" {
        request = request.attributes(aws_sdk_sqs::types::QueueAttributeName::FifoQueue, "true");
    }
    request.send().await.expect("a queue is made").queue_url.expect("a queue has an address")
}

/// Waits for so many notices, each as its body, its attributes and its group.
async fn notices(
    scenario: &Scenario,
    queue: &str,
    count: usize,
) -> Vec<(Value, HashMap<String, String>, String)> {
    let mut found = Vec::new();
    wait_for(&format!("{count} notices"), async || {
        let request = scenario.sqs.receive_message().queue_url(queue).max_number_of_messages(10);
        let request = request.message_attribute_names("All");
        let request =
            request.message_system_attribute_names(aws_sdk_sqs::types::MessageSystemAttributeName::All);
        for message in request.send().await.ok()?.messages.unwrap_or_default() {
            let body = message.body.clone()?;
            secrets::assert_none_in("a notice", &body);
            let attributes = message.message_attributes.unwrap_or_default().into_iter();
            let attributes =
                attributes.filter_map(|(name, value)| Some((name, value.string_value?))).collect();
            let group = message.attributes.unwrap_or_default();
            let group = group.get(&aws_sdk_sqs::types::MessageSystemAttributeName::MessageGroupId).cloned();
            found.push((
                serde_json::from_str(&body).expect("a notice is JSON"),
                attributes,
                group.unwrap_or_default(),
            ));
            scenario
                .sqs
                .delete_message()
                .queue_url(queue)
                .receipt_handle(message.receipt_handle?)
                .send()
                .await
                .ok()?;
        }
        (found.len() >= count).then_some(())
    })
    .await;
    assert_eq!(found.len(), count, "{found:#?}");
    found
}

#[tokio::test]
async fn a_topic_is_told_of_loads_skips_and_parked_messages() {
    let mut scenario = Scenario::new().await;
    let queue = queue(&scenario, "").await;
    let sns = aws_sdk_sns::Client::new(&aws_config_of(scenario.cloud).await);
    let topic = sns.create_topic().name(&scenario.name).send().await.unwrap().topic_arn.unwrap();
    let queue_arn = format!("arn:aws:sqs:us-east-1:000000000000:{}-notices", scenario.name);
    let subscription = sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(queue_arn);
    subscription.attributes("RawMessageDelivery", "true").send().await.expect("the queue is subscribed");
    scenario.variables.insert("NOTIFY_URL".to_owned(), topic);
    scenario.put_day(DAY_1, [1, 2]).await;
    let daemon = Daemon::ready(&scenario).await;

    let loaded = scenario.send(&scenario.message("")).await;
    let line = daemon.settled(&loaded).await;
    let (notice, attributes, _) = notices(&scenario, &queue, 1).await.remove(0);
    let key = scenario.key(DAY_1, "json.gz");
    let expected = json!({
        "event": "loaded", "load_id": line["load.id"], "message_id": loaded, "schema": scenario.name, "table": "events",
        "data_date": DAY_1, "rows": 2, "bytes": notice["bytes"], "source": format!("s3://{}/{key}", scenario.name),
        "kind": null, "reason": null, "at": notice["at"],
    });
    assert_eq!(notice, expected);
    assert!(notice["bytes"].as_u64().unwrap() > 0 && notice["at"].as_str().unwrap().ends_with('Z'));
    // What subscriptions filter by; ministack delivers them with the raw body.
    assert_eq!(attributes.get("event").map(String::as_str), Some("loaded"));
    assert_eq!(attributes.get("table").map(String::as_str), Some("events"));

    let skipped = scenario.send(&scenario.message("")).await;
    let (notice, ..) = notices(&scenario, &queue, 1).await.remove(0);
    let told = |name: &str| notice[name].clone();
    assert_eq!(
        [told("event"), told("message_id"), told("kind"), told("load_id")],
        [json!("skipped"), json!(skipped), json!("same_files"), line["load.id"].clone()]
    );
    let parked = scenario.send(r#"{"schema": "nobody", "tables": ["a", "b"], "trucate": true}"#).await;
    let both = notices(&scenario, &queue, 2).await;
    for ((notice, attributes, _), table) in both.iter().zip(["a", "b"]) {
        assert_eq!((&notice["event"], &notice["message_id"]), (&json!("parked"), &json!(parked)));
        assert_eq!((&notice["schema"], &notice["table"]), (&json!("nobody"), &json!(table)));
        assert!(notice["reason"].as_str().unwrap().contains("`trucate`"), "{notice}");
        assert_eq!(attributes.get("kind").map(String::as_str), Some("invalid_request"));
    }
    scenario.put_file(DAY_2, "{\"id\": \"x\"}\n").await;
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.send(&scenario.message("")).await;
    let (notice, ..) = notices(&scenario, &queue, 1).await.remove(0);
    assert_eq!(
        [&notice["event"], &notice["kind"], &notice["data_date"], &notice["source"]],
        [
            &json!("parked"),
            &json!("data_rejected"),
            &json!(DAY_2),
            &json!(format!("s3://{}/{}", scenario.name, scenario.key(DAY_2, "json.gz")))
        ]
    );
    daemon.metric_reaches(r#"notices_total{result="sent"}"#, 5.0).await;
}

#[tokio::test]
async fn a_fifo_queue_gets_the_notices_of_a_table_in_their_order() {
    let mut scenario = Scenario::new().await;
    let queue = queue(&scenario, ".fifo").await;
    scenario.variables.insert("NOTIFY_URL".to_owned(), queue.clone());
    scenario.put_day(DAY_1, [1]).await;
    let _daemon = Daemon::ready(&scenario).await;
    scenario.send(&scenario.message("")).await;
    scenario.drained().await;
    scenario.send(&scenario.message("")).await;
    let told = notices(&scenario, &queue, 2).await;
    let events: Vec<&str> = told.iter().map(|(notice, ..)| notice["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["loaded", "skipped"]);
    assert!(told.iter().all(|(_, _, group)| *group == scenario.table()), "{told:#?}");
}

#[tokio::test]
async fn a_place_that_cannot_be_reached_holds_up_no_load_no_settlement_and_no_drain() {
    let mut scenario = Scenario::new().await;
    let topic = "arn:aws:sns:eu-west-1:111122223333:nobody".to_owned();
    scenario.variables.insert("NOTIFY_URL".to_owned(), topic);
    // It accepts connections and never says a word.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    scenario.variables.insert("AWS_ENDPOINT_URL_SNS".to_owned(), address);
    scenario.put_day(DAY_1, [1]).await;
    let mut daemon = Daemon::ready(&scenario).await;
    for _ in 0..3 {
        let settled = daemon.settled(&scenario.send(&scenario.message("")).await).await;
        assert_eq!(settled["disposition"], "deleted", "{settled}");
    }
    assert_eq!(daemon.metric(r#"notices_total{result="sent"}"#).await, 0.0);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(0));
    let log = daemon.log.to_the_end().join("\n");
    assert!(log.contains("3 notices were not sent before the daemon stopped, and are dropped"), "{log}");
}
