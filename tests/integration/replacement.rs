//! What a load leaves alone, and what it replaces.

use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

#[tokio::test]
async fn a_file_that_is_not_newer_is_skipped_and_the_other_tables_still_run() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let other = table::config_of(&scenario.name, "other", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("{}_other_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.put(&format!("config_{}_other_{DAY_1}.yml", scenario.name), other).await;
    let both = scenario
        .run(&["load", "--schema", &scenario.name, "--tables", "events,other", "--bucket", &scenario.name])
        .await
        .success();
    both.says("skipped these files were already loaded, 1 rows by load");
    both.says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1");
    assert_eq!(scenario.value(&format!("SELECT id FROM {}.other", scenario.name)).await, "7");
}

#[tokio::test]
async fn an_older_file_is_skipped_as_well() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_2, [2]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_1, [1]).await;
    let skipped = scenario.load(&["--date", DAY_1]).await.success();
    skipped.says("skipped the table has data of 2015-07-02T00:00:00Z, the file is of 2015-07-01T00:00:00Z");
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn force_replaces_the_rows_of_its_data_date_instead_of_doubling_them() {
    let scenario = Scenario::new().await;
    for (day, id) in [(DAY_1, 1), (DAY_2, 2)] {
        scenario.put_day(day, [id]).await;
        scenario.load(&[]).await.success();
    }
    // A corrected file of the first day.
    scenario.put_day(DAY_1, [10, 11]).await;
    scenario.load(&["--date", DAY_1, "--force"]).await.success();
    assert_eq!(scenario.ids().await, "2,10,11");
    scenario.load(&["--date", DAY_1, "--force=true"]).await.success();
    assert_eq!(scenario.ids().await, "2,10,11");
}

#[tokio::test]
async fn truncate_replaces_all_rows_in_the_transaction_of_the_load() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    // A load that fails after the rows were deleted leaves them all in place.
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.put_file(DAY_2, r#"{"id": "no number", "data_date": "2015-07-02T00:00:00Z"}"#).await;
    assert_eq!(scenario.load(&["--truncate"]).await.code, Some(1));
    assert_eq!(scenario.ids().await, "1");
    scenario.put_day(DAY_2, [2]).await;
    scenario.load(&["--truncate"]).await.success();
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn truncate_does_not_imply_force() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_1, [9]).await;
    scenario.load(&["--truncate"]).await.success().says("skipped");
    assert_eq!(scenario.ids().await, "1");
    scenario.load(&["--truncate", "--force"]).await.success();
    assert_eq!(scenario.ids().await, "9");
}

#[tokio::test]
async fn a_plan_changes_nothing_and_tells_with_its_code_whether_something_would_be_loaded() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let plan = scenario.plan(&["--exit-code"]).await;
    assert_eq!(plan.code, Some(3), "{plan:?}");
    plan.says("CREATE TABLE");
    plan.says("ACCESS_KEY_ID '***'");
    let tables = format!(
        "SELECT COUNT(*) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname LIKE '{}%'",
        scenario.name
    );
    assert_eq!(scenario.value(&tables).await, "0");
    scenario.load(&[]).await.success();
    let plan = scenario.plan(&["--exit-code"]).await.success();
    plan.says("skip: these files were already loaded, 1 rows by load");
    scenario.put_day(DAY_2, [2]).await;
    let config = table::config_with(&scenario.name, &["{dest: id, type: text}"]);
    scenario.put_config(DAY_2, &config).await;
    scenario.plan(&[]).await.success().says("refuse");
    assert_eq!(scenario.plan(&["--exit-code"]).await.code, Some(1));
}
