//! `missing`: data on S3 that no row of the ledger knows.

mod dated;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Finished, Scenario};
use crate::support::table::{self, TABLE};

/// Rules for files below `in/`, beside which the flat layout of the usual table is routed too.
async fn with_routes() -> Scenario {
    let rules = r#"
routes:
  - ignore: "s3://BUCKET/in/**/*.tmp"
  - {match: "s3://BUCKET/in/{table}/dt={date:%Y-%m-%d}/*", schema: BUCKET}
  - {match: "s3://BUCKET/BUCKET_{table}_{date}.json.gz", schema: BUCKET}
  - {match: "s3://BUCKET/in/{table}/other/*", schema: BUCKET}
"#;
    Scenario::new().await.with_rules(rules).await
}

fn json(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["key"].as_str().unwrap()).collect()
}

/// Records that a load of announced files has loaded an object as it is.
async fn know(scenario: &Scenario, key: &str, etag: &str) {
    let name = &scenario.name;
    scenario
        .sql(&format!(
            "INSERT INTO {name}_ledger.files (load_id, target_schema, target_table, bucket, object_key, etag, bytes, recorded_at) \
             VALUES ('l', '{name}', '{TABLE}', '{name}', '{key}', '{etag}', 1, now())"
        ))
        .await;
}

#[tokio::test]
async fn what_was_loaded_is_not_missing_and_what_was_never_announced_is() {
    let scenario = with_routes().await.loaded_once().await;
    let key = scenario.key(DAY_2, "json.gz");
    let found = scenario.run(&["missing", "--json"]).await.success();
    let lines = json(&found);
    assert_eq!(keys(&lines), [&key], "{found:?}");
    let line = &lines[0];
    assert_eq!((&line["table"], &line["bucket"]), (&scenario.table().into(), &scenario.name.as_str().into()));
    assert_eq!((&line["why"], &line["objects"]), (&"never_loaded".into(), &1.into()));
    assert_eq!(line["etag"].as_str().map(str::len), Some(32), "{line}");
    assert!(line["size"].as_u64().is_some_and(|size| size > 0), "{line}");
    assert!(line["last_modified"].as_str().is_some_and(|at| at.ends_with('Z')), "{line}");
    scenario.load(&[]).await.success();
    let nothing = scenario.run(&["missing", "--exit-code"]).await.success();
    nothing.says("nothing is missing: ");
}

#[tokio::test]
async fn missing_ends_with_3_when_it_is_asked_to_and_shows_totals_of_each_table() {
    let scenario = with_routes().await;
    for key in
        ["in/pages/dt=2015-07-01/a.json", "in/pages/dt=2015-07-02/b.json", "in/visits/dt=2015-07-01/c.json"]
    {
        scenario.put(key, "{}").await;
    }
    scenario.put("in/pages/dt=2015-07-01/x.tmp", "{}").await;
    scenario.put("in/pages/elsewhere.json", "{}").await;
    scenario.put("in/pages/dt=2015-04-31/no-date.json", "{}").await;
    scenario.put("in/pages/", "").await;
    let found = scenario.run(&["missing"]).await.success();
    for text in [
        &format!("{}.pages", scenario.name),
        &format!("s3://{}/in/visits/dt=2015-07-01/c.json", scenario.name),
        "total",
        "keys passed over: 1 ignored by a rule, 1 without a rule, 1 refused by a rule, such as s3://",
        "`2015-04-31` is no date",
    ] {
        found.says(text);
    }
    assert_eq!(scenario.run(&["missing", "--exit-code"]).await.code, Some(3));
    let one = scenario.run(&["missing", "--json", "--table", "visits"]).await.success();
    assert_eq!(keys(&json(&one)), ["in/visits/dt=2015-07-01/c.json"]);
    let dates = json(&scenario.run(&["missing", "--json"]).await.success());
    let dates: Vec<&Value> = dates.iter().map(|line| &line["data_date"]).collect();
    assert_eq!(
        dates,
        ["2015-07-01T00:00:00", "2015-07-02T00:00:00", "2015-07-01T00:00:00"],
        "by clocks of a zone"
    );
    for nothing in [["--since", "2999-01-01"], ["--older-than", "1h"]] {
        let arguments = [&["missing", "--exit-code"], &nothing[..]].concat();
        scenario.run(&arguments).await.success().says("nothing is missing");
    }
}

