//! Fields of the data that the table config lacks: told, refused, or kept.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// A scenario whose table config says this in `meta`, and whose file of day 1 has these lines besides a plain row.
async fn scenario(meta: &str, lines: &str) -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, &format!("{}{lines}", table::rows(DAY_1, [1]))).await;
    scenario.put_config(DAY_1, &config(&scenario, meta)).await;
    scenario
}

fn config(scenario: &Scenario, meta: &str) -> String {
    let config = table::config(&scenario.name);
    config.replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{meta}"))
}

/// A row whose key `user` no column takes, and whose `ID` is `id` but for the case.
fn drifted() -> String {
    format!(
        "{{\"id\": 2, \"name\": \"b\", \"data_date\": \"{DAY_1}\", \"user\": {{\"a\": 1}}, \"visits\": 7, \"ID\": 9}}\n"
    )
}

const LINES: &str = "- {dest: user, type: super} - {dest: visits, type: bigint}";

#[tokio::test]
async fn keys_that_the_config_lacks_are_told_by_plan_log_and_ledger_and_the_rest_is_loaded() {
    let scenario = scenario("", &drifted()).await;
    let sentence = format!(
        "that the table config lacks are dropped by COPY (3): `user`, `visits`, `ID` (the column `id` but for the case; write its \
         `dest` as the files do); to load them, add to `columns` of the table config: {LINES}"
    );
    let planned = scenario.plan(&[]).await.success();
    planned.says(&format!(
        "drift       fields of s3://{}/{} {sentence}",
        scenario.name,
        scenario.key(DAY_1, "json.gz")
    ));
    let loaded = scenario.load(&[]).await.success();
    assert!(loaded.stderr.contains(&sentence), "{}", loaded.stderr);
    assert_eq!(scenario.ids().await, "1,2");
    let ledger = format!("SELECT format, unknown_fields FROM {}_ledger.loads", scenario.name);
    assert_eq!(scenario.sql(&ledger).await, ["json|user, visits, ID"]);
    scenario.run(&["history", "--json"]).await.success().says(r#""unknown_fields":"user, visits, ID""#);
}

#[tokio::test]
async fn files_that_the_config_knows_are_told_nothing_of() {
    let scenario = scenario("", "").await;
    let planned = scenario.plan(&[]).await.success();
    assert!(!planned.stdout.contains("drift"), "{}", planned.stdout);
    scenario.load(&[]).await.success();
    let ledger = format!("SELECT unknown_fields IS NULL FROM {}_ledger.loads", scenario.name);
    assert_eq!(scenario.value(&ledger).await, "t");
}

#[tokio::test]
async fn status_names_the_tables_whose_last_load_drifted_and_the_lines_that_would_take_the_fields() {
    let scenario = scenario("", &drifted()).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    daemon.settled(&id).await;
    let drift = |status: &str| serde_json::from_str::<serde_json::Value>(status).unwrap()["drift"].clone();
    let told = drift(&daemon.get("/status").await.1);
    assert_eq!(told[0]["table"], scenario.table());
    assert_eq!(told[0]["unknown_fields"], 3);
    assert_eq!(told[0]["names"], serde_json::json!(["user", "visits", "ID"]));
    assert_eq!(
        told[0]["config_lines"],
        serde_json::json!(["- {dest: user, type: super}", "- {dest: visits, type: bigint}"])
    );
    // The next load of the table has none.
    scenario.put_day(DAY_2, [3]).await;
    let id = scenario.send(&scenario.message("")).await;
    daemon.settled(&id).await;
    assert_eq!(drift(&daemon.get("/status").await.1), serde_json::json!([]));
}

#[tokio::test]
async fn with_refuse_nothing_is_loaded() {
    let scenario = scenario(", drift: refuse", &drifted()).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(
        "has the field `user`, which the table config lacks (this line takes it: - {dest: user, type: super}); it has the field \
         `visits`",
    );
    let table = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&table).await, "0");
}

#[tokio::test]
async fn with_refuse_a_head_that_shows_no_key_is_refused_too() {
    let scenario = scenario(", drift: refuse", "").await;
    scenario.put_file(DAY_1, &format!("{{\"name\": \"{}\", \"user\": 1}}", "x".repeat(300_000))).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("so that not all of its keys could be looked at for `drift: refuse`");
}

