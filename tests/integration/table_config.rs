//! Where a table config comes from, and what must be in it.

use crate::support::daemon::Daemon;
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
async fn a_message_names_configs_of_the_daemons_directory_and_no_others() {
    let mut scenario = Scenario::new().await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&inside, &outside] {
        std::fs::write(folder.path().join("events.yml"), table::config(&scenario.name)).unwrap();
    }
    std::os::unix::fs::symlink(outside.path().join("events.yml"), inside.path().join("link.yml")).unwrap();
    let directory = inside.path().to_str().unwrap().to_owned();
    scenario.variables.insert("TABLE_CONFIG_DIR".to_owned(), directory);
    let daemon = Daemon::ready(&scenario).await;
    let message = |path: &str| scenario.message(&format!(r#""config": {path:?}"#));
    let ends = async |path: &str| {
        let id = scenario.send(&message(path)).await;
        daemon.settled(&id).await
    };
    let there = outside.path().join("events.yml");
    for path in [there.to_str().unwrap(), "/no/such/events.yml", "../events.yml"] {
        let settled = ends(path).await;
        assert_eq!(settled["kind"], "invalid_request", "{settled}");
        assert!(settled["message"].as_str().unwrap().contains("outside of TABLE_CONFIG_DIR"), "{settled}");
    }
    let story = async |path: &str| {
        let settled = ends(path).await;
        assert_eq!(settled["kind"], "no_table_config", "{settled}");
        settled["message"].as_str().unwrap().replace(path, "PATH")
    };
    assert_eq!(story("link.yml").await, story("none.yml").await);
    assert_eq!(ends("events.yml").await["disposition"], "deleted");
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn without_a_directory_a_local_config_of_a_message_is_refused() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let _daemon = Daemon::ready(&scenario).await;
    scenario.send(&scenario.message(r#""config": "/etc/passwd""#)).await;
    let parked = scenario.parked().await;
    assert_eq!(parked.attribute("kind"), "invalid_request");
    assert!(parked.attribute("reason").contains("set TABLE_CONFIG_DIR"), "{parked:?}");
}

#[tokio::test]
async fn a_config_that_no_daemon_would_look_up_is_not_sent() {
    let scenario = Scenario::new().await;
    let enqueue = async |config: &str| {
        let usual = ["enqueue", "--schema", "s", "--tables", "t", "--bucket", "bucket", "--config", config];
        scenario.run(&usual).await
    };
    let refused = enqueue("../events.yml").await;
    assert_eq!(refused.code, Some(2));
    refused.says("TABLE_CONFIG_DIR of the daemon");
    enqueue("events.yml").await.success();
}

#[tokio::test]
async fn merged_keys_are_in_the_table() {
    let scenario = Scenario::new().await;
    let columns = ["{dest: id, <<: *key}", "{dest: name, type: text}"];
    let config = table::config_with(&scenario.name, &columns);
    load_with(&scenario, &format!("key: &key {{type: bigint, notnull: yes}}\n{config}")).await.success();
    let query = format!(
        "SELECT is_nullable FROM information_schema.columns WHERE table_schema = '{}' AND column_name = 'id'",
        scenario.name
    );
    assert_eq!(scenario.value(&query).await, "NO");
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
    finished.says("is not YAML: it cannot be read on from line ");
}