#[tokio::test]
async fn a_table_that_nothing_names_is_a_wrong_name_and_no_table_of_which_nothing_is_missing() {
    let scenario = with_routes().await.loaded_once().await;
    let name = &scenario.name;
    scenario.put("in/sessions/dt=2015-07-01/a.json", "{}").await;
    for (asked, told) in [
        (
            "sesions",
            format!(
                "no key that they take is of it, and the ledger has no load of it; did you mean {name}.sessions?"
            ),
        ),
        ("orders", format!("there are {name}.events, {name}.sessions")),
    ] {
        let unknown = scenario.run(&["missing", "--table", asked]).await;
        assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""), "{unknown:?}");
        unknown.says(&told);
    }
    // Of all its files none may be left.
    let key = scenario.key(DAY_1, "json.gz");
    scenario.s3.delete_object().bucket(name).key(key).send().await.unwrap();
    scenario.s3.delete_object().bucket(name).key(scenario.key(DAY_2, "json.gz")).send().await.unwrap();
    scenario.run(&["missing", "--table", TABLE]).await.success().says("nothing is missing");
    let dated = ["missing", "--bucket", name, "--schema", name, "--tables"];
    let of = async |tables: &[&str]| scenario.run(&[&dated[..], tables].concat()).await;
    let unknown = of(&["events,evnets"]).await;
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    unknown.says(&format!("{name}.evnets: no key of the dated layouts below s3://{name}/ names this table"));
    unknown.says(&format!("did you mean {name}.events?"));
    assert_eq!(of(&["events", "--table", "evnets"]).await.code, Some(2));
    of(&["events"]).await.success();
}

#[tokio::test]
async fn a_rate_has_a_unit_and_is_told_with_it() {
    let scenario = with_routes().await;
    scenario.put("in/pages/dt=2015-07-01/a.json", "{}").await;
    let without = scenario.run(&["missing", "--enqueue", "--rate", "5"]).await;
    assert_eq!(without.code, Some(2), "{without:?}");
    without.says("10/s (a second) or 30/m (a minute)");
    let sent = scenario.run(&["missing", "--enqueue", "--rate", "60/m"]).await.success();
    sent.says("sent 1 message with 1 file, at most 60/m");
}

#[tokio::test]
async fn a_file_that_was_written_again_is_marked_and_sent_only_when_asked_for() {
    let scenario = with_routes().await.loaded_once().await;
    scenario.load(&[]).await.success();
    let key = "in/events/dt=2015-07-01/a.json";
    scenario.put(key, "{}").await;
    know(&scenario, key, "another").await;
    let found = scenario.run(&["missing", "--json", "--enqueue"]).await.success();
    let lines = json(&found);
    assert_eq!((keys(&lines), &lines[0]["why"]), (vec![key], &"rewritten".into()));
    found.says("sent 0 messages with 0 files");
    found.says("--rewritten sends them");
    let sent = scenario.run(&["missing", "--enqueue", "--rewritten"]).await.success();
    sent.says("sent 1 message with 1 file");
}

#[tokio::test]
async fn what_is_missing_is_sent_as_events_of_one_table_each() {
    let scenario = with_routes().await;
    for number in 0..51 {
        scenario.put(&format!("in/pages/dt=2015-07-01/{number:02} +.json"), "{}").await;
    }
    scenario.put("in/visits/dt=2015-07-01/c.json", "{}").await;
    let sent = scenario.run(&["missing", "--enqueue", "--rate", "1000/s"]).await.success();
    sent.says("sent 3 messages with 52 files");
    let mut records: Vec<(usize, String)> = Vec::new();
    for body in scenario.all_bodies(3).await {
        let body: Value = serde_json::from_str(&body).unwrap();
        let of_body = body["Records"].as_array().unwrap();
        let first = &of_body[0];
        assert_eq!(
            (&first["eventSource"], &first["eventName"]),
            (&"aws:s3".into(), &"ObjectCreated:Put".into())
        );
        assert_eq!(first["s3"]["bucket"]["name"], scenario.name.as_str());
        let object = &first["s3"]["object"];
        assert_eq!((&object["size"], object["eTag"].as_str().map(str::len)), (&2.into(), Some(32)));
        records.push((of_body.len(), object["key"].as_str().unwrap().to_owned()));
    }
    records.sort();
    let expected = [
        (1, "in/pages/dt%3D2015-07-01/50+%2B.json"),
        (1, "in/visits/dt%3D2015-07-01/c.json"),
        (50, "in/pages/dt%3D2015-07-01/00+%2B.json"),
    ];
    assert_eq!(records, expected.map(|(count, key)| (count, key.to_owned())));
}

