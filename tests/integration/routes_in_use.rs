//! The file of routes while the daemon runs by it.

use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::wait::wait_for;

const IGNORES_A: &str = "routes:\n  - ignore: 's3://BUCKET/a/*'\n";
const IGNORES_B: &str = "routes:\n  - ignore: 's3://BUCKET/b/*'\n";
const WRONG: &str = "routes:\n  - match: b/*\n  - {match: 's3://b/*', granularty: day}\n";

#[tokio::test]
async fn the_daemon_does_not_start_with_a_file_of_routes_that_is_wrong_or_not_there() {
    let mut scenario = Scenario::new().await.routed_by(WRONG, "ignore").await;
    let wrong = scenario.run(&["serve"]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    for problem in
        ["the rule on line 2: `match` must begin with s3://", "`granularty` must be written `granularity`"]
    {
        wrong.says(problem);
    }
    scenario.variables.insert("ROUTES".to_owned(), format!("s3://{}/none.yml", scenario.name));
    let none = scenario.run(&["serve"]).await;
    assert_eq!(none.code, Some(1), "{none:?}");
    none.says("the routes cannot be read");
    scenario.variables.insert("UNROUTED".to_owned(), "drop".to_owned());
    let setting = scenario.run(&["serve"]).await;
    assert_eq!(setting.code, Some(2), "{setting:?}");
    setting.says("UNROUTED must be ignore or park");
}

#[tokio::test]
async fn routes_are_read_again_and_those_from_before_stay_while_the_file_is_wrong_or_gone() {
    let scenario = Scenario::new().await.routed_by(IGNORES_A, "ignore").await;
    let daemon = Daemon::ready(&scenario).await;
    let event = scenario.event_of(&["b/1"]);
    let outcome = async || {
        let settled: Value = daemon.settled(&scenario.send(&event).await).await;
        if settled["message"].as_str().unwrap().contains("a rule ignores") { "ignored" } else { "unrouted" }
    };
    assert_eq!(outcome().await, "unrouted");
    scenario.put("routes.yml", IGNORES_B.replace("BUCKET", &scenario.name)).await;
    daemon.says("routes have changed: the 1 rules").await;
    assert_eq!(outcome().await, "ignored");
    assert_eq!(daemon.metric("routes_refused").await, 0.0);
    scenario.put("routes.yml", WRONG).await;
    daemon.metric_reaches("routes_refused", 1.0).await;
    let status = async || {
        let status: Value = serde_json::from_str(&daemon.get("/status").await.1).unwrap();
        status
    };
    let refused = status().await;
    let why = refused["routes"]["refused_because"].as_str().unwrap();
    assert!(why.contains("`granularty` must be written `granularity`"), "{refused}");
    assert_eq!((&refused["routes"]["rules"], &refused["level"]), (&1.into(), &"attention".into()));
    assert_eq!(outcome().await, "ignored");
    let request = scenario.s3.delete_object().bucket(&scenario.name).key("routes.yml");
    request.send().await.unwrap();
    daemon.says("the routes cannot be read").await;
    assert_eq!(outcome().await, "ignored");
    scenario.put("routes.yml", IGNORES_B.replace("BUCKET", &scenario.name)).await;
    wait_for("the file to be good", async || (daemon.metric("routes_refused").await == 0.0).then_some(()))
        .await;
    assert_eq!(status().await["routes"]["refused_because"], Value::Null);
    let refused = daemon.log.all().iter().filter(|line| line.contains("routes are refused")).count();
    assert_eq!(refused, 1, "it is told once: {:#?}", daemon.log.all());
}
