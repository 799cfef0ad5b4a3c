//! Tables into which some loads merge and others append, and configs that only seem to ask for a merge.

use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// A config of the table `events` with a key and a short name, and more in its `meta`.
fn config(schema: &str, meta: &str) -> String {
    let columns = ["{dest: id, type: bigint, primarykey: true}", "{dest: name, type: varchar(3)}"];
    table::config_with(schema, &columns)
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{meta}"))
}

async fn put(scenario: &Scenario, date: &str, meta: &str, data: &[(u32, &str)]) {
    let row = |(id, name): &(u32, &str)| {
        format!("{{\"id\": {id}, \"name\": \"{name}\", \"data_date\": \"{date}\"}}\n")
    };
    scenario.put_config(date, &config(&scenario.name, meta)).await;
    scenario.put_file(date, &data.iter().map(row).collect::<String>()).await;
}

/// Appends two rows of the first day.
async fn appended() -> Scenario {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "a"), (2, "b")]).await;
    scenario.load(&[]).await.success();
    scenario
}

/// Merges rows, each with its own date, as a file of the second day.
async fn merge(scenario: &Scenario, rows: &[(u32, &str)]) {
    let row =
        |(id, date): &(u32, &str)| format!("{{\"id\": {id}, \"name\": \"m\", \"data_date\": \"{date}\"}}\n");
    scenario.put_config(DAY_2, &config(&scenario.name, ", mode: merge")).await;
    scenario.put_file(DAY_2, &rows.iter().map(row).collect::<String>()).await;
    scenario.load(&[]).await.success();
}

async fn doubles_nothing(scenario: &Scenario, flags: &[&str], ids: &str) {
    let refused = scenario.load(flags).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("would stand beside another of their primary key (`id`): a merge has given rows of ");
    assert_eq!(scenario.ids().await, ids);
}

#[tokio::test]
async fn rows_to_which_a_merge_has_given_another_date_are_not_doubled_by_a_forced_reload() {
    let scenario = appended().await;
    merge(&scenario, &[(1, DAY_2), (2, DAY_2)]).await;
    doubles_nothing(&scenario, &["--date", DAY_1, "--force"], "1,2").await;
}

#[tokio::test]
async fn rows_that_a_merge_has_added_to_the_date_hide_no_others() {
    let scenario = appended().await;
    merge(&scenario, &[(1, DAY_2), (3, DAY_1)]).await;
    doubles_nothing(&scenario, &["--date", DAY_1, "--force"], "1,2,3").await;
}

#[tokio::test]
async fn rows_of_a_merge_are_not_doubled_when_its_file_is_appended() {
    let scenario = appended().await;
    merge(&scenario, &[(1, DAY_1), (3, DAY_1)]).await;
    doubles_nothing(&scenario, &["--date", DAY_2, "--mode", "append", "--force"], "1,2,3").await;
}

#[tokio::test]
async fn a_reload_after_a_merge_that_moved_nothing_replaces_the_rows_that_are_there() {
    let scenario = appended().await;
    merge(&scenario, &[(3, DAY_2)]).await;
    scenario.sql(&format!("DELETE FROM {} WHERE id = 1", scenario.table())).await;
    scenario.load(&["--date", DAY_1, "--force"]).await.success().says("in place of 1");
    assert_eq!(scenario.ids().await, "1,2,3");
}

#[tokio::test]
async fn a_rule_for_duplicates_without_a_merge_is_refused_or_told() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "a"), (1, "a")]).await;
    let refused = scenario.load(&["--duplicates", "identical_only"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(
        "`duplicates` says which row of a key a merge takes, and nobody asks for one: add `mode: merge`",
    );
    // A table config may say it for those loads that are merges.
    put(&scenario, DAY_1, ", duplicates: identical_only", &[(1, "a"), (1, "a")]).await;
    scenario.plan(&[]).await.success().says("`meta.duplicates` means nothing here, as the load is no merge");
    scenario.load(&[]).await.success().says("loaded  2 rows");
}

#[tokio::test]
async fn rows_that_only_cuts_have_made_the_same_are_not_taken_for_identical() {
    let scenario = Scenario::new().await;
    let meta = ", mode: merge, duplicates: identical_only";
    put(&scenario, DAY_1, meta, &[(1, "abcX"), (1, "abcY")]).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(
        "2 rows of the data have 1 keys, and 2 values were changed to fit (2 values cut: `name` 2 (3 bytes))",
    );
    assert_eq!(scenario.ledger_rows().await, "0");
    put(&scenario, DAY_1, meta, &[(1, "abcX"), (2, "abcY")]).await;
    scenario.load(&[]).await.success().says("2 values cut");
}