#[tokio::test]
async fn thousands_of_keys_are_asked_about_in_chunks() {
    let scenario = with_routes().await.loaded_once().await;
    scenario.load(&[]).await.success();
    let puts = stream::iter(0..3000).map(|number| {
        let scenario = &scenario;
        async move { scenario.put(&format!("in/{TABLE}/dt=2015-07-01/{number:04}.json"), "{}").await }
    });
    puts.buffer_unordered(32).collect::<Vec<()>>().await;
    // The MD5 of `{}`, which is its ETag.
    for number in [0, 499, 500, 1999, 2999] {
        know(
            &scenario,
            &format!("in/{TABLE}/dt=2015-07-01/{number:04}.json"),
            "99914b932bd37a50b983c5e7c90ae93b",
        )
        .await;
    }
    let found = scenario.run(&["missing", "--json"]).await.success();
    let lines = json(&found);
    assert_eq!(lines.len(), 2995);
    let all = keys(&lines);
    for number in ["0000", "0499", "0500", "1999", "2999"] {
        assert!(!all.contains(&format!("in/{TABLE}/dt=2015-07-01/{number}.json").as_str()), "{number}");
    }
    scenario.run(&["missing"]).await.success().says("2,995");
}

#[tokio::test]
async fn a_rule_without_a_bucket_is_told_and_the_others_are_walked() {
    let scenario = with_routes().await;
    let routes = format!(
        "routes:\n  - {{match: \"s3://raw-{{region}}/*\", schema: a, table: b}}\n  - {{match: \"s3://{}/in/*\", schema: a, table: c}}\n",
        scenario.name
    );
    scenario.put("routes.yml", routes).await;
    scenario.put("in/x.json", "{}").await;
    let found = scenario.run(&["missing", "--json"]).await.success();
    assert_eq!(keys(&json(&found)), ["in/x.json"]);
    found.says("the rule on line 2 is not walked");
}

#[tokio::test]
async fn missing_needs_to_know_where_to_look() {
    let scenario = Scenario::new().await;
    for (arguments, why) in [
        (&["missing"][..], "ROUTES is required"),
        (&["missing", "--bucket", "b"], "--schema"),
        (&["missing", "--since", "yesterday"], "--since must be a day"),
        (&["missing", "--table", ""], "--table must be schema.table"),
        (&["missing", "--rate", "1/s"], "--enqueue"),
        (&["missing", "--bucket", "s3://b", "--schema", "s", "--tables", "t"], "`bucket`"),
    ] {
        let finished = scenario.run(arguments).await;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        finished.says(why);
    }
}

#[tokio::test]
async fn what_is_sent_is_loaded_once_and_is_missing_no_more() {
    let rules = "routes:\n  - {match: \"s3://BUCKET/in/{table}/*.json\", schema: BUCKET, config: \"s3://BUCKET/table.yml\", batch: {linger: 1s}}\n";
    let scenario = Scenario::new().await.with_rules(rules).await;
    let name = scenario.name.clone();
    scenario.put("table.yml", table::config(&name)).await;
    for id in 1..4 {
        scenario.put(&format!("in/{TABLE}/{id} +.json"), table::rows(DAY_2, [id])).await;
    }
    scenario.run(&["missing", "--enqueue"]).await.success().says("sent 1 message with 3 files");
    scenario.run(&["missing", "--enqueue"]).await.success().says("sent 1 message with 3 files");
    let daemon = Daemon::ready(&scenario).await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1,2,3");
    scenario.run(&["missing", "--exit-code"]).await.success().says("nothing is missing");
    scenario.put(&format!("in/{TABLE}/2 +.json"), table::rows(DAY_2, [7])).await;
    let again = scenario.run(&["missing", "--json"]).await.success();
    assert_eq!(json(&again)[0]["why"], "rewritten", "{again:?}");
    drop(daemon);
}
