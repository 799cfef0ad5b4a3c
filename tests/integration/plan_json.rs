//! `plan --json`: what `plan` says, for programs.

use serde_json::Value;

use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;

async fn planned(scenario: &Scenario, more: &[&str]) -> Value {
    let told = scenario.plan(&[&["--json"][..], more].concat()).await.stdout;
    let mut lines = told.lines();
    let planned = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(lines.next(), None);
    planned
}

#[tokio::test]
async fn each_decision_is_told_with_its_facts() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let load = planned(&scenario, &[]).await;
    assert_eq!(load["table"], scenario.table());
    assert_eq!(
        (&load["decision"], &load["reason"], &load["kind"]),
        (&"load".into(), &Value::Null, &Value::Null)
    );
    let found = &load["found"];
    assert_eq!(found["source"], format!("s3://{}/{}", scenario.name, scenario.key(DAY_1, "json.gz")));
    assert_eq!(
        (&found["files"], &found["compression"], &found["format"]),
        (&1.into(), &"gzip".into(), &"json".into())
    );
    assert_eq!((&found["data_date"], &found["window"]), (&DAY_1.into(), &Value::Null));
    assert_eq!(found["table"], "does not exist");
    assert!(found["columns"].as_array().unwrap().contains(&"id".into()), "{found}");
    let text = scenario.plan(&[]).await.stdout;
    let statements: Vec<&str> =
        load["statements"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(statements.iter().any(|statement| statement.contains(" COPY ")), "{statements:?}");
    for note in load["notes"].as_array().unwrap() {
        assert!(text.contains(note.as_str().unwrap()), "{note}");
    }
    assert!(!load.to_string().contains(&SECRETS.password), "{load}");

    scenario.load(&[]).await.success();
    let skip = planned(&scenario, &[]).await;
    assert_eq!((&skip["decision"], &skip["kind"]), (&"skip".into(), &"same_files".into()));
    assert!(skip["reason"].as_str().unwrap().contains("already loaded, 2 rows"), "{skip}");
    assert_eq!(skip["statements"].as_array().unwrap().len(), 0);

    scenario.put_file(DAY_2, &table::rows(DAY_2, [3])).await;
    let config = table::config(&scenario.name).replace("{dest: id, type: bigint", "{dest: id, type: boolean");
    scenario.put_config(DAY_2, &config).await;
    let refuse = planned(&scenario, &[]).await;
    assert_eq!((&refuse["decision"], &refuse["kind"]), (&"refuse".into(), &"schema_conflict".into()));
    let fates: Vec<&Value> =
        refuse["found"]["differences"].as_array().unwrap().iter().map(|one| &one["fate"]).collect();
    assert!(fates.contains(&&"refused".into()), "{refuse}");
    assert!(!refuse["resolving_statements"].as_array().unwrap().is_empty(), "{refuse}");
    assert!(refuse["statements"].as_array().unwrap().is_empty(), "{refuse}");
}

#[tokio::test]
async fn a_table_that_cannot_be_planned_has_the_same_keys_and_ends_with_1() {
    let scenario = Scenario::new().await;
    let finished = scenario.plan(&["--json"]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let failed: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(
        (&failed["decision"], &failed["kind"], &failed["stage"]),
        (&"failed".into(), &"no_data_file".into(), &"discover".into())
    );
    scenario.put_day(DAY_1, [1]).await;
    let load = planned(&scenario, &[]).await;
    let keys = |planned: &Value| planned.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&failed), keys(&load));
}

#[tokio::test]
async fn the_keys_are_those_that_programs_know() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let load = planned(&scenario, &[]).await;
    let keys = |planned: &Value| planned.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    expect_test::expect![[r#"
        data_check decision found kind notes reason resolving_statements stage statements table
        found: after bytes columns columns_by columns_left_out compression config data_date differences drift files format other_files parts region scaling settings source table template unknown_keys window"#]].assert_eq(&format!("{}\nfound: {}", keys(&load), keys(&load["found"])));
}

#[tokio::test]
async fn hostile_texts_are_escaped_and_mean_the_same() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let config =
        table::config(&scenario.name).replace("meta: {", "\"odd\\u202e\\e[31m\\nkey\": 1\n  meta: {");
    scenario.put_config(DAY_1, &config).await;
    let finished = scenario.plan(&["--json"]).await.success();
    assert!(!finished.stdout.contains(['\u{1b}', '\u{202e}']), "{}", finished.stdout);
    let load: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert!(load["found"]["unknown_keys"].to_string().contains("odd"), "{load}");
}

#[tokio::test]
async fn tables_have_a_line_each() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let tables = [
        "plan",
        "--json",
        "--schema",
        &scenario.name,
        "--tables",
        "events,missing",
        "--bucket",
        &scenario.name,
    ];
    let told = scenario.run(&tables).await.stdout;
    let decisions: Vec<Value> =
        told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"].clone()).collect();
    assert_eq!(decisions, ["load", "failed"]);
}
