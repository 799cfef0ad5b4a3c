//! `backfill --dry-run` in the dated layouts: what would become of each date.

use serde_json::Value;

use crate::backfill::{arguments, backfill, with_days};
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Finished, Scenario};
use crate::support::table;

/// The first and the last cell of each line of a table, without its head and its total.
fn states(shown: &Finished) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = shown.stdout.lines().collect();
    let rows = lines[1..lines.len() - 1].iter();
    rows.map(|line| (line.split("  ").next().unwrap(), line.rsplit("  ").next().unwrap())).collect()
}

#[tokio::test]
async fn dates_are_shown_with_files_and_states_and_nothing_is_sent() {
    let scenario = with_days().await;
    scenario.load(&["--date", DAY_2]).await.success();
    let arguments = arguments(&scenario, "2015-06-29", "2015-07-03", &["--dry-run"]);
    let shown = scenario.run_with(&arguments, |command| _ = command.env_remove("QUEUE_URL")).await.success();
    let expected = [
        ("2015-06-29 to 2015-06-30", "none found"),
        (DAY_1, "to load"),
        (DAY_2, "loaded"),
        (DAY_3, "to load"),
    ];
    assert_eq!(states(&shown), expected);
    shown.says("2 messages to send, ");
    assert_eq!(scenario.queued().await, Some(0));
    let forced = backfill(&scenario, DAY_2, DAY_2, &["--dry-run", "--force"]).await.success();
    assert_eq!(states(&forced), [(DAY_2, "loaded, and again")]);
    let nothing = backfill(&scenario, "2016-01-01", "2016-12-31", &["--dry-run"]).await.success();
    assert_eq!(states(&nothing), [("2016-01-01 to 2016-12-31", "none found")]);
}

#[tokio::test]
async fn each_date_is_planned_so_that_a_slip_is_seen_before_anything_is_sent() {
    let scenario = with_days().await;
    let config = table::config(&scenario.name);
    scenario.put_config(DAY_1, "not: [a config").await;
    scenario.put_config(DAY_3, &config.replace("bigint", "no_such_type")).await;
    scenario
        .s3
        .delete_object()
        .bucket(&scenario.name)
        .key(format!("config_{}.yml", scenario.key(DAY_2, "").trim_end_matches('.')))
        .send()
        .await
        .unwrap();
    let shown = backfill(&scenario, "2015-07-01", "2015-07-04", &["--dry-run", "--json"]).await;
    assert_eq!(shown.code, Some(1), "{shown:?}");
    let rows: Vec<Value> = shown.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["invalid_table_config", "no_table_config", "invalid_table_config", "to_load"]);
    assert!(rows[1]["detail"].as_str().unwrap().contains("config_"), "{rows:?}");
    assert_eq!((&rows[3]["detail"], &rows[3]["files_to_send"]), (&Value::Null, &1.into()));
    assert_eq!(scenario.queued().await, Some(0));
}

#[tokio::test]
async fn a_table_that_is_not_in_the_layout_is_refused() {
    let scenario = with_days().await;
    for more in [&["--dry-run"][..], &[]] {
        let arguments = arguments(&scenario, "2015-07-01", "2015-07-04", more);
        let arguments = arguments.iter().map(|one| if *one == table::TABLE { "evnets" } else { one });
        let refused = scenario.run(&arguments.collect::<Vec<_>>()).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        refused.says(&format!("no data of {}.evnets of any date in the dated layouts", scenario.name));
    }
    assert_eq!(scenario.queued().await, Some(0));
}

#[tokio::test]
async fn dates_of_a_merged_table_that_would_be_passed_over_are_shown_as_that() {
    let scenario = Scenario::new().await;
    let config = table::config(&scenario.name)
        .replace("datadatecolumn", "mode: merge, datadatecolumn")
        .replacen("notnull: true", "notnull: true, primarykey: true", 1);
    for (id, date) in (1..).zip([DAY_1, DAY_2]) {
        scenario.put_day(date, [id]).await;
        scenario.put_config(date, &config).await;
    }
    scenario.load(&["--date", DAY_2]).await.success();
    let shown = backfill(&scenario, DAY_1, DAY_2, &["--dry-run"]).await.success();
    shown.says("would be passed over: ");
    let forced = backfill(&scenario, DAY_1, DAY_1, &["--dry-run", "--force"]).await.success();
    assert_eq!(states(&forced), [(DAY_1, "to load")]);
}
