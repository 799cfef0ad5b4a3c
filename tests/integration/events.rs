//! Messages that are events of S3: what is acknowledged, what is parked, and as what.

use aws_sdk_s3::types::{Event, NotificationConfiguration, QueueConfiguration};
use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::wait::wait_for;

const TEST_EVENT: &str = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2015-07-01T00:00:00.000Z","Bucket":"b","RequestId":"1","HostId":"2"}"#;

impl Scenario {
    /// With a file of these rules on S3, and `UNROUTED`.
    pub(crate) async fn routed_by(self, rules: &str, unrouted: &str) -> Self {
        let mut routed = self.with_rules(rules).await;
        routed.variables.insert("UNROUTED".to_owned(), unrouted.to_owned());
        routed
    }

    /// With a file of these rules on S3.
    pub(crate) async fn with_rules(mut self, rules: &str) -> Self {
        self.put("routes.yml", rules.replace("BUCKET", &self.name)).await;
        self.variables.insert("ROUTES".to_owned(), format!("s3://{}/routes.yml", self.name));
        self
    }

    /// The event that files of these keys, as S3 encodes them, were written into the bucket.
    pub(crate) fn event_of(&self, keys: &[&str]) -> String {
        let record = |key: &&str| {
            json!({
                "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": self.name}, "object": {"key": key, "size": 1, "eTag": "e", "sequencer": "1"}},
            })
        };
        json!({ "Records": keys.iter().map(record).collect::<Vec<_>>() }).to_string()
    }
}

/// Ignores keys of `ignored/`, and knows tables by dates.
const RULES: &str = r#"
routes:
  - ignore: "s3://BUCKET/ignored/**"
  - match: "s3://BUCKET/{table}/dt={date:%Y-%m-%d}/*"
    schema: web
"#;

fn enveloped(message: &str) -> String {
    json!({"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:us-east-1:1:files", "Message": message}).to_string()
}

