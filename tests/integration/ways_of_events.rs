//! Files that a plain client puts into a bucket become rows: by S3's own notification, through SNS, and by EventBridge, each as
//! its template in deploy/cloudformation makes it.

use std::process::Command;

use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::servers::python_tool;
use crate::support::table::{self, TABLE, gzip};

const DAY: &str = "2015-07-01";
/// What forms and patterns read in another way than keys have it.
const ODD_NAME: &str = "a b+ü%2B.json.gz";

#[tokio::test]
async fn files_become_rows_by_a_notification_of_their_bucket() {
    files_become_rows("bucket-to-queue", &[]).await;
}

#[tokio::test]
async fn files_become_rows_through_a_topic_without_its_envelope() {
    files_become_rows("bucket-to-topic", &[]).await;
}

#[tokio::test]
async fn files_become_rows_through_a_topic_within_its_envelope() {
    files_become_rows("bucket-to-topic", &["RawMessageDelivery=false"]).await;
}

#[tokio::test]
async fn files_become_rows_by_a_rule_of_eventbridge() {
    files_become_rows("bucket-to-eventbridge", &[]).await;
}

async fn files_become_rows(template: &str, parameters: &[&str]) {
    let (scenario, bucket) = deployed(template, parameters).await;
    let daemon = Daemon::ready(&scenario).await;
    let ids = 1..=40;
    for id in ids.clone() {
        let name = if id == 1 { ODD_NAME.to_owned() } else { format!("{id}.json.gz") };
        scenario
            .put_into(&bucket, &format!("raw/{TABLE}/dt={DAY}/{name}"), gzip(&table::rows(DAY, [id])))
            .await;
    }
    scenario
        .put_into(&bucket, &format!("other/{TABLE}/dt={DAY}/0.json.gz"), gzip(&table::rows(DAY, [0])))
        .await;
    let rows = format!("rows_loaded_total{{schema=\"{}\",table=\"{TABLE}\"}}", scenario.name);
    daemon.metric_reaches(&rows, 40.0).await;
    let expected = ids.map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(scenario.ids().await, expected);
    let copies = daemon.metric("copies_total").await;
    assert!(copies <= 10.0, "40 files were loaded by {copies} COPYs");
    assert_eq!(daemon.metric(r#"events_total{outcome="routed"}"#).await, 40.0);
}

/// A scenario whose queue hears of what is put into a new bucket.
async fn deployed(template: &str, parameters: &[&str]) -> (Scenario, String) {
    let scenario = Scenario::new().await;
    let bucket = format!("{}-raw", scenario.name);
    scenario.put("config.yml", table::config(&scenario.name)).await;
    let rule = format!(
        "routes:\n  - match: \"s3://{bucket}/raw/{{table}}/dt={{date:%Y-%m-%d}}/*.json.gz\"\n    schema: {0}\n    \
         config: \"s3://{0}/config.yml\"\n    batch: {{linger: 1s}}\n",
        scenario.name
    );
    let mut scenario = scenario.with_rules(&rule).await;
    let file = format!("{}/deploy/cloudformation/{template}.yaml", env!("CARGO_MANIFEST_DIR"));
    let stack = format!("{}-events", scenario.name);
    let bucket_name = format!("BucketName={bucket}");
    let usual = ["--parameter-overrides", &bucket_name, "CreateBucket=true", "Prefix=raw/"];
    let deploy =
        ["deploy", "--capabilities", "CAPABILITY_IAM", "--template-file", &file, "--stack-name", &stack];
    cloudformation(&scenario, &[&deploy, &usual[..], parameters].concat()).await;
    let query = "Stacks[0].Outputs[?OutputKey=='QueueUrl'].OutputValue";
    let asked = ["describe-stacks", "--stack-name", &stack, "--output", "text", "--query", query];
    let queue = cloudformation(&scenario, &asked).await;
    scenario.variables.insert("QUEUE_URL".to_owned(), queue.trim().to_owned());
    (scenario, bucket)
}

async fn cloudformation(scenario: &Scenario, arguments: &[&str]) -> String {
    let mut command = Command::new(python_tool("aws", "AWS_BIN"));
    command.arg("cloudformation").args(arguments);
    command.envs(scenario.program().get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Its first version knows the region by the older name only.
    command.env("AWS_DEFAULT_REGION", "us-east-1");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
