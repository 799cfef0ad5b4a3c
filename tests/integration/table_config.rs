//! Where a table config comes from, and what must be in it.

use crate::support::scenario::{DAY_1, Finished, Scenario};
use crate::support::table;

/// `load` of a day whose config has this text.
async fn load_with(scenario: &Scenario, config: &str) -> Finished {
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    scenario.put_config(DAY_1, config).await;
    scenario.load(&[]).await
}

#[tokio::test]
async fn a_config_may_be_named_on_s3_or_on_the_local_disk() {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    let config = table::config(&scenario.name);
    scenario.put("elsewhere/config.yml", config.as_str()).await;
    let on_s3 = format!("s3://{}/elsewhere/config.yml", scenario.name);
    scenario.load(&["--config", &on_s3]).await.success();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yml");
    std::fs::write(&path, config).unwrap();
    scenario.load(&["--force", "--config", path.to_str().unwrap()]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_missing_config_is_named() {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says(&format!("config_{}_events_{DAY_1}.yml does not exist", scenario.name));
    scenario.load(&["--config", "/no/such/config.yml"]).await.says("/no/such/config.yml does not exist");
}

#[tokio::test]
async fn an_entry_is_found_by_its_dest() {
    let scenario = Scenario::new().await;
    let other =
        table::config_of(&scenario.name, "other", &["{dest: x, type: int}"]).replace("entry:", "events:");
    let ours = table::config(&scenario.name);
    load_with(&scenario, &format!("{other}{ours}")).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_config_for_another_schema_is_refused() {
    let scenario = Scenario::new().await;
    let finished = load_with(&scenario, &table::config("elsewhere")).await;
    assert_eq!(finished.code, Some(1));
    finished.says("it is for schema `elsewhere`");
}

#[tokio::test]
async fn every_problem_of_a_config_is_reported_at_once() {
    let scenario = Scenario::new().await;
    let columns = ["{dest: id, type: uuid}", "{dest: name}", "{dest: data_date, type: int}"];
    let finished = load_with(&scenario, &table::config_with(&scenario.name, &columns)).await;
    assert_eq!(finished.code, Some(1));
    finished.says("column `id`: `uuid` is not a Redshift type");
    finished.says("column `name` has no `type`");
    finished.says("column `data_date` is there twice");
}

#[tokio::test]
async fn a_config_that_is_no_yaml_is_refused() {
    let scenario = Scenario::new().await;
    let finished = load_with(&scenario, "entry: [unclosed").await;
    assert_eq!(finished.code, Some(1));
    finished.says("is not a YAML map of tables");
}