#[tokio::test]
async fn with_rescue_every_object_is_kept_whole_and_columns_are_filled_as_without() {
    let scenario = scenario("", "").await;
    scenario.load(&[]).await.success();
    // The table is there, and gets the column.
    let late = "{\"id\": 5, \"name\": \"e\", \"data_date\": \"2015-07-02T00:00:00Z\", \"late\": true}\n";
    let padding: String = (0..9_000).map(|id| table::rows(DAY_2, [100 + id])).collect();
    scenario.put_file(DAY_2, &format!("{}{padding}{late}", drifted().replace(DAY_1, DAY_2))).await;
    scenario.put_config(DAY_2, &config(&scenario, ", drift: rescue")).await;
    scenario.plan(&[]).await.success().says("columns     by name; the last one takes the whole object");
    let loaded = scenario.load(&[]).await.success();
    assert!(
        loaded.stderr.contains("are kept in `_rescued` only (3): `user`, `visits`, `ID`"),
        "{}",
        loaded.stderr
    );
    let rows =
        format!("SELECT id, name, _rescued IS NULL FROM {} WHERE id < 6 ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&rows).await, ["1|name 1|t", "2|b|f", "5|e|f"]);
    let rescued = |id| format!("SELECT json_serialize(_rescued) FROM {} WHERE id = {id}", scenario.table());
    let kept: serde_json::Value = serde_json::from_str(&scenario.value(&rescued(2)).await).unwrap();
    assert_eq!((&kept["user"]["a"], &kept["visits"], &kept["ID"]), (&1.into(), &7.into(), &9.into()));
    // Far behind what was looked at.
    let kept: serde_json::Value = serde_json::from_str(&scenario.value(&rescued(5)).await).unwrap();
    assert_eq!(kept["late"], true);
}

#[tokio::test]
async fn a_string_that_no_super_takes_is_refused_with_its_place_and_nothing_is_loaded() {
    let scenario = scenario(", drift: rescue", "").await;
    let long = "x".repeat(70_000);
    scenario
        .put_file(DAY_1, &format!("{{\"id\": 1, \"data_date\": \"{DAY_1}\", \"note\": \"{long}\"}}"))
        .await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("String value exceeds the max size of 65535 bytes");
    refused.says("column `_rescued`");
    let table = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&table).await, "0");
}

#[tokio::test]
async fn with_rescue_a_config_with_capitals_finds_its_keys_as_it_spells_them() {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, &format!("{{\"userId\": 1, \"UserId\": 2, \"data_date\": \"{DAY_1}\"}}")).await;
    let config = table::config_with(&scenario.name, &["{dest: userId, type: bigint}"]);
    let config = config.replace("datadatecolumn: data_date", "datadatecolumn: data_date, drift: rescue");
    scenario.put_config(DAY_1, &config).await;
    scenario.load(&[]).await.success();
    let row = format!("SELECT userid, json_serialize(_rescued) FROM {}", scenario.table());
    let row = scenario.value(&row).await;
    assert!(row.starts_with("1|{") && row.contains("\"UserId\":2"), "{row}");
}

#[tokio::test]
async fn rescue_and_a_file_of_paths_are_refused_with_what_to_do() {
    let scenario = scenario(", drift: rescue", "").await;
    let paths = format!("s3://{}/paths.json", scenario.name);
    scenario.put("paths.json", r#"{"jsonpaths": ["$.id", "$.name", "$.data_date"]}"#).await;
    let refused = scenario.load(&["--json-paths", &paths]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("`json_paths` and `meta.drift: rescue` do not go together");
}

#[tokio::test]
async fn with_rescue_csv_is_loaded_into_the_other_columns() {
    let scenario = Scenario::new().await;
    scenario.put(&scenario.key(DAY_1, "csv"), format!("{DAY_1},1,a\n")).await;
    scenario.put_config(DAY_1, &config(&scenario, ", drift: rescue")).await;
    scenario.load(&[]).await.success();
    let rows = format!("SELECT id, name, _rescued IS NULL FROM {}", scenario.table());
    assert_eq!(scenario.sql(&rows).await, ["1|a|t"]);
}

#[tokio::test]
async fn a_column_of_that_name_that_cannot_keep_objects_is_refused() {
    let scenario = scenario("", "").await;
    let columns = ["{dest: id, type: bigint}", "{dest: _rescued, type: text}"];
    let config = table::config_with(&scenario.name, &columns);
    let config = config.replace("datadatecolumn: data_date", "datadatecolumn: data_date, drift: rescue");
    scenario.put_config(DAY_1, &config).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("give it the type super");
}

#[tokio::test]
async fn drift_of_parts_names_the_first_part_that_has_the_field() {
    let scenario = scenario("", "").await;
    let directory = format!("{}_events_{DAY_2}", scenario.name);
    scenario.put(&format!("{directory}/part-0.json"), table::rows(DAY_2, [3])).await;
    scenario.put(&format!("{directory}/part-1.json"), drifted().replace(DAY_1, DAY_2)).await;
    scenario.put(&format!("{directory}/_SUCCESS"), "").await;
    scenario.put_config(DAY_2, &config(&scenario, "")).await;
    let planned = scenario.plan(&[]).await.success();
    planned.says(&format!("`user` (first in s3://{}/{directory}/part-1.json)", scenario.name));
}
