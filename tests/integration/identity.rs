//! The same files are loaded once, whatever their rows say, and force never doubles rows.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// A file of the first day with these rows, and the usual config.
async fn with_rows(rows: &str) -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, rows).await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    scenario
}

/// Ten plain messages for one file, of whose rows none has the data date of the file's name in its column.
async fn ten_messages_load_once(rows: &str) {
    let scenario = with_rows(rows).await;
    let daemon = Daemon::ready(&scenario).await;
    for number in 0..10 {
        let id = scenario.send(&scenario.message("")).await;
        let settled = daemon.settled(&id).await;
        let (story, disposition) = (settled["message"].as_str().unwrap(), &settled["disposition"]);
        assert_eq!(disposition, "deleted", "{story}");
        let told =
            if number == 0 { "loaded 1 rows" } else { "these files were already loaded, 1 rows by load" };
        assert!(story.contains(told), "{story}");
    }
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_file_whose_rows_lack_the_data_date_is_loaded_once() {
    ten_messages_load_once(r#"{"id": 1}"#).await;
}

#[tokio::test]
async fn a_file_whose_key_is_spelt_with_capitals_is_loaded_once() {
    ten_messages_load_once(r#"{"id": 1, "DATA_DATE": "2015-07-01T00:00:00Z"}"#).await;
}

#[tokio::test]
async fn a_file_whose_rows_have_a_null_for_a_date_is_loaded_once() {
    ten_messages_load_once(r#"{"id": 1, "data_date": null}"#).await;
}

#[tokio::test]
async fn a_file_whose_rows_are_dated_earlier_than_its_name_is_loaded_once() {
    ten_messages_load_once(r#"{"id": 1, "data_date": "2015-06-30T23:15:00Z"}"#).await;
}

#[tokio::test]
async fn a_file_whose_dates_have_an_offset_that_the_column_drops_is_loaded_once() {
    ten_messages_load_once(r#"{"id": 1, "data_date": "2015-06-30T22:00:00-02:00"}"#).await;
}

#[tokio::test]
async fn an_empty_file_is_loaded_once() {
    let scenario = Scenario::new().await.loaded_once().await;
    scenario.put_file(DAY_2, "").await;
    scenario.load(&[]).await.success().says("loaded  0 rows");
    scenario.load(&[]).await.success().says("these files were already loaded, 0 rows");
    assert_eq!(scenario.ledger_rows().await, "2");
}

#[tokio::test]
async fn the_files_of_a_manifest_are_loaded_once_in_whatever_order_it_lists_them() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    for part in ["a", "b"] {
        scenario.put(&format!("parts/{part}.json"), format!("{{\"id\": 1, \"name\": \"{part}\"}}")).await;
    }
    let manifest = |parts: [&str; 2]| {
        let entries = parts.map(|part| {
            format!(r#"{{"url": "s3://{}/parts/{part}.json", "mandatory": true}}"#, scenario.name)
        });
        format!(r#"{{"entries": [{}]}}"#, entries.join(","))
    };
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest(["a", "b"])).await;
    scenario.load(&[]).await.success().says("loaded  2 rows");
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest(["b", "a"])).await;
    scenario.load(&[]).await.success().says("these files were already loaded, 2 rows");
    assert_eq!(scenario.ids().await, "1,1");
}

#[tokio::test]
async fn a_table_that_is_empty_or_gone_is_loaded_again() {
    let scenario = with_rows(r#"{"id": 1}"#).await;
    scenario.load(&[]).await.success();
    scenario.sql(&format!("DELETE FROM {}", scenario.table())).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1");
    scenario.sql(&format!("DROP TABLE {}", scenario.table())).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_load_whose_dated_rows_were_removed_by_hand_is_made_again() {
    let scenario = Scenario::new().await.loaded_once().await;
    scenario.load(&[]).await.success();
    scenario.sql(&format!("DELETE FROM {} WHERE id = 2", scenario.table())).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_load_whose_rows_were_replaced_by_others_since_is_made_again() {
    let scenario = with_rows(r#"{"id": 1}"#).await;
    scenario.load(&[]).await.success();
    scenario.put_file(DAY_2, r#"{"id": 2}"#).await;
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.load(&["--truncate"]).await.success();
    assert_eq!(scenario.ids().await, "2");
    scenario.load(&["--date", DAY_1]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn when_only_the_config_has_changed_the_skip_says_so_and_how_to_reload() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let config = table::config(&scenario.name);
    scenario.put_config(DAY_1, &format!("# A new column is coming.\n{config}")).await;
    let skipped = scenario.load(&[]).await.success();
    skipped.says("only the table config has changed since");
    skipped.says("use force to load these files again with it");
}

#[tokio::test]
async fn force_is_refused_when_rows_of_the_earlier_load_would_stay() {
    let scenario = with_rows("{\"id\": 1}\n{\"id\": 2, \"data_date\": \"2015-07-01T00:00:00Z\"}").await;
    scenario.load(&[]).await.success();
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message(r#""force": true"#)).await;
    let settled = daemon.settled(&id).await;
    assert_eq!((&settled["disposition"], &settled["kind"]), (&"parked".into(), &"would_double".into()));
    let story = settled["message"].as_str().unwrap();
    assert!(story.contains("brought 2 rows for 2015-07-01T00:00:00Z"), "{story}");
    assert!(story.contains("DELETE by `data_date` removes 1 of them;"), "{story}");
    assert!(story.contains("`truncate` and `force`"), "{story}");
    assert_eq!(scenario.ids().await, "1,2");
    scenario.load(&["--force", "--truncate"]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_corrected_file_without_dates_is_refused_instead_of_added_to_the_first() {
    let scenario = with_rows(r#"{"id": 1}"#).await;
    scenario.load(&[]).await.success();
    scenario.put_file(DAY_1, r#"{"id": 10}"#).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("brought 1 rows");
    refused.says("removes 0 of them;");
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_ledger_of_an_earlier_version_gets_its_columns_and_what_it_does_not_know_is_counted() {
    let scenario = with_rows(r#"{"id": 1}"#).await;
    scenario.load(&[]).await.success();
    let ledger = format!("{}_ledger.loads", scenario.name);
    let of_second =
        ["rows_deleted", "rows_in_window", "config_fingerprint", "data_date_column", "table_was_empty"];
    let of_third = ["granularity", "timezone", "window_start", "window_end"];
    // As the second version wrote it, and then as the first one did. What changes nothing does without the columns.
    for columns in [&of_third[..], &of_second[..]] {
        for column in columns {
            scenario.sql(&format!("ALTER TABLE {ledger} DROP COLUMN {column}")).await;
        }
        scenario.run(&["history"]).await.success().says("events");
        scenario.plan(&[]).await.success().says("these files were already loaded");
    }
    let refused = scenario.load(&["--force"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("brought 1 rows for 2015-07-01T00:00:00Z, and DELETE by `data_date` removes 0 of them;");
    assert_eq!(scenario.ids().await, "1");
    let columns = format!("SELECT rows_deleted, rows_in_window FROM {ledger}");
    assert_eq!(scenario.sql(&columns).await, ["∅|∅"]);
}

#[tokio::test]
async fn rows_that_get_their_date_by_hand_can_be_replaced_as_the_refusal_says() {
    let scenario = with_rows("{\"id\": 1}\n{\"id\": 2, \"data_date\": \"2015-07-01T00:00:00Z\"}").await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.load(&["--force"]).await.code, Some(1));
    let update = format!("UPDATE {} SET data_date = '2015-07-01' WHERE data_date IS NULL", scenario.table());
    scenario.sql(&update).await;
    scenario.load(&["--force"]).await.success().says(", in place of 2, in ");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn another_data_date_column_neither_doubles_rows_nor_takes_them_for_gone() {
    let scenario = Scenario::new().await;
    let columns = ["{dest: id, type: bigint}", "{dest: loaded_on, type: timestamp}"];
    let config = table::config_with(&scenario.name, &columns);
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1, 2])).await;
    scenario.put_config(DAY_1, &config).await;
    scenario.load(&[]).await.success();
    scenario
        .put_config(DAY_1, &config.replace("datadatecolumn: data_date", "datadatecolumn: loaded_on"))
        .await;
    scenario.load(&[]).await.success().says("these files were already loaded, 2 rows");
    let refused = scenario.load(&["--force"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("DELETE by `loaded_on` removes 0 of them;");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn every_day_of_a_table_that_was_dropped_can_be_loaded_again() {
    let scenario = with_rows(r#"{"id": 1}"#).await;
    scenario.load(&[]).await.success();
    scenario.put_file(DAY_2, r#"{"id": 2}"#).await;
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.load(&[]).await.success();
    for empty in ["DROP TABLE", "DELETE FROM"] {
        scenario.sql(&format!("{empty} {}", scenario.table())).await;
        scenario.load(&[]).await.success().says("loaded  1 rows");
        scenario.load(&["--date", DAY_1]).await.success().says("loaded  1 rows");
        assert_eq!(scenario.ids().await, "1,2", "{empty}");
    }
}

#[tokio::test]
async fn a_day_that_was_removed_by_hand_is_not_taken_for_loaded_because_one_row_lacks_the_date() {
    let scenario = with_rows("{\"id\": 1}\n{\"id\": 2, \"data_date\": \"2015-07-01T00:00:00Z\"}").await;
    scenario.load(&[]).await.success();
    scenario.sql(&format!("DELETE FROM {} WHERE id = 2", scenario.table())).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("brought 2 rows");
}

#[tokio::test]
async fn a_file_that_was_replaced_by_another_and_comes_back_is_not_said_to_be_in_the_table() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_1, [10]).await;
    scenario.load(&["--force"]).await.success();
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success().says("skipped the table has data of 2015-07-01T00:00:00Z");
    assert_eq!(scenario.ids().await, "10");
}
