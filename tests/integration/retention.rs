//! What `prune` removes, and above all what it leaves.

use std::sync::Arc;

use aws_config::SdkConfig;
use chrono::{Duration, Utc};
use s3_to_redshift::aws_calls::AwsCalls;
use s3_to_redshift::load::retention::{Manifests, old_manifests, remove_manifests};
use s3_to_redshift::model::object::SourceBucket;
use s3_to_redshift::storage::s3::S3;

use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::servers::aws_variables;
use crate::support::table::TABLE;

impl Scenario {
    /// Lets the ledger grow older.
    async fn age_ledger(&self, days: u32) {
        let ledger = format!("{}_ledger", self.name);
        self.sql(&format!(
            "UPDATE {ledger}.loads SET finished_at = finished_at - INTERVAL '{days} days'; \
             UPDATE {ledger}.superseded_messages SET recorded_at = recorded_at - INTERVAL '{days} days'"
        ))
        .await;
    }

    /// Writes the ledger row of a load that nobody has made: its id, its data date, and how old it is.
    async fn note_load(&self, id: &str, date: &str, mode: &str, days_ago: u32) {
        let schema = &self.name;
        self.sql(&format!(
            "INSERT INTO {schema}_ledger.loads SELECT '{id}', target_schema, target_table, '{date}', source_url, '{id}', \
             '{id}', '{mode}', forced, 1, 1, started_at, finished_at - INTERVAL '{days_ago} days', loader, 0, 1, \
             config_fingerprint, data_date_column, false FROM {schema}_ledger.loads ORDER BY finished_at DESC LIMIT 1"
        ))
        .await;
    }

    async fn load_ids(&self) -> Vec<String> {
        self.sql(&format!(
            "SELECT load_id FROM {}_ledger.loads WHERE load_id LIKE 'old%' ORDER BY 1",
            self.name
        ))
        .await
    }
}

#[tokio::test]
async fn rows_that_protect_nothing_are_removed_and_every_decision_stays() {
    let scenario = Scenario::new().await;
    for (date, id) in [(DAY_1, 1), (DAY_2, 2), (DAY_3, 3)] {
        scenario.put_day(date, [id]).await;
        scenario.load(&["--date", date]).await.success();
    }
    // As many as are kept for the sake of the usual number of rows.
    for _ in 0..10 {
        scenario.load(&["--date", DAY_3, "--force"]).await.success();
    }
    scenario.age_ledger(200).await;
    // Reloaded since, so that the first load of the day has nothing left; and one whose message SQS may deliver again.
    scenario.note_load("old-1", DAY_1, "append", 50).await;
    scenario.note_load("old-2", DAY_1, "append", 60).await;
    scenario
        .sql(&format!(
            "UPDATE {0}_ledger.loads SET finished_at = GETDATE() WHERE load_id = 'old-2'",
            scenario.name
        ))
        .await;
    let plans = async || {
        let mut plans = Vec::new();
        for date in [DAY_1, DAY_2, DAY_3] {
            for force in [&["--date", date][..], &["--date", date, "--force"]] {
                let text = scenario.plan(force).await.success().stdout;
                let of_each_run = |line: &&str| {
                    !line.contains("load_id")
                        && !line.contains("/* s3-to-redshift")
                        && !line.contains("finished_at")
                        && !line.contains("'implausible'")
                };
                plans.push(text.lines().filter(of_each_run).collect::<Vec<_>>().join("\n"));
            }
        }
        plans
    };
    let before = plans().await;
    let shown = scenario.run(&["prune", "--dry-run"]).await.success();
    shown.says(&format!("{}  {:>8}  ", scenario.table(), 3));
    shown.says("3 rows of loads would be removed from the ledger");
    assert_eq!(scenario.ledger_rows().await, "15", "a dry run removes nothing");
    scenario.run(&["prune"]).await.success().says("3 rows of loads removed from the ledger");
    assert_eq!(scenario.ledger_rows().await, "12");
    assert_eq!(scenario.load_ids().await, ["old-2"]);
    assert_eq!(plans().await, before);
    for date in [DAY_1, DAY_2, DAY_3] {
        scenario.load(&["--date", date]).await.success().says("skipped");
    }
    scenario.run(&["prune"]).await.success().says("0 rows of loads removed from the ledger");
}

#[tokio::test]
async fn what_was_replaced_is_forgotten_but_for_the_newest_date_and_the_replacement() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    for number in 0..10 {
        scenario.note_load(&format!("young-{number}"), DAY_1, "append", 0).await;
    }
    scenario.note_load("old-1-replaced", "2001-01-01", "append", 204).await;
    scenario.note_load("old-2-replaced", "2001-01-02", "append", 203).await;
    scenario.note_load("old-3-newest-date", "2016-01-01", "append", 202).await;
    scenario.note_load("old-4-replacing", "2001-01-03", "replace", 201).await;
    scenario.note_load("old-5-of-its-date", "2001-01-04", "append", 200).await;
    // The first real load found an empty table, which is as good as a replacement.
    scenario.sql(&format!("UPDATE {}_ledger.loads SET table_was_empty = false", scenario.name)).await;
    scenario.run(&["prune"]).await.success().says("2 rows of loads removed");
    assert_eq!(scenario.load_ids().await, ["old-3-newest-date", "old-4-replacing", "old-5-of-its-date"]);
}

