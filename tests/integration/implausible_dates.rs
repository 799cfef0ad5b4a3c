//! A date that cannot be true never stops a table in silence.

use chrono::{Duration, SecondsFormat, Utc};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;

/// Sends a message and checks that it is parked for this reason.
async fn parked(scenario: &Scenario, daemon: &Daemon, more: &str, reason: &str) {
    let id = scenario.send(&scenario.message(more)).await;
    let settled = daemon.settled(&id).await;
    let story = settled["message"].as_str().unwrap();
    assert!(story.contains(reason), "{story}");
    assert_eq!((&settled["disposition"], &settled["kind"]), (&"parked".into(), &"implausible_date".into()));
}

#[tokio::test]
async fn rows_of_the_year_9999_are_refused_before_commit() {
    let scenario = Scenario::new().await.loaded_once().await;
    scenario.put_file(DAY_2, r#"{"id": 2, "data_date": "9999-12-31T00:00:00Z"}"#).await;
    let daemon = Daemon::ready(&scenario).await;
    let reason =
        "1 of its rows are dated more than a day after now in `data_date`, the latest is 9999-12-31 00:00:00";
    parked(&scenario, &daemon, "", reason).await;
    // Force is no way around it, and the next day is loaded as if nothing had been.
    parked(&scenario, &daemon, r#""force": true"#, reason).await;
    scenario.put_day(DAY_3, [3]).await;
    let id = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&id).await["rows"], 1);
    assert_eq!(scenario.ids().await, "1,3");
}

#[tokio::test]
async fn a_new_table_is_not_made_for_rows_that_cannot_be_true() {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, r#"{"id": 2, "data_date": "2999-01-01T00:00:00Z"}"#).await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("more than a day after now");
    let tables = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&tables).await, "0");
}

#[tokio::test]
async fn rows_of_tomorrow_are_no_reason_to_refuse() {
    let scenario = Scenario::new().await;
    #[expect(clippy::disallowed_methods, reason = "the program under test reads the same clock")]
    let tomorrow = (Utc::now() + Duration::hours(20)).to_rfc3339_opts(SecondsFormat::Secs, true);
    scenario.put_file(DAY_1, &table::rows(&tomorrow, [1])).await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
}

async fn table_with_a_row_of(date: &str) -> Scenario {
    let scenario = Scenario::new().await.loaded_once().await;
    scenario.sql(&format!("INSERT INTO {} (id, data_date) VALUES (99, '{date}')", scenario.table())).await;
    scenario
}

#[tokio::test]
async fn a_table_that_has_such_rows_is_named_with_value_and_count_and_the_message_is_parked() {
    let scenario = table_with_a_row_of("9999-12-31").await;
    let daemon = Daemon::ready(&scenario).await;
    let reason = "has 1 rows that are dated more than a day after now in `data_date`, the latest is 9999-12-31 00:00:00";
    parked(&scenario, &daemon, "", reason).await;
    // A date that this program's clock cannot hold is the same case.
    scenario.sql(&format!("UPDATE {} SET data_date = '294275-12-31' WHERE id = 99", scenario.table())).await;
    parked(&scenario, &daemon, "", "the latest is 294275-12-31 00:00:00").await;
    assert_eq!(scenario.ids().await, "1,99");
    // Who forces knows what he does.
    let id = scenario.send(&scenario.message(r#""force": true"#)).await;
    assert_eq!(daemon.settled(&id).await["rows"], 1);
    assert_eq!(scenario.ids().await, "1,2,99");
}

#[tokio::test]
async fn rows_that_the_config_allows_neither_refuse_nor_make_later_files_older() {
    let scenario = table_with_a_row_of("9999-12-31").await;
    let allowed = table::config(&scenario.name).replace("meta: {", "meta: {future_rows: allow, ");
    scenario.put_config(DAY_2, &allowed).await;
    scenario.put_file(DAY_2, r#"{"id": 2, "data_date": "2999-12-31T00:00:00Z"}"#).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1,2,99");
}

#[tokio::test]
async fn a_file_of_an_allowed_date_ahead_is_not_newer_than_itself() {
    let scenario = Scenario::new().await;
    let date = "2999-12-31T00:00:00Z";
    let allowed = table::config(&scenario.name).replace("meta: {", "meta: {future_rows: allow, ");
    scenario.put_config(date, &allowed).await;
    scenario.put_file(date, &table::rows(date, [1])).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    scenario.put_file(date, &table::rows(date, [2])).await;
    scenario.load(&[]).await.success().says("skipped the table has data of 2999-12-31T00:00:00Z");
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_file_whose_name_says_a_date_that_cannot_be_true_is_refused_by_name() {
    let scenario = Scenario::new().await.loaded_once().await;
    scenario.put_day("2999-07-01T00:00:00Z", [7]).await;
    let daemon = Daemon::ready(&scenario).await;
    parked(&scenario, &daemon, "", "the data date 2999-07-01T00:00:00Z in the name of the file").await;
    assert_eq!(scenario.ids().await, "1");
    // The day itself can still be asked for.
    scenario.load(&["--date", DAY_2]).await.success().says("loaded  1 rows");
}
