//! `missing` in the dated layouts.

use serde_json::Value;

use crate::missing::{json, keys};
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Finished, Scenario};
use crate::support::table::{TABLE, rows};

async fn missing(scenario: &Scenario, more: &[&str]) -> Finished {
    let name = scenario.name.as_str();
    let usual = ["missing", "--bucket", name, "--schema", name, "--tables", TABLE];
    scenario.run(&[&usual[..], more].concat()).await
}

#[tokio::test]
async fn dates_that_no_load_was_of_are_missing_and_their_companions_are_not() {
    let scenario = Scenario::new().await.loaded_once().await;
    let partition = format!(
        "{0}/{TABLE}/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=03/{0}_{TABLE}_{DAY_3}.json",
        scenario.name
    );
    scenario.put(&partition, rows(DAY_3, [3])).await;
    // The same date in a form that is not preferred.
    scenario.put(&scenario.key(DAY_1, "csv"), "1").await;
    let found = missing(&scenario, &["--json", "--exit-code"]).await;
    assert_eq!(found.code, Some(3), "{found:?}");
    let lines = json(&found);
    assert_eq!(keys(&lines), [&scenario.key(DAY_2, "json.gz"), &partition]);
    assert_eq!(lines[0]["data_date"], DAY_2);
}

#[tokio::test]
async fn parts_of_a_date_are_one_line_and_known_once_they_are_loaded() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &crate::support::table::config(&scenario.name)).await;
    let folder = scenario.key(DAY_1, "").trim_end_matches('.').to_owned() + "/";
    for part in 0..2 {
        scenario.put(&format!("{folder}part-{part}.json"), rows(DAY_1, [part])).await;
    }
    scenario.put(&format!("{folder}_SUCCESS"), "").await;
    let lines = json(&missing(&scenario, &["--json"]).await.success());
    assert_eq!(
        (keys(&lines), &lines[0]["objects"], &lines[0]["etag"]),
        (vec![folder.as_str()], &2.into(), &Value::Null)
    );
    scenario.load(&[]).await.success();
    missing(&scenario, &["--exit-code"]).await.success().says("nothing is missing");
    scenario.put(&format!("{folder}part-1.json"), rows(DAY_1, [7])).await;
    let lines = json(&missing(&scenario, &["--json"]).await.success());
    assert_eq!(lines[0]["why"], "rewritten");
}

#[tokio::test]
async fn missing_dates_are_sent_oldest_first_and_those_that_would_be_passed_over_are_told() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_2, [2]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_1, [1]).await;
    scenario.put_day(DAY_3, [3]).await;
    scenario.put_day("2015-07-04T00:00:00Z", [4]).await;
    let sent = missing(&scenario, &["--enqueue"]).await.success();
    sent.says("sent 2 messages with 2 files");
    sent.says("not sent: 1 date older than the newest data of the table");
    let bodies: Vec<Value> =
        scenario.all_bodies(2).await.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let mut dates: Vec<&str> = bodies.iter().map(|body| body["date"].as_str().unwrap()).collect();
    dates.sort_unstable();
    assert_eq!(dates, [DAY_3, "2015-07-04T00:00:00Z"]);
    assert_eq!((&bodies[0]["tables"][0], &bodies[0]["force"]), (&TABLE.into(), &false.into()));
}
