//! Message bodies that are no load messages, or not quite.

use expect_test::expect_file;
use serde_json::{Map, Value, json};

use crate::bad_input::{Case, check, shown};
use crate::support::scenario::Scenario;

const FIELDS: [&str; 8] =
    ["schema", "tables", "bucket", "truncate", "force", "date", "config", "expected_rows"];

const LATER: [(&str, &str); 10] = [
    ("granularity", "day"),
    ("timezone", "Europe/Berlin"),
    ("stream_start", "2015-07-01T00:00:00Z"),
    ("stream_end", "2015-07-02T00:00:00Z"),
    ("format", "csv"),
    ("delimiter", "|"),
    ("ignore_header", "1"),
    ("json_paths", "s3://b/paths.json"),
    ("copy_options", "MAXERROR 10"),
    ("mode", "merge"),
];

const MISSPELT: [&str; 12] = [
    "shema",
    "Schema",
    "SCHEMA",
    "table",
    "Tables",
    "buckets",
    "trucate",
    "forced",
    "dates",
    "conf",
    "expectedRows",
    " schema",
];

const NAMES: [&str; 14] =
    ["a.b", "a b", "a\"b", "a'b", "a;DROP TABLE t", "a\u{0}b", "ä", "数", "🦀", "..", "%", "1a", "$", "-"];

const DATES: [&str; 14] = [
    "2015-07-01",
    "2015-07-01T00:00:00",
    "2015-7-1T00:00:00Z",
    "2015-13-01T00:00:00Z",
    "2015-02-30T00:00:00Z",
    "2015-07-01T24:00:00Z",
    "2015-07-01T00:00:60Z",
    "2015-07-01T00:00:00+25:00",
    "2015-07-01 00:00:00",
    "1435708800",
    "yesterday",
    "newest",
    "+12015-07-01T00:00:00Z",
    "2015-07-01T00:00:00Z; DROP TABLE t",
];

const BUCKETS: [&str; 8] = ["UPPER", "a", "s3://bucket", "/prefix", "two words", "-a-", "a..b", "bücket"];

const CONFIGS: [&str; 10] = [
    "s3://",
    "s3://bucket",
    "s3://bucket/",
    "s3:///key",
    "S3://bucket/key",
    "/no/such/file",
    "/etc/passwd",
    "../config.yml",
    "config.yml",
    "\u{1b}[31m",
];

/// More after the fields of a usual message.
const REPEATED: [&str; 5] = [
    r#""tables": ["other"]"#,
    r#""t\u0061bles": "other""#,
    r#""force": true, "force": true"#,
    r#""mode": "append", "mode": "append""#,
    r#""trucate": 1, "trucate": 1"#,
];

/// What arrives when a queue is used for something else, or by hand.
const NO_MESSAGES: [&str; 19] = [
    " ",
    "null",
    "true",
    "1",
    "\"api_hits\"",
    "[]",
    "[{}]",
    "{}",
    "{]",
    "not json",
    "schema: s\ntables: [t]\nbucket: b",
    "<message><schema>s</schema></message>",
    "{'schema': 's'}",
    "\u{feff}{\"schema\": \"s\"}",
    "eyJzY2hlbWEiOiAicyJ9",
    r#"{"schema": "s", "tables": ["t"], "bucket": "b",}"#,
    r#"{"schema": "s", "tables": ["t"], "bucket": "b"} {"schema": "s"}"#,
    r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2015-07-01T00:00:00.000Z","Bucket":"analytics","RequestId":"1","HostId":"2"}"#,
    r#"{"Type":"Notification","TopicArn":"arn:aws:sns:us-east-1:1:loads","Message":"{\"Records\":[]}"}"#,
];

fn usual(scenario: &Scenario) -> Map<String, Value> {
    let body = json!({"schema": scenario.name, "tables": ["events"], "bucket": scenario.name});
    body.as_object().expect("it is an object").clone()
}

/// A usual message with one field changed.
fn with(scenario: &Scenario, field: &str, value: &Value) -> Case {
    let mut body = usual(scenario);
    body.insert(field.to_owned(), value.clone());
    Case { name: shown(&format!("{field} = {value}")), body: Value::Object(body).to_string() }
}

