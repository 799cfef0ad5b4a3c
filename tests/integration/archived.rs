//! Objects in archive storage classes cannot be read: that is said before COPY, with what to do.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{RestoreRequest, StorageClass};

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

async fn put_in(scenario: &Scenario, class: &StorageClass, key: &str, content: impl Into<Vec<u8>>) {
    let put = scenario.s3.put_object().bucket(&scenario.name).key(key).storage_class(class.clone());
    put.body(ByteStream::from(content.into())).send().await.expect("the object is stored");
}

async fn with_data_in(class: &StorageClass) -> (Scenario, String) {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    let key = scenario.key(DAY_1, "json.gz");
    put_in(&scenario, class, &key, table::gzip(&table::rows(DAY_1, [1]))).await;
    (scenario, key)
}

#[tokio::test]
async fn an_archived_file_is_refused_before_copy_with_its_class_and_what_to_do() {
    for class in [StorageClass::Glacier, StorageClass::DeepArchive] {
        let (scenario, key) = with_data_in(&class).await;
        for finished in [scenario.load(&[]).await, scenario.plan(&[]).await] {
            finished.says(&format!(
                "s3://{}/{key} is archived in the storage class {class}, where nothing can read it; restore it",
                scenario.name
            ));
            assert!(!finished.stdout.contains("IAM"), "{finished:?}");
        }
    }
}

#[tokio::test]
async fn a_table_that_has_the_data_of_an_archived_file_needs_it_no_more() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let key = scenario.key(DAY_1, "json.gz");
    put_in(&scenario, &StorageClass::Glacier, &key, table::gzip(&table::rows(DAY_1, [1]))).await;
    scenario.load(&[]).await.success().says("skipped");
    scenario.load(&["--force"]).await.says("is archived in the storage class GLACIER");
}

#[tokio::test]
async fn classes_that_can_be_read_at_once_are_loaded() {
    for class in [StorageClass::GlacierIr, StorageClass::StandardIa, StorageClass::IntelligentTiering] {
        let (scenario, _) = with_data_in(&class).await;
        scenario.load(&[]).await.success();
        assert_eq!(scenario.ids().await, "1", "{class}");
    }
}

#[tokio::test]
async fn a_restored_file_is_loaded_and_one_that_is_being_restored_is_named() {
    let (scenario, key) = with_data_in(&StorageClass::Glacier).await;
    let days = RestoreRequest::builder().days(1).build();
    let restore = scenario.s3.restore_object().bucket(&scenario.name).key(&key).restore_request(days);
    restore.send().await.expect("the restore begins");
    let early = scenario.load(&[]).await;
    early.says("being restored");
    wait_for("the object to be restored", async || {
        let head = scenario.s3.head_object().bucket(&scenario.name).key(&key).send().await.ok()?;
        head.restore?.contains(r#"ongoing-request="false""#).then_some(())
    })
    .await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn archived_members_of_manifests_and_archived_configs_are_refused_alike() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    put_in(&scenario, &StorageClass::Glacier, "member.json", table::rows(DAY_1, [1])).await;
    let manifest = format!(r#"{{"entries": [{{"url": "s3://{}/member.json"}}]}}"#, scenario.name);
    let key = scenario.key(DAY_1, "manifest");
    scenario.put(&key, manifest.clone()).await;
    scenario.load(&[]).await.says("/member.json is archived in the storage class GLACIER");

    put_in(&scenario, &StorageClass::Glacier, &key, manifest).await;
    scenario.load(&[]).await.says(".manifest is archived in the storage class GLACIER");

    let (scenario, _) = with_data_in(&StorageClass::Standard).await;
    let config = format!("config_{}_events_{DAY_1}.yml", scenario.name);
    put_in(&scenario, &StorageClass::DeepArchive, &config, table::config(&scenario.name)).await;
    let finished = scenario.load(&[]).await;
    finished.says(&format!("{config}: it is archived"));
    assert!(!finished.stdout.contains("IAM"), "{finished:?}");
}
