//! From a file that is put into the bucket to rows, by way of each sender of events.

use aws_sdk_s3::types::{Event, NotificationConfiguration, QueueConfiguration, TopicConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario, aws_config_of};
use crate::support::table;
use crate::support::wait::wait_for;

const RULES: &str = r#"
routes:
  - match: "s3://BUCKET/in/{table}/dt={date:%Y-%m-%d}/*.json.gz"
    schema: BUCKET
    config: "s3://BUCKET/config/{table}.yml"
    batch: {linger: 0s}
"#;

impl Scenario {
    /// With rules and a table config for files of `in/`.
    pub(crate) async fn announced_in(self) -> Self {
        self.put("config/events.yml", table::config(&self.name)).await;
        self.routed_by(RULES, "park").await
    }

    /// Puts a file with a row of this id into the bucket.
    pub(crate) async fn put_row(&self, key: &str, id: u32) {
        self.put(key, table::gzip(&table::rows(DAY_1, [id]))).await;
    }

    /// Waits until rows of these ids are there.
    pub(crate) async fn loads_ids(&self, ids: &str) {
        wait_for(&format!("the rows {ids}"), async || {
            let is_there = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", self.name);
            if self.value(&is_there).await == "0" {
                return None;
            }
            (self.ids().await == ids).then_some(())
        })
        .await;
    }

    async fn queue_arn(&self) -> String {
        let asked = self.sqs.get_queue_attributes().queue_url(&self.queue_url);
        let asked = asked.attribute_names(QueueAttributeName::QueueArn).send().await.unwrap();
        asked.attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap()
    }

    /// Has the bucket tell of new files like this.
    async fn notify(&self, notifications: NotificationConfiguration) {
        let request = self.s3.put_bucket_notification_configuration().bucket(&self.name);
        request.notification_configuration(notifications).send().await.unwrap();
    }
}

/// Keys that are not written in an event as they are.
const ODD_KEYS: [&str; 4] = [
    "in/events/dt=2015-07-01/a b+c.json.gz",
    "in/events/dt=2015-07-01/100% (1)&2=3.json.gz",
    "in/events/dt=2015-07-01/ä 数 🦀.json.gz",
    "in/events/dt=2015-07-01/%2B%20.json.gz",
];

