//! `plan --check-data`: what COPY would refuse is known before anything is loaded, and nothing is changed.

use serde_json::Value;

use crate::support::scenario::{DAY_1, DAY_2, Finished, Scenario};
use crate::support::table;

async fn checked(scenario: &Scenario, more: &[&str]) -> Finished {
    scenario.plan(&[&["--check-data"][..], more].concat()).await
}

/// The same as JSON.
async fn verdict(scenario: &Scenario) -> Value {
    let finished = checked(scenario, &["--json"]).await;
    serde_json::from_str::<Value>(&finished.stdout).unwrap()["data_check"].clone()
}

/// Tables of the scenario's schema with their columns.
async fn tables(scenario: &Scenario) -> Vec<String> {
    let columns = format!(
        "SELECT table_name, column_name, character_maximum_length FROM information_schema.columns \
         WHERE table_schema = '{}' ORDER BY table_name, ordinal_position",
        scenario.name
    );
    scenario.sql(&columns).await
}

async fn keys(scenario: &Scenario) -> Vec<String> {
    let listing = scenario.s3.list_objects_v2().bucket(&scenario.name).send().await.unwrap();
    listing.contents().iter().filter_map(|object| object.key.clone()).collect()
}

#[tokio::test]
async fn good_data_is_taken_and_nothing_is_there_afterwards() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2, 3]).await;
    let before = keys(&scenario).await;
    checked(&scenario, &[])
        .await
        .success()
        .says("data check  COPY takes all of the data as it is (3 lines and ");
    assert_eq!(checked(&scenario, &["--exit-code"]).await.code, Some(3));
    assert_eq!(tables(&scenario).await, Vec::<String>::new());
    assert_eq!(keys(&scenario).await, before);
    let told = verdict(&scenario).await;
    assert_eq!(
        (&told["verdict"], &told["reason"], &told["lines"]),
        (&"taken".into(), &Value::Null, &3.into())
    );
    assert!(told["bytes"].as_u64().unwrap() > 0 && told["seconds"].is_f64(), "{told}");
    scenario.load(&[]).await.success().says("loaded  3 rows");
}

