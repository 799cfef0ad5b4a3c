//! Keys: those that are refused, those that are the same though they are written otherwise, and those of every type.

use futures_util::stream::{self, StreamExt as _};

use super::{config, names, put, rows};
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;

#[tokio::test]
async fn a_null_in_the_key_is_refused_and_nothing_is_changed() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1")]).await;
    scenario.load(&[]).await.success();
    scenario.put_config(DAY_2, &config(&scenario.name, "")).await;
    let nameless = format!("{{\"name\": \"nobody\", \"data_date\": \"{DAY_2}\"}}\n");
    scenario.put_file(DAY_2, &(rows(DAY_2, &[(1, "ONE", "2")]) + &nameless)).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("column `id`");
    assert_eq!(names(&scenario).await, "1|one");
}

#[tokio::test]
async fn keys_that_would_be_cut_to_the_same_are_refused() {
    let scenario = Scenario::new().await;
    let config = config(&scenario.name, ", duplicates: \"latest_by:changed\"");
    let config = config
        .replace("id, type: bigint, primarykey: true", "id, type: bigint")
        .replace("name, type: text", "name, type: varchar(3), primarykey: true");
    scenario.put_config(DAY_1, &config).await;
    scenario.put_file(DAY_1, &rows(DAY_1, &[(1, "abc1", "1"), (2, "abc2", "2")])).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("column `name` decides which rows a merge replaces, and 2 of its values do not fit 3 bytes");
}

#[tokio::test]
async fn blanks_at_the_end_do_not_tell_keys_apart() {
    let scenario = Scenario::new().await;
    let config = config(&scenario.name, "");
    let config = config
        .replace("id, type: bigint, primarykey: true", "id, type: bigint")
        .replace("name, type: text", "name, type: text, primarykey: true");
    for (date, name) in [(DAY_1, "a"), (DAY_2, "a  ")] {
        scenario.put_config(date, &config).await;
        scenario.put_file(date, &rows(date, &[(1, name, "1")])).await;
        scenario.load(&[]).await.success();
    }
    assert_eq!(scenario.value(&format!("SELECT COUNT(*) FROM {}", scenario.table())).await, "1");
    scenario.put_config(DAY_3, &config).await;
    scenario.put_file(DAY_3, &rows(DAY_3, &[(1, "b", "1"), (2, "b ", "2")])).await;
    scenario.load(&[]).await.says("1 keys (`name`) have more than one of the 2 rows of the data");
}

#[tokio::test]
async fn the_first_load_of_a_table_refuses_rows_that_share_a_key_as_any_other() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1"), (1, "uno", "1")]).await;
    scenario.load(&[]).await.says("1 keys (`id`) have more than one of the 2 rows of the data");
    let tables = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&tables).await, "0");
    put(&scenario, DAY_1, ", duplicates: \"latest_by:changed\"", &[(1, "one", "1"), (1, "uno", "2")]).await;
    scenario.load(&[]).await.success();
    assert_eq!(names(&scenario).await, "1|uno");
}

#[tokio::test]
async fn a_table_with_several_rows_of_a_key_has_one_after_a_merge_which_tells_of_the_others() {
    let scenario = Scenario::new().await;
    let table = scenario.table();
    put(&scenario, DAY_1, "", &[(1, "one", "1"), (2, "two", "1")]).await;
    scenario.load(&[]).await.success();
    let doubled = format!("INSERT INTO {table} SELECT * FROM {table} WHERE id = 1");
    scenario.sql(&doubled).await;
    put(&scenario, DAY_2, "", &[(1, "ONE", "2")]).await;
    let told = scenario.load(&[]).await.success();
    told.says("loaded  1 rows");
    told.says("in place of 2, at least 1 of them beyond one of each key");
    assert_eq!(names(&scenario).await, "1|ONE 2|two");
    // New keys would hide them, but for the columns that only the table has: bringing these along counts the keys that were there.
    scenario.sql(&format!("ALTER TABLE {table} ADD COLUMN note varchar(9)")).await;
    scenario.sql(&doubled).await;
    put(&scenario, DAY_3, "", &[(1, "uno", "3"), (3, "three", "3"), (4, "four", "3")]).await;
    scenario.load(&[]).await.success().says("in place of 2, at least 1 of them beyond one of each key");
    assert_eq!(names(&scenario).await, "1|uno 2|two 3|three 4|four");
    let ledger = format!("SELECT rows_beyond_keys FROM {}_ledger.loads ORDER BY data_date", scenario.name);
    assert_eq!(scenario.sql(&ledger).await, ["0", "1", "1"]);
}