#[tokio::test]
async fn files_of_odd_keys_are_loaded_from_notifications_of_the_bucket() {
    let scenario = Scenario::new().await.announced_in().await;
    let queue = QueueConfiguration::builder().queue_arn(scenario.queue_arn().await);
    let queue = queue.events(Event::S3ObjectCreated).build().unwrap();
    scenario.notify(NotificationConfiguration::builder().queue_configurations(queue).build()).await;
    let _daemon = Daemon::ready(&scenario).await;
    for (id, key) in (1..).zip(ODD_KEYS) {
        scenario.put_row(key, id).await;
    }
    scenario.loads_ids("1,2,3,4").await;
    scenario.drained().await;
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn files_are_loaded_from_notifications_by_way_of_sns_with_its_envelope_and_without() {
    let scenario = Scenario::new().await.announced_in().await;
    let sns = aws_sdk_sns::Client::new(&aws_config_of(scenario.cloud).await);
    let topic = sns.create_topic().name(&scenario.name).send().await.unwrap().topic_arn.unwrap();
    let subscription = sns.subscribe().topic_arn(&topic).protocol("sqs").return_subscription_arn(true);
    let subscription = subscription.endpoint(scenario.queue_arn().await).send().await.unwrap();
    let topic =
        TopicConfiguration::builder().topic_arn(&topic).events(Event::S3ObjectCreated).build().unwrap();
    scenario.notify(NotificationConfiguration::builder().topic_configurations(topic).build()).await;
    let _daemon = Daemon::ready(&scenario).await;
    scenario.put_row(ODD_KEYS[0], 1).await;
    scenario.loads_ids("1").await;
    let raw = sns.set_subscription_attributes().subscription_arn(subscription.subscription_arn.unwrap());
    let raw = raw.attribute_name("RawMessageDelivery").attribute_value("true");
    raw.send().await.unwrap();
    scenario.put_row(ODD_KEYS[2], 2).await;
    scenario.loads_ids("1,2").await;
    scenario.drained().await;
    assert_eq!(scenario.dead_letters().await, 0);
}

/// The stand-in has no EventBridge in front of the queue: the events are written here, as AWS's guide shows them.
#[tokio::test]
async fn files_of_odd_keys_are_loaded_from_events_of_eventbridge() {
    let scenario = Scenario::new().await.announced_in().await;
    let daemon = Daemon::ready(&scenario).await;
    for (id, key) in (1..).zip(ODD_KEYS) {
        scenario.put_row(key, id).await;
        let event = json!({
            "version": "0", "detail-type": "Object Created", "source": "aws.s3",
            "detail": {"bucket": {"name": scenario.name}, "object": {"key": key, "size": 5}, "reason": "PutObject"},
        });
        let body = if id % 2 == 0 { event["detail"].to_string() } else { event.to_string() };
        assert_eq!(daemon.settled(&scenario.send(&body).await).await["disposition"], "deleted");
    }
    assert_eq!(scenario.ids().await, "1,2,3,4");
}

#[tokio::test]
async fn of_a_message_of_many_files_those_that_fail_are_parked_and_loaded_once_they_are_right() {
    let scenario = Scenario::new().await.announced_in().await;
    let key = |name: &str| format!("in/events/dt=2015-07-01/{name}.json.gz");
    scenario.put_row(&key("good"), 1).await;
    scenario.put_row(&key("also good"), 2).await;
    scenario
        .put(&key("bad+one"), table::gzip(r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#))
        .await;
    let daemon = Daemon::ready(&scenario).await;
    let encoded = |name: &str| key(name).replace('=', "%3D");
    let keys = [encoded("good"), encoded("bad%2Bone"), encoded("also+good"), "elsewhere".to_owned()];
    let body = scenario.event_of(&keys.each_ref().map(String::as_str));
    let settled = daemon.settled(&scenario.send(&body).await).await;
    assert_eq!(settled["disposition"], "parked", "{settled}");
    assert_eq!(scenario.ids().await, "1,2");
    let id = settled["message.id"].as_str().unwrap();
    let parked = scenario.run(&["dead-letters", "show", "--id", id, "--json"]).await.success();
    let parked: Value = serde_json::from_str(&parked.stdout).unwrap();
    let body: Value = serde_json::from_str(parked["whole"]["body"].as_str().unwrap()).unwrap();
    let records = body["Records"].as_array().unwrap().iter();
    let left: Vec<&str> = records.map(|record| record["s3"]["object"]["key"].as_str().unwrap()).collect();
    assert_eq!(left, [&encoded("bad%2Bone"), "elsewhere"]);
    assert_eq!(parked["kind"], json!(["data_rejected", "unrouted"]));
    // Mended, and the other is ignored from now on.
    scenario.put_row(&key("bad+one"), 3).await;
    let ignores = format!("{RULES}  - ignore: 's3://BUCKET/elsewhere'\n").replace("BUCKET", &scenario.name);
    scenario.put("routes.yml", ignores).await;
    daemon.says("routes have changed").await;
    let table = scenario.table();
    scenario.run(&["dead-letters", "redrive", "--table", &table, "--yes"]).await.success();
    scenario.loads_ids("1,2,3").await;
    scenario.drained().await;
    let status: Value = serde_json::from_str(&daemon.get("/status").await.1).unwrap();
    let of_file =
        status["failures"].as_array().unwrap().iter().find(|failure| failure["kind"] == "data_rejected");
    assert_eq!(of_file.unwrap()["was_loaded_since"], true, "{status:#}");
    assert_eq!(scenario.dead_letters().await, 0);
}