#[tokio::test]
async fn refused_rows_are_told_with_file_line_column_and_reason_and_end_with_1() {
    let scenario = Scenario::new().await.loaded_once().await;
    let bad = format!(
        "{}{{\"id\": \"x\", \"data_date\": \"{DAY_2}\"}}\n{{\"id\": null, \"data_date\": \"{DAY_2}\"}}\n{{\"id\": 3, \"data_date\": \"soon\"}}\n",
        table::rows(DAY_2, [2])
    );
    scenario.put_file(DAY_2, &bad).await;
    let finished = checked(&scenario, &[]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let file = format!("s3://{}/{}", scenario.name, scenario.key(DAY_2, "json.gz"));
    for (line, rest) in [
        (2, "column `id` (int8): Invalid digit"),
        (3, "column `id` (int8): Missing data for not-null field"),
        (4, "column `data_date` (timestamp): Invalid timestamp"),
    ] {
        finished.says(&format!("refused row line {line} of {file}, {rest}"));
    }
    let told = verdict(&scenario).await;
    assert_eq!(
        (&told["verdict"], told["refused_rows"].as_array().unwrap().len()),
        (&"refused".into(), 3),
        "{told}"
    );
    assert_eq!(told["refused_rows"][0]["line"], 2);
    // A row that is refused is no value to be shown.
    assert!(!told.to_string().contains("soon"), "{told}");
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn columns_that_would_be_added_and_widened_are_checked_without_a_change() {
    let scenario = Scenario::new().await.loaded_once().await;
    let before = tables(&scenario).await;
    let columns = [
        "{dest: id, type: bigint, notnull: true}",
        "{dest: name, type: varchar(1000)}",
        "{dest: price, type: \"decimal(5,2)\"}",
    ];
    let config = table::config_with(&scenario.name, &columns).replace("meta: {", "meta: {widen: true, ");
    scenario.put_config(DAY_2, &config).await;
    let long = "n".repeat(900);
    let rows = |price: &str| {
        format!("{{\"id\": 2, \"name\": \"{long}\", \"price\": {price}, \"data_date\": \"{DAY_2}\"}}\n")
    };
    scenario.put_file(DAY_2, &rows("12.5")).await;
    checked(&scenario, &[]).await.success().says("COPY takes all of the data");
    scenario.put_file(DAY_2, &rows("12345.5")).await;
    let refused = checked(&scenario, &[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("column `price` (numeric");
    assert_eq!(tables(&scenario).await, before);
}

#[tokio::test]
async fn values_that_the_load_would_cut_are_told_and_refused_where_the_config_refuses_them() {
    let scenario = Scenario::new().await;
    let long = "n".repeat(300);
    let rows = format!("{{\"id\": 1, \"name\": \"{long}\", \"data_date\": \"{DAY_1}\"}}\n");
    scenario.put_file(DAY_1, &rows).await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    let changed = checked(&scenario, &[]).await.success();
    changed.says("COPY takes the data and changes or skips some of it, as the config allows");
    changed.says("column `name` (varchar): String length exceeds DDL length");
    assert_eq!(verdict(&scenario).await["verdict"], "changed");
    let strict = table::config(&scenario.name).replace("meta: {", "meta: {cuts: refuse, ");
    scenario.put_config(DAY_1, &strict).await;
    let refused = checked(&scenario, &[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("COPY refuses the data");
}

#[tokio::test]
async fn rows_that_the_load_would_skip_are_told() {
    let scenario = Scenario::new().await;
    let config = table::config(&scenario.name).replace("meta: {", "meta: {copy_options: [\"MAXERROR 3\"], ");
    scenario.put_config(DAY_1, &config).await;
    let bad = |count: usize| format!("{}{}", table::rows(DAY_1, [1]), "{\"id\": \"x\"}\n".repeat(count));
    scenario.put_file(DAY_1, &bad(2)).await;
    checked(&scenario, &[]).await.success().says("changes or skips some of it");
    scenario.put_file(DAY_1, &bad(3)).await;
    let refused = checked(&scenario, &[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("COPY refuses the data");
}

#[tokio::test]
async fn many_files_are_checked_by_a_manifest_that_is_gone_afterwards() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    for part in 0..3 {
        let key = format!("{}_events_{DAY_1}/part-{part}.json", scenario.name);
        scenario.put(&key, table::rows(DAY_1, [part])).await;
    }
    scenario.put(&format!("{}_events_{DAY_1}/_SUCCESS", scenario.name), "").await;
    let before = keys(&scenario).await;
    checked(&scenario, &[]).await.success().says("COPY takes all of the data as it is (3 lines");
    assert_eq!(keys(&scenario).await, before);
    scenario.put(&format!("{}_events_{DAY_1}/part-1.json", scenario.name), "{\"id\": 1.5}\n").await;
    let refused = checked(&scenario, &[]).await;
    refused.says("part-1.json, column `id`");
    assert_eq!(keys(&scenario).await, before);
}

#[tokio::test]
async fn text_files_are_checked_with_their_options_and_templates() {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TEMPLATE {}.conventions FOR COPY AS CSV DELIMITER ';' IGNOREHEADER 1",
            scenario.name
        ))
        .await;
    let meta = format!("meta: {{template: {}.conventions, ", scenario.name);
    scenario.put_config(DAY_1, &table::config(&scenario.name).replace("meta: {", &meta)).await;
    let file = |id: &str| format!("name;id;data_date\na;{id};{DAY_1}\nb;2;{DAY_1}\n");
    scenario.put(&scenario.key(DAY_1, "csv"), file("1")).await;
    checked(&scenario, &[]).await.success().says("COPY takes all of the data");
    scenario.put(&scenario.key(DAY_1, "csv"), file("one")).await;
    let refused = checked(&scenario, &[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("column `id` (int8): Invalid digit");
}

#[tokio::test]
async fn columnar_files_are_said_to_have_no_such_check() {
    let scenario = Scenario::new().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/formats/events_pandas.parquet");
    scenario.put(&scenario.key(DAY_1, "parquet"), std::fs::read(path).unwrap()).await;
    let columns = [
        "{dest: id, type: bigint}",
        "{dest: name, type: text}",
        "{dest: amount, type: float}",
        "{dest: is_new, type: boolean}",
    ];
    scenario.put_config(DAY_1, &table::config_with(&scenario.name, &columns)).await;
    let finished = checked(&scenario, &[]).await.success();
    finished.says("data check  not possible");
    finished.says("COPY takes no NOLOAD for parquet");
    assert_eq!(verdict(&scenario).await["verdict"], "not_possible");
}

#[tokio::test]
async fn a_check_does_not_wait_for_the_lock_of_the_table() {
    let scenario = Scenario::new().await.loaded_once().await;
    let lock = scenario.lock_table().await;
    checked(&scenario, &[]).await.success().says("COPY takes all of the data");
    lock.query("ROLLBACK").await;
}

#[tokio::test]
async fn what_would_not_be_loaded_is_not_checked() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let skipped = checked(&scenario, &[]).await.success();
    assert!(!skipped.stdout.contains("data check"), "{skipped:?}");
    assert_eq!(verdict(&scenario).await, Value::Null);
}
