//! `route`: what the rules make of keys.

use std::process::Command;

use serde_json::Value;

use crate::support::scenario::{Finished, Scenario};

const ROUTES: &str = r#"
routes:
  - ignore: "s3://raw/**/_SUCCESS"
  - match: "s3://raw/{schema}/{table}/dt={date:%Y-%m-%d}/*.json.gz"
    config: "s3://analytics/configs/{table}.yml"
    granularity: day
    batch: {files: 500, linger: 5s}
"#;
const DATA: &str = "s3://raw/web/pages/dt=2015-07-01/part-0.json.gz";

async fn route(scenario: &Scenario, routes: &str, arguments: &[&str]) -> Finished {
    let arguments: Vec<&str> = ["route"].into_iter().chain(arguments.iter().copied()).collect();
    let set = |command: &mut Command| {
        command.env("ROUTES", routes);
    };
    scenario.run_with(&arguments, set).await
}

#[tokio::test]
async fn route_shows_rule_parts_target_and_load_of_each_key() {
    let scenario = Scenario::new().await;
    scenario.put("routes.yml", ROUTES).await;
    let routes = format!("s3://{}/routes.yml", scenario.name);
    let shown = route(&scenario, &routes, &[DATA]).await.success();
    for line in [
        "rule        line 4: s3://raw/{schema}/{table}/dt={date:%Y-%m-%d}/*.json.gz",
        "parts       schema=web table=pages date=2015-07-01",
        "target      web.pages",
        "config      s3://analytics/configs/pages.yml",
        "granularity day",
        "batch       up to 500 files and 1073741824 bytes, 5s after the first",
    ] {
        assert!(shown.stdout.contains(line), "{line}: {}", shown.stdout);
    }
    let json =
        route(&scenario, &routes, &["--json", "--bucket", "raw", "web/pages/dt=2015-07-01/x.json.gz"]).await;
    let json: Value = serde_json::from_str(json.success().stdout.trim()).unwrap();
    assert_eq!((&json["outcome"], &json["target"]), (&"load".into(), &"web.pages".into()));
    assert_eq!(json["message"]["config"], "s3://analytics/configs/pages.yml");
}

#[tokio::test]
async fn route_ends_with_1_when_a_key_has_no_rule_or_makes_no_load() {
    let scenario = Scenario::new().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("routes.yml");
    std::fs::write(&path, ROUTES).unwrap();
    let routes = path.to_str().unwrap();
    route(&scenario, routes, &[DATA, "s3://raw/web/pages/_SUCCESS"]).await.success();
    for (key, why) in [
        ("s3://raw/\u{1b}[31mred", r"s3://raw/\u{1b}[31mred"),
        ("s3://raw/web/pages/x.json.gz", "no rule"),
        ("s3://raw/web/pages/dt=2015-04-31/x.json.gz", "refused     `date`: `2015-04-31` is no date"),
    ] {
        let finished = route(&scenario, routes, &[DATA, key]).await;
        assert_eq!(finished.code, Some(1), "{finished:?}");
        finished.says(why);
    }
}

#[tokio::test]
async fn route_tells_what_an_event_of_a_key_would_be_for_which_nothing_is_loaded() {
    let scenario = Scenario::new().await;
    scenario.put("routes.yml", ROUTES.replace("/*.json.gz", "/*")).await;
    let routes = format!("s3://{}/routes.yml", scenario.name);
    let manifest = format!("s3://raw/s3-to-redshift-manifests/web.pages/{}.manifest", "0".repeat(64));
    for (key, outcome, told) in [
        ("s3://raw/web/pages/_SUCCESS", "ignored", "rule        line 3: s3://raw/**/_SUCCESS"),
        (
            "s3://raw/web/pages/dt=2015-07-01/x.json.md5",
            "no_data",
            "no data     an object beside data, by its name",
        ),
        (&manifest, "no_data", "no data     a manifest of our own"),
    ] {
        route(&scenario, &routes, &[key]).await.success().says(told);
        let json = route(&scenario, &routes, &["--json", key]).await.success();
        let json: Value = serde_json::from_str(json.stdout.trim()).unwrap();
        assert_eq!(json["outcome"], outcome, "{json}");
    }
}

#[tokio::test]
async fn a_file_of_routes_that_is_wrong_is_refused_with_every_problem() {
    let scenario = Scenario::new().await;
    scenario.put("routes.yml", "routes:\n  - match: raw/*\n  - {match: 's3://b/*', granularty: day}\n").await;
    let finished = route(&scenario, &format!("s3://{}/routes.yml", scenario.name), &[DATA]).await;
    assert_eq!(finished.code, Some(2), "as `serve` ends: {finished:?}");
    for problem in [
        "line 2: `match` must begin with s3://",
        "`granularty` must be written `granularity`",
        "does not tell the table",
    ] {
        finished.says(problem);
    }
    let none = route(&scenario, &format!("s3://{}/none.yml", scenario.name), &[DATA]).await;
    none.says("it does not exist");
    assert_eq!(none.code, Some(1), "it may be there later: {none:?}");
    for (routes, key) in [("", DATA), ("https://b/r.yml", DATA), ("r.yml", "no-address")] {
        assert_eq!(route(&scenario, routes, &[key]).await.code, Some(2), "{routes} {key}");
    }
}
