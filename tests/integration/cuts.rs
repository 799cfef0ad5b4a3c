//! Values that do not fit their columns: cut and counted, or refused.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;

/// A config of the table `events` with a short name and a long note, and more in its `meta`.
fn config(schema: &str, meta: &str) -> String {
    let columns =
        ["{dest: id, type: bigint}", "{dest: name, type: varchar(5)}", "{dest: note, type: longtext}"];
    table::config_with(schema, &columns)
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{meta}"))
}

/// Rows with these names and notes.
fn rows(date: &str, rows: &[(&str, &str)]) -> String {
    let row = |(id, (name, note)): (usize, &(&str, &str))| {
        format!("{{\"id\": {id}, \"name\": \"{name}\", \"note\": \"{note}\", \"data_date\": \"{date}\"}}\n")
    };
    rows.iter().enumerate().map(row).collect()
}

async fn put(scenario: &Scenario, date: &str, meta: &str, data: &[(&str, &str)]) {
    scenario.put_config(date, &config(&scenario.name, meta)).await;
    scenario.put_file(date, &rows(date, data)).await;
}

/// Values cut and replaced, by the ledger's row of this date.
async fn counted(scenario: &Scenario, date: &str) -> String {
    let ledger = format!(
        "SELECT values_cut, values_replaced, rows_skipped FROM {}_ledger.loads WHERE data_date = '{date}'",
        scenario.name
    );
    scenario.sql(&ledger).await.join(" ")
}

#[tokio::test]
async fn a_load_that_cuts_nothing_is_known_to_cut_nothing() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[("fits", ""), ("fünf", "")]).await;
    let plan = scenario.plan(&[]).await.success();
    assert!(!plan.stdout.contains("TRUNCATECOLUMNS"), "{}", plan.stdout);
    scenario.load(&[]).await.success();
    assert_eq!(counted(&scenario, DAY_1).await, "0|0|0");
}

#[tokio::test]
async fn values_that_are_too_long_are_cut_counted_and_named() {
    let scenario = Scenario::new().await;
    let long = "n".repeat(70_000);
    put(&scenario, DAY_1, "", &[("too long", ""), ("vielä ää", &long), ("fits", ""), ("12345", "")]).await;
    let loaded = scenario.load(&[]).await.success();
    loaded.says("loaded  4 rows");
    loaded.says(", 3 values cut: `name` 2 (5 bytes), `note` 1 (65535 bytes), in ");
    let names = format!("SELECT name, OCTET_LENGTH(note) FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&names).await, ["too l|0", "viel|65535", "fits|0", "12345|0"]);
    assert_eq!(counted(&scenario, DAY_1).await, "3|0|0");
}

#[tokio::test]
async fn a_table_with_values_that_do_not_fit_is_not_tried_without_cutting_until_they_end() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[("too long", "")]).await;
    scenario.load(&[]).await.success();
    put(&scenario, DAY_2, "", &[("fits", "")]).await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("values that do not fit are cut and counted by a second COPY, as the last load had some");
    plan.says("TRUNCATECOLUMNS");
    scenario.load(&[]).await.success();
    assert_eq!(counted(&scenario, DAY_2).await, "0|0|0");
    put(&scenario, DAY_3, "", &[("fits", "")]).await;
    let plan = scenario.plan(&[]).await.success();
    assert!(!plan.stdout.contains("TRUNCATECOLUMNS"), "{}", plan.stdout);
}

#[tokio::test]
async fn cuts_are_refused_with_line_and_column_and_nothing_is_loaded() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, ", cuts: refuse", &[("fits", ""), ("too long", "")]).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("line 2 of ");
    failed.says("column `name` (varchar): String length exceeds DDL length");
    assert_eq!(scenario.ledger_rows().await, "0");
}

#[tokio::test]
async fn more_cuts_than_a_share_of_the_rows_are_refused_with_their_numbers() {
    let scenario = Scenario::new().await;
    let data = [("too long", ""), ("b", ""), ("c", ""), ("d", "")];
    put(&scenario, DAY_1, ", cuts: \"refuse_over:20%\"", &data).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("1 of 4 rows have values that do not fit, more than 20% (`meta.cuts`): 1 values cut: `name` 1 (5 bytes)");
    put(&scenario, DAY_1, ", cuts: \"refuse_over:25%\"", &data).await;
    scenario.load(&[]).await.success().says("1 values cut");
}

#[tokio::test]
async fn what_the_table_takes_counts_not_what_the_config_says() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[("fits", "")]).await;
    scenario.load(&[]).await.success();
    let wider = config(&scenario.name, "").replace("varchar(5)", "varchar(50)");
    scenario.put_config(DAY_2, &wider).await;
    scenario.put_file(DAY_2, &rows(DAY_2, &[("too long", ""), ("fits", "")])).await;
    scenario.load(&[]).await.success().says("1 values cut: `name` 1 (5 bytes)");
}