#[tokio::test]
async fn nothing_is_removed_whose_message_may_be_delivered_again() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let ledger = format!("{}_ledger", scenario.name);
    for (id, days) in [("recent", 14), ("old", 16), ("older", 17), ("oldest", 400)] {
        scenario
            .sql(&format!(
                "INSERT INTO {ledger}.superseded_messages VALUES ('{id}', 's', '{TABLE}', 'x', GETDATE() - INTERVAL '{days} days')"
            ))
            .await;
    }
    let refused = scenario.run(&["prune", "--keep", "14d"]).await;
    assert_eq!(refused.code, Some(2));
    refused.says("--keep must be at least 15days");
    scenario.run(&["prune", "--keep", "15d"]).await.success().says("3 rows of covered messages removed");
    assert_eq!(
        scenario.sql(&format!("SELECT message_id FROM {ledger}.superseded_messages")).await,
        ["recent"]
    );
}

#[tokio::test]
async fn a_ledger_that_is_not_there_yet_has_nothing_to_remove() {
    let scenario = Scenario::new().await;
    scenario.run(&["prune"]).await.success().says("0 rows of loads removed from the ledger");
}

#[tokio::test]
async fn a_ledger_of_the_first_version_is_upgraded_before_it_is_pruned() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.sql(&format!("ALTER TABLE {}_ledger.loads DROP COLUMN table_was_empty", scenario.name)).await;
    let refused = scenario.run(&["prune"]).await;
    assert_eq!(refused.code, Some(1));
    refused.says("start a daemon again, which makes what is missing, or run deploy/sql/ledger.sql");
}

#[tokio::test]
async fn buckets_that_are_named_take_the_place_of_manifest_url() {
    let scenario = Scenario::new().await;
    let (bucket, folder) = (&scenario.name, "s3-to-redshift-manifests/");
    let manifest_url = format!("s3://{bucket}/elsewhere/");
    let of = async |flags: &[&str]| {
        let finished =
            scenario.run_with(flags, |command| _ = command.env("MANIFEST_URL", &manifest_url)).await;
        finished.success().stdout
    };
    let configured = of(&["prune"]).await;
    assert!(configured.contains(&format!("0 manifests removed from {manifest_url}\n")), "{configured}");
    let named = of(&["prune", "--bucket", bucket, "--bucket", bucket]).await;
    assert!(named.contains(&format!("0 manifests removed from s3://{bucket}/{folder}\n")), "{named}");
}

#[tokio::test]
async fn a_time_before_all_times_is_no_time_to_keep() {
    let refused = Scenario::new().await.run(&["prune", "--keep", "300000y"]).await;
    assert_eq!(refused.code, Some(2));
    refused.says("--keep is too long");
}

#[tokio::test]
async fn only_manifests_of_our_own_that_are_old_are_removed() {
    let scenario = Scenario::new().await;
    let ours = format!("folder/{}/{}.manifest", scenario.table(), "0a".repeat(32));
    let others =
        ["folder/a.b/mine.manifest", "folder/data.json", "folder/a.b/readme", "other/a.b/x.manifest"];
    for key in others.into_iter().chain([ours.as_str()]) {
        scenario.put(key, "{}").await;
    }
    // A key that a producer happens to write like ours, outside the folder.
    scenario.put(&ours.replace("folder/", "other/"), "{}").await;
    let store = S3::new(sdk_config(&scenario), true, AwsCalls::counted_in(Arc::default()));
    let folder = SourceBucket { bucket: scenario.name.clone(), prefix: "folder/".to_owned() };
    let folders = std::slice::from_ref(&folder);
    #[expect(clippy::disallowed_methods, reason = "S3 dates objects by the same clock")]
    let now = Utc::now();
    let of_yesterday = old_manifests(&store, now - Duration::days(1), folders).await.unwrap();
    assert_eq!(of_yesterday.count(), 0);
    let old = old_manifests(&store, now + Duration::days(1), folders).await.unwrap();
    assert_eq!(old, Manifests { keys: vec![(scenario.name.clone(), vec![ours.clone()])], are_all: true });
    remove_manifests(&store, &old).await.unwrap();
    // Again, as after an error.
    remove_manifests(&store, &old).await.unwrap();
    let left = scenario.s3.list_objects_v2().bucket(&scenario.name).send().await.unwrap();
    let left: Vec<&str> = left.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(left.len(), 5);
    assert!(!left.contains(&ours.as_str()), "{left:?}");
}

fn sdk_config(scenario: &Scenario) -> SdkConfig {
    let [(_, id), (_, secret), ..] = aws_variables();
    let keys = aws_sdk_s3::config::Credentials::new(id, secret, None, None, "tests");
    SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .endpoint_url(&scenario.cloud.aws_endpoint)
        .region(aws_config::Region::from_static("us-east-1"))
        .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(keys))
        .build()
}