/// The keys that a parked body announces.
fn keys_of(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("it is JSON");
    let records = body["Records"].as_array().expect("it is a notification");
    records.iter().map(|record| record["s3"]["object"]["key"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_tells_of_no_file_is_acknowledged_with_or_without_routes() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let deleted = scenario.event_of(&["k"]).replace("ObjectCreated:Put", "ObjectRemoved:Delete");
    let tagged = r#"{"detail-type":"Object Tags Added","source":"aws.s3","detail":{"bucket":{"name":"b"},"object":{"key":"k"}}}"#;
    for (body, what) in [
        (TEST_EVENT, "nothing to load for a test event"),
        (&enveloped(TEST_EVENT), "nothing to load for a test event"),
        (&deleted, "nothing to load for a deletion"),
        (tagged, "nothing to load for tags"),
        (&scenario.event_of(&["a/folder/"]), "nothing to load for a folder marker"),
        (r#"{"Records":[]}"#, "the message has no events"),
    ] {
        let settled = daemon.settled(&scenario.send(body).await).await;
        assert_eq!(
            (&settled["disposition"], &settled["message"]),
            (&"deleted".into(), &what.into()),
            "{body}"
        );
        assert_eq!(settled["level"], "INFO", "{settled}");
    }
    daemon.metric_reaches(r#"events_total{outcome="not_data"}"#, 5.0).await;
    scenario.drained().await;
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn without_routes_a_file_is_parked_with_what_to_set() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.send(&scenario.event_of(&["a+b.json", "c/"])).await;
    let parked = scenario.parked().await;
    assert_eq!(parked.attribute("kind"), "unrouted");
    let reason = parked.attribute("reason");
    let file =
        format!("no rule takes the file s3://{}/a b.json: ROUTES is not set; set ROUTES", scenario.name);
    assert!(reason.starts_with(&file), "{reason}");
    assert_eq!(keys_of(&parked.body), ["a+b.json"]);
    daemon.metric_reaches(r#"load_failures_total{kind="unrouted",stage="decode"}"#, 1.0).await;
}

#[tokio::test]
async fn events_of_another_service_and_what_cannot_be_read_are_parked_as_they_came() {
    let scenario = Scenario::new().await;
    let _daemon = Daemon::ready(&scenario).await;
    for (body, why) in [
        (
            r#"{"Records":[{"eventSource":"aws:dynamodb","eventName":"INSERT","dynamodb":{}}]}"#,
            "`aws:dynamodb`",
        ),
        (r#"{"detail-type":"EC2 Spot","source":"aws.ec2","detail":{}}"#, "`aws.ec2`"),
        (r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{}}]}"#, "missing field `bucket`"),
    ] {
        scenario.send(body).await;
        let parked = scenario.parked_and_taken().await;
        assert_eq!((parked.attribute("kind"), parked.body.as_str()), ("invalid_request", body));
        assert!(parked.attribute("reason").contains(why), "{}", parked.attribute("reason"));
    }
}

#[tokio::test]
async fn an_envelope_of_sns_is_taken_off_a_load_message() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&enveloped(&scenario.message(""))).await;
    assert_eq!(daemon.settled(&id).await["disposition"], "deleted");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn what_no_rule_takes_and_what_a_rule_ignores_is_acknowledged_and_counted() {
    let mut scenario = Scenario::new().await.routed_by(RULES, "ignore").await;
    scenario.variables.insert("RUST_LOG".to_owned(), "info,s3_to_redshift=debug".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let keys = ["other/a", "ignored/b", "other/c", "pages/x.md5"];
    let id = scenario.send(&scenario.event_of(&keys)).await;
    let settled = daemon.settled(&id).await;
    assert_eq!(settled["disposition"], "deleted");
    let name = &scenario.name;
    let told = format!(
        "no rule takes 2 files (such as s3://{name}/other/c); a rule ignores a file (such as s3://{name}/ignored/b, by line 3); \
         nothing to load for an object beside data"
    );
    assert_eq!(settled["message"], told);
    for (key, why) in [
        ("other/a", "no rule takes it"),
        ("ignored/b", "the rule on line 3 ignores it"),
        ("other/c", "no rule takes it"),
        ("pages/x.md5", "by its name it lies beside data"),
    ] {
        let line = daemon.says(&format!("s3://{name}/{key} is not loaded: {why}")).await;
        assert!(line.contains(&id), "it names the message: {line}");
    }
    assert_eq!(daemon.metric(r#"events_total{outcome="unrouted"}"#).await, 2.0);
    assert_eq!(daemon.metric(r#"events_total{outcome="ignored"}"#).await, 1.0);
    assert_eq!(daemon.metric(r#"events_total{outcome="routed"}"#).await, 0.0);
    daemon.says("files are not loaded, as no rule of ROUTES takes them: 2").await;
}

#[tokio::test]
async fn a_message_is_parked_with_the_events_of_those_files_that_are_not_loaded() {
    let scenario = Scenario::new().await.routed_by(RULES, "park").await;
    let daemon = Daemon::ready(&scenario).await;
    let keys = ["ignored/a", "pages/dt%3D2015-04-31/b", "other/c", "hits/dt%3D2015-04-31/d"];
    let id = scenario.send(&scenario.event_of(&keys)).await;
    daemon.settled(&id).await;
    let shown = scenario.run(&["dead-letters", "show", "--id", &id, "--json"]).await.success();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let kept = keys_of(shown["whole"]["body"].as_str().unwrap());
    assert_eq!(kept, ["pages/dt%3D2015-04-31/b", "hits/dt%3D2015-04-31/d", "other/c"]);
    assert_eq!(shown["kind"], json!(["invalid_request", "unrouted"]), "{shown}");
    assert_eq!(shown["tables"], json!(["web.pages", "web.hits"]), "{shown}");
    let addresses = ["pages/dt=2015-04-31/b", "hits/dt=2015-04-31/d", "other/c"];
    let addresses = addresses.map(|key| format!("s3://{}/{key}", scenario.name));
    assert_eq!((&shown["files"], &shown["files_count"]), (&json!(addresses), &3.into()), "{shown}");
    let reason = shown["reason"].as_str().unwrap();
    assert!(reason.contains("`2015-04-31` is no date") && reason.contains("/other/c"), "{reason}");
    assert_eq!(daemon.metric(r#"events_total{outcome="refused"}"#).await, 2.0);
    // What is sent back once the rules know it is dealt with.
    scenario.put("routes.yml", format!("routes: [{{ignore: 's3://{}/**'}}]", scenario.name)).await;
    daemon.says("routes have changed").await;
    let list = scenario.run(&["dead-letters", "list", "--table", "web.hits"]).await.success();
    list.says("invalid_request,unrouted");
    list.says(&format!("s3://{}/pages/dt=2015-04-31/b and 2 more  ", scenario.name));
    scenario.run(&["dead-letters", "redrive", "--table", "web.hits", "--yes"]).await.success();
    daemon.metric_reaches(r#"events_total{outcome="ignored"}"#, 4.0).await;
    scenario.drained().await;
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn ten_thousand_events_in_a_message_are_dealt_with_and_one_more_is_not() {
    let scenario = Scenario::new().await.routed_by(RULES, "ignore").await;
    let daemon = Daemon::ready(&scenario).await;
    let of = |count: usize| {
        let record = |number| {
            format!(
                r#"{{"eventName":"ObjectCreated:Put","s3":{{"bucket":{{"name":"raw"}},"object":{{"key":"{number}"}}}}}}"#
            )
        };
        format!(r#"{{"Records":[{}]}}"#, (0..count).map(record).collect::<Vec<_>>().join(","))
    };
    let settled = daemon.settled(&scenario.send(&of(10_000)).await).await;
    assert_eq!(settled["disposition"], "deleted", "{settled}");
    assert_eq!(daemon.metric(r#"events_total{outcome="unrouted"}"#).await, 10_000.0);
    let settled = daemon.settled(&scenario.send(&of(10_001)).await).await;
    assert_eq!(settled["disposition"], "parked", "{settled}");
    let told = settled["message"].as_str().unwrap();
    assert!(told.contains("the notification has 10001 records, at most 10000 are taken"), "{told}");
}

/// Whoever makes records may leave out of them what S3 says.
#[tokio::test]
async fn ten_thousand_events_that_say_little_are_parked_in_as_many_messages_as_they_need() {
    let scenario = Scenario::new().await.routed_by(RULES, "park").await;
    let daemon = Daemon::ready(&scenario).await;
    let record =
        |number| format!(r#"{{"s3":{{"bucket":{{"name":"raw"}},"object":{{"key":"{number:036}"}}}}}}"#);
    let body = format!(r#"{{"Records":[{}]}}"#, (0..10_000).map(record).collect::<Vec<_>>().join(","));
    let settled = daemon.settled(&scenario.send(&body).await).await;
    assert_eq!(
        (&settled["disposition"], &settled["kind"]),
        (&"parked".into(), &"unrouted".into()),
        "{settled}"
    );
    let (mut keys, mut messages) = (0, 0);
    while keys < 10_000 {
        keys += keys_of(&scenario.parked_and_taken().await.body).len();
        messages += 1;
    }
    assert!(keys == 10_000 && messages > 5, "{keys} keys in {messages} messages");
}

#[tokio::test]
async fn the_store_itself_tells_of_a_file_whatever_its_key() {
    let scenario = Scenario::new().await.routed_by(RULES, "park").await;
    let queue = scenario.sqs.get_queue_attributes().queue_url(&scenario.queue_url);
    let queue = queue.attribute_names(aws_sdk_sqs::types::QueueAttributeName::QueueArn).send().await.unwrap();
    let arn = &queue.attributes.unwrap()[&aws_sdk_sqs::types::QueueAttributeName::QueueArn];
    let queue = QueueConfiguration::builder().queue_arn(arn).events(Event::S3ObjectCreated).build().unwrap();
    let notifications = NotificationConfiguration::builder().queue_configurations(queue).build();
    let request = scenario.s3.put_bucket_notification_configuration().bucket(&scenario.name);
    request.notification_configuration(notifications).send().await.unwrap();
    let daemon = Daemon::ready(&scenario).await;
    for key in ["other/a b+c=d%2F.json", "other/ä 数 🦀", "other/\"quoted\" & 'more'"] {
        scenario.put(key, "{}").await;
        let parked = scenario.parked_and_taken().await;
        let address = format!("s3://{}/{key}", scenario.name);
        assert!(parked.attribute("reason").contains(&address), "{}", parked.attribute("reason"));
    }
    wait_for("all events to be counted", async || {
        (daemon.metric(r#"events_total{outcome="unrouted"}"#).await >= 3.0).then_some(())
    })
    .await;
}