/// Keys of every type that can be one: the type, and two values as JSON.
const KEYS: [(&str, &str, &str); 12] = [
    ("boolean", "true", "false"),
    ("smallint", "-1", "2"),
    ("int", "1", "2"),
    ("bigint", "9007199254740993", "9007199254740994"),
    ("\"decimal(20,4)\"", "1.5", "2.5001"),
    ("float", "0.1", "0.2"),
    ("\"char(2)\"", "\"a\"", "\"ab\""),
    ("\"varchar(20)\"", "\"it's \\\\\"", "\"ä\""),
    ("date", "\"2015-07-01\"", "\"2015-07-02\""),
    ("timestamp", "\"2015-07-01 00:00:00.000001\"", "\"2015-07-01 00:00:00.000002\""),
    ("timestamptz", "\"2015-07-01 00:00:00+02\"", "\"2015-07-01 00:00:00+00\""),
    ("time", "\"00:00:01\"", "\"23:59:59\""),
];

#[tokio::test]
async fn a_key_may_be_of_any_type_that_compares_and_sort_the_table() {
    stream::iter(KEYS)
        .for_each_concurrent(4, async |(column_type, one, other)| {
            let scenario = Scenario::new().await;
            let key = format!("{{dest: key, type: {column_type}, primarykey: true, sortord: 1}}");
            let config = table::config_with(&scenario.name, &[&key, "{dest: name, type: text}"])
                .replace("datadatecolumn: data_date", "datadatecolumn: data_date, mode: merge");
            let row = |date: &str, key: &str, name: &str| {
                format!("{{\"key\": {key}, \"name\": \"{name}\", \"data_date\": \"{date}\"}}\n")
            };
            for (date, name) in [(DAY_1, "first"), (DAY_2, "second")] {
                scenario.put_config(date, &config).await;
                let only_other = if date == DAY_1 { row(date, one, name) } else { String::new() };
                scenario.put_file(date, &(only_other + &row(date, other, name))).await;
                scenario.load(&[]).await.success();
            }
            let names = format!("SELECT name FROM {} ORDER BY name", scenario.table());
            assert_eq!(scenario.sql(&names).await, ["first", "second"], "{column_type}");
        })
        .await;
}

/// Keys that differ in the data and are one in their column: the type, and two values as JSON.
const ONE_IN_THE_COLUMN: [(&str, &str, &str); 8] = [
    ("\"decimal(6,2)\"", "1.001", "1.002"),
    ("real", "0.1", "0.1000000001"),
    ("float", "0.1", "0.10000000000000000001"),
    ("\"char(3)\"", "\"a\"", "\"a \""),
    ("boolean", "true", "1"),
    ("int", "1", "\"01\""),
    ("timestamp", "\"2015-07-01 00:00:00.5\"", "\"2015-07-01 00:00:00.500000\""),
    ("timestamptz", "\"2015-07-01 02:00:00+02\"", "\"2015-07-01 00:00:00+00\""),
];

#[tokio::test]
async fn keys_that_copy_makes_the_same_are_one_key_and_refused() {
    stream::iter(ONE_IN_THE_COLUMN)
        .for_each_concurrent(4, async |(column_type, one, other)| {
            let scenario = Scenario::new().await;
            let key = format!("{{dest: key, type: {column_type}, primarykey: true}}");
            let config = |duplicates: &str| {
                let meta = format!("datadatecolumn: data_date, mode: merge, duplicates: \"{duplicates}\"");
                table::config_with(&scenario.name, &[&key, "{dest: name, type: text}", "{dest: changed, type: int}"])
                    .replace("datadatecolumn: data_date", &meta)
            };
            let row = |key: &str, changed: u32| {
                format!(
                    "{{\"key\": {key}, \"name\": \"{changed}\", \"changed\": {changed}, \"data_date\": \"{DAY_1}\"}}\n"
                )
            };
            scenario.put_file(DAY_1, &(row(one, 1) + &row(other, 2))).await;
            for (duplicates, says) in [
                ("refuse", "1 keys (`key`) have more than one of the 2 rows of the data"),
                ("identical_only", "1 keys (`key`) have rows that differ, of 2 rows of the data"),
                ("latest_by:changed", "without 1 rows for which another one of their key stands"),
            ] {
                scenario.put_config(DAY_1, &config(duplicates)).await;
                let finished = scenario.load(&[]).await;
                assert!(finished.stdout.contains(says), "{column_type}: {finished:?}");
            }
            let names = format!("SELECT name FROM {}", scenario.table());
            assert_eq!(scenario.sql(&names).await, ["2"], "{column_type}");
        })
        .await;
}
