//! What was listed is what was loaded: files that change under a load are loaded as they are now, or not at all.

use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// Changes a file after the load has listed it and before COPY reads it, and checks that the ledger tells of what is in
/// the table.
async fn loads_what_is_there(scenario: &Scenario, change: impl AsyncFnOnce(&Scenario)) {
    let other = scenario.lock_table().await;
    let ours = scenario.load(&[]);
    let overwrite = async {
        scenario.waits_for_lock().await;
        change(scenario).await;
        other.query("ROLLBACK").await;
    };
    let (finished, ()) = tokio::join!(ours, overwrite);
    finished.success().says("or its files changed meanwhile: looking again");
}

/// Bytes of the last load, as the ledger says.
async fn bytes_loaded(scenario: &Scenario) -> String {
    let ledger = format!("{}_ledger.loads", scenario.name);
    scenario.value(&format!("SELECT bytes_loaded FROM {ledger} ORDER BY load_id DESC LIMIT 1")).await
}

#[tokio::test]
async fn an_object_that_is_overwritten_between_listing_and_copy_is_loaded_under_its_own_fingerprint() {
    let scenario = Scenario::new().await.loaded_once().await;
    let rewritten = table::rows(DAY_2, 20..40);
    loads_what_is_there(&scenario, async |scenario| scenario.put_file(DAY_2, &rewritten).await).await;
    assert_eq!(scenario.value(&format!("SELECT COUNT(*) FROM {}", scenario.table())).await, "21");
    assert_eq!(bytes_loaded(&scenario).await, table::gzip(&rewritten).len().to_string());
    scenario.load(&[]).await.success().says("these files were already loaded, 20 rows");
}

#[tokio::test]
async fn members_of_a_manifest_and_the_manifest_itself_likewise() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.put("parts/a.json", table::rows(DAY_2, [2])).await;
    scenario.put("parts/b.json", table::rows(DAY_2, [3])).await;
    let manifest = |part: &str| {
        format!(
            r#"{{"entries": [{{"url": "s3://{}/parts/{part}.json", "mandatory": true}}]}}"#,
            scenario.name
        )
    };
    scenario.put(&scenario.key(DAY_2, "manifest"), manifest("a")).await;
    loads_what_is_there(&scenario, async |scenario| {
        scenario.put("parts/a.json", table::rows(DAY_2, [2, 20])).await;
    })
    .await;
    assert_eq!(scenario.ids().await, "1,2,20");
    assert_eq!(bytes_loaded(&scenario).await, table::rows(DAY_2, [2, 20]).len().to_string());

    scenario.sql(&format!("DELETE FROM {} WHERE id > 1", scenario.table())).await;
    loads_what_is_there(&scenario, async |scenario| {
        scenario.put(&scenario.key(DAY_2, "manifest"), manifest("b")).await;
    })
    .await;
    assert_eq!(scenario.ids().await, "1,3");
}

#[tokio::test]
async fn an_object_that_is_removed_between_listing_and_copy_is_no_longer_there() {
    let scenario = Scenario::new().await.loaded_once().await;
    let other = scenario.lock_table().await;
    let ours = scenario.load(&[]);
    let remove = async {
        scenario.waits_for_lock().await;
        let key = scenario.key(DAY_2, "json.gz");
        scenario.s3.delete_object().bucket(&scenario.name).key(key).send().await.expect("it is there");
        other.query("ROLLBACK").await;
    };
    let (finished, ()) = tokio::join!(ours, remove);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert_eq!(scenario.ids().await, "1");
}
