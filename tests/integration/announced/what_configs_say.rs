//! What the table config and the rule decide about announced files.

use crate::announced::{RULES, is_deleted, is_parked_as, key};
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// The usual rules, and the usual table config with more in its `meta`.
async fn with_meta(more: &str) -> Scenario {
    let scenario = Scenario::new().await.lingering("0s").await;
    let meta = format!("datadatecolumn: data_date, {more}");
    let config = table::config(&scenario.name).replace("datadatecolumn: data_date", &meta);
    scenario.put("config/events.yml", config).await;
    scenario
}

#[tokio::test]
async fn without_a_config_in_the_rule_the_one_beside_each_file_is_used() {
    let rules = RULES.replace("LINGER", "0s").replace("    config: \"s3://BUCKET/config/{table}.yml\"\n", "");
    assert!(!rules.contains("config:"));
    let scenario = Scenario::new().await.routed_by(&rules, "park").await;
    let folder = "in/events/dt=2015-07-01";
    for (id, config) in [(1, table::config(&scenario.name)), (2, table::config(&scenario.name))] {
        scenario.put_row(&key(id), id).await;
        scenario.put(&format!("{folder}/config_{id}.yml"), config).await;
    }
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1), key(2)]).await).await;
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_config_that_replaces_rows_is_refused() {
    let scenario = with_meta("mode: replace").await;
    scenario.put_row(&key(1), 1).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.announce(&[key(1)]).await;
    let settled = is_parked_as(&daemon, &id, "invalid_table_config").await;
    let told = settled["message"].as_str().unwrap();
    assert!(
        told.contains(
            "they are added to the rows of others; leave the mode out, and write `meta.rewritten: replace`"
        ),
        "{told}"
    );
    assert_eq!(scenario.ledger_rows().await, "0");
}

#[tokio::test]
async fn files_of_two_days_are_loaded_apart_where_rows_outside_of_their_day_are_refused() {
    let scenario = with_meta("outside: refuse, granularity: day").await;
    let of_next_day = "in/events/dt=2015-07-02/2.json.gz";
    scenario.put_row(&key(1), 1).await;
    scenario.put(of_next_day, table::gzip(&table::rows(DAY_2, [2]))).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[&*key(1), of_next_day]).await).await;
    assert_eq!(scenario.ids().await, "1,2");
    assert_eq!(daemon.metric("copies_total").await.to_string(), "2");
    // A row of the first day in a file of the second one.
    let strayed = "in/events/dt=2015-07-02/3.json.gz";
    scenario.put(strayed, table::gzip(&table::rows(DAY_1, [3]))).await;
    let settled = is_parked_as(&daemon, &scenario.announce(&[strayed]).await, "outside_window").await;
    assert!(settled["message"].as_str().unwrap().contains(strayed), "{settled}");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_date_of_the_key_is_of_the_clocks_of_the_config_s_zone() {
    let scenario = with_meta("timezone: Europe/Berlin").await;
    scenario.put_row(&key(1), 1).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    let recorded = format!("SELECT data_date, timezone, granularity FROM {}_ledger.loads", scenario.name);
    // Midnight in the summer of Berlin.
    assert_eq!(scenario.value(&recorded).await, "2015-06-30 22:00:00|Europe/Berlin|files");
}