#[tokio::test]
async fn bytes_that_are_replaced_are_counted_where_that_is_asked_for() {
    let scenario = Scenario::new().await;
    let meta = ", format: csv, copy_options: [\"ACCEPTINVCHARS AS '?'\"]";
    scenario.put_config(DAY_1, &config(&scenario.name, meta)).await;
    let mut bytes = format!("{DAY_1},1,a").into_bytes();
    bytes.push(0xff);
    bytes.extend(format!(",x\n{DAY_1},2,b,y\n{DAY_1},3,too long,z\n").into_bytes());
    scenario.put(&scenario.key(DAY_1, "csv"), bytes).await;
    let loaded = scenario.load(&[]).await.success();
    loaded.says("1 values cut: `name` 1 (5 bytes); 1 values with bytes replaced: `name` 1 (5 bytes)");
    let names = format!("SELECT name FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&names).await, ["a?", "b", "too l"]);
    assert_eq!(counted(&scenario, DAY_1).await, "1|1|0");
}

#[tokio::test]
async fn bytes_of_json_that_are_replaced_are_counted_as_well() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &config(&scenario.name, ", copy_options: [ACCEPTINVCHARS]")).await;
    let mut bytes = b"{\"id\": 1, \"name\": \"a".to_vec();
    bytes.push(0xff);
    bytes.extend(format!("\", \"data_date\": \"{DAY_1}\"}}\n").into_bytes());
    scenario.put(&scenario.key(DAY_1, "json"), bytes).await;
    scenario.load(&[]).await.success().says("1 values with bytes replaced: `name` 1 (5 bytes)");
    assert_eq!(counted(&scenario, DAY_1).await, "0|1|0");
}

#[tokio::test]
async fn what_a_merge_cuts_is_counted_too() {
    let scenario = Scenario::new().await;
    let config = config(&scenario.name, ", mode: merge").replace("bigint", "bigint, primarykey: true");
    for (date, data) in [(DAY_1, [("one", ""), ("two", "")]), (DAY_2, [("too long", ""), ("TWO", "")])] {
        scenario.put_config(date, &config).await;
        scenario.put_file(date, &rows(date, &data)).await;
        scenario.load(&[]).await.success();
    }
    let names = format!("SELECT name FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&names).await, ["too l", "TWO"]);
    assert_eq!(counted(&scenario, DAY_2).await, "1|0|0");
}

#[tokio::test]
async fn as_many_columns_are_counted_as_a_table_can_have() {
    let scenario = Scenario::new().await;
    let columns: Vec<String> =
        (1..1600).map(|number| format!("{{dest: c{number}, type: varchar(2)}}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let config = table::config_with(&scenario.name, &columns);
    let accepting = "datadatecolumn: data_date, copy_options: [ACCEPTINVCHARS]";
    scenario.put_config(DAY_1, &config.replace("datadatecolumn: data_date", accepting)).await;
    let row =
        format!("{{\"data_date\": \"{DAY_1}\", \"c1\": \"abc\", \"c1599\": \"abcd\", \"c800\": \"ab\"}}\n");
    scenario.put_file(DAY_1, &row).await;
    scenario.load(&[]).await.success().says(", 2 values cut: `c1` 1 (2 bytes), `c1599` 1 (2 bytes)");
}

#[tokio::test]
async fn status_and_the_log_tell_what_the_last_load_of_a_table_has_cut() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[("too long", "")]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    let line = daemon.settled(&id).await["message"].as_str().unwrap().to_owned();
    assert!(line.ends_with(", 1 values cut: `name` 1 (5 bytes)"), "{line}");
    let cuts = |status: &str| serde_json::from_str::<serde_json::Value>(status).unwrap()["cuts"].clone();
    let told = cuts(&daemon.get("/status").await.1);
    assert_eq!(told[0]["columns"][0]["column"], "name", "{told}");
    assert_eq!((&told[0]["values_cut"], &told[0]["table"]), (&1.into(), &scenario.table().into()));
    put(&scenario, DAY_2, "", &[("fits", "")]).await;
    let id = scenario.send(&scenario.message("")).await;
    daemon.settled(&id).await;
    assert_eq!(cuts(&daemon.get("/status").await.1), serde_json::json!([]));
}

#[tokio::test]
async fn bad_data_is_not_tried_again_with_cuts() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &config(&scenario.name, "")).await;
    scenario.put_file(DAY_1, &format!("{{\"id\": \"x\", \"data_date\": \"{DAY_1}\"}}\n")).await;
    let load = ["load", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    let failed = scenario
        .run_with(&load, |command| {
            command.env("RUST_LOG", "info");
        })
        .await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(!failed.stderr.contains("loading again"), "{}", failed.stderr);
}