/// More than a message may hold.
fn too_much(scenario: &Scenario) -> Vec<Case> {
    let names = |count: usize| (0..count).map(|number| format!("t{number}")).collect::<Vec<_>>();
    let mut cases = vec![
        with(scenario, "tables", &json!(names(101))),
        with(scenario, "tables", &json!(names(101).join(","))),
        with(
            scenario,
            "tables",
            &json!(names(100).iter().map(|name| format!("{name}\u{7}")).collect::<Vec<_>>()),
        ),
        with(scenario, "bucket", &json!(format!("bucket/{}", "x".repeat(1018)))),
        with(scenario, "config", &json!(format!("s3://bucket/{}", "x".repeat(2037)))),
        with(scenario, "date", &json!(format!("2015-07-01T00:00:00.{}Z", "0".repeat(44)))),
        with(scenario, "bucket", &json!("bucket/\u{1b}[31m\n\u{202e}")),
    ];
    let mut body = usual(scenario);
    body.extend((0..1000).map(|number| (format!("field{number}"), json!(1))));
    cases.push(Case { name: "a thousand unknown fields".to_owned(), body: Value::Object(body).to_string() });
    let tables: Vec<String> = (0..37_000).map(|number| format!("\"t{number}\"")).collect();
    let body = format!(r#"{{"schema": "s", "bucket": "b", "tables": [{}]}}"#, tables.join(","));
    cases.push(Case { name: format!("37,000 tables in {} bytes", body.len()), body });
    let body = scenario.message("");
    cases.push(Case {
        name: "64 KiB, most of them blanks".to_owned(),
        body: format!("{body}{}", " ".repeat(65_536 - body.len())),
    });
    cases
}

fn cases(scenario: &Scenario) -> Vec<Case> {
    let wrong_types = [
        Value::Null,
        json!(true),
        json!("true"),
        json!(-1),
        json!(1.5),
        json!(""),
        json!([]),
        json!([1]),
        json!({}),
        json!({"a": 1}),
        json!("x".repeat(300)),
    ];
    let mut cases: Vec<Case> = Vec::new();
    for field in FIELDS {
        cases.extend(wrong_types.iter().map(|value| with(scenario, field, value)));
    }
    for field in ["schema", "tables", "bucket"] {
        let mut body = usual(scenario);
        body.remove(field);
        cases.push(Case { name: format!("no {field}"), body: Value::Object(body).to_string() });
    }
    cases.extend(LATER.iter().map(|(field, value)| with(scenario, field, &json!(value))));
    cases.extend(LATER.iter().map(|(field, _)| with(scenario, field, &json!(1))));
    cases.extend(MISSPELT.iter().map(|field| with(scenario, field, &json!("x"))));
    cases.extend(NAMES.iter().map(|name| with(scenario, "schema", &json!(name))));
    cases.extend(NAMES.iter().map(|name| with(scenario, "tables", &json!([name]))));
    cases.extend(["", ",", " , ", "a,,b,", "a;b"].map(|list| with(scenario, "tables", &json!(list))));
    cases.push(with(scenario, "tables", &json!((0..3).map(|n| format!("t{n}")).collect::<Vec<_>>())));
    cases.extend(DATES.iter().map(|date| with(scenario, "date", &json!(date))));
    cases.extend(BUCKETS.iter().map(|bucket| with(scenario, "bucket", &json!(bucket))));
    cases.extend(CONFIGS.iter().map(|config| with(scenario, "config", &json!(config))));
    cases.extend(
        REPEATED.iter().map(|more| Case { name: format!("and {more}"), body: scenario.message(more) }),
    );
    cases.extend(too_much(scenario));
    cases.extend(["1", "1e3", "many"].map(|rows| with(scenario, "expected_rows", &json!(rows))));
    cases.extend(NO_MESSAGES.map(|body| Case { name: shown(body), body: body.to_owned() }));
    let whole = r#"{"schema": "s", "tables": ["t"], "bucket": "b", "force": true}"#;
    let cuts = (1..whole.len()).step_by(4).map(|length| whole.chars().take(length).collect::<String>());
    cases.extend(cuts.map(|body| Case { name: format!("cut short: {}", shown(&body)), body }));
    for (name, body) in [
        ("ten thousand brackets", "[".repeat(10_000)),
        ("ten thousand objects", r#"{"schema":"#.repeat(10_000)),
        ("two hundred kilobytes", "x".repeat(200_000)),
        ("every byte of Latin-1", (0xa0..=0xff_u8).map(char::from).collect()),
    ] {
        cases.push(Case { name: name.to_owned(), body });
    }
    cases
}

#[tokio::test]
async fn every_bad_message_ends_where_the_readme_says() {
    let scenario = Scenario::new().await;
    let cases = cases(&scenario);
    assert!(cases.len() >= 200, "only {} bodies", cases.len());
    check(&scenario, cases, &expect_file!["../../golden/bad_input/bodies.txt"]).await;
}
