use std::sync::Arc;
use std::time::Duration;

use expect_test::{Expect, expect};

use super::*;
use crate::model::batch_limits::BatchLimits;
use crate::model::routed_date::RoutedDate;
use crate::request::events::rewrite::notification_of;
use crate::request::terms::Selection;

const ROUTES: &str = r#"
routes:
  - ignore: "s3://raw/**/_SUCCESS"
  - match: "s3://raw/{schema}/{table}/dt={date:%Y-%m-%d}/*.json.gz"
    granularity: day
    batch: {files: 5}
  - match: "s3://raw/configured/{table}/{date}.json"
    schema: web
    date: "{date}"
    config: "s3://configs/{table}.yml"
  - match: "s3://raw/local/{table}/*"
    schema: web
    config: "/etc/{table}.yml"
  - match: "s3://raw/csv/{table}/*"
    schema: web
    format: csv
"#;

fn of_files(keys: &[&str]) -> String {
    let file = |key: &&str| AnnouncedFile {
        uri: ObjectUri { bucket: "raw".to_owned(), key: (*key).to_owned() },
        size: Some(1),
        etag: Some(format!("etag of {key}")),
        version_id: None,
        date: None,
    };
    notification_of(&keys.iter().map(file).collect::<Vec<_>>())
}

/// What is asked for by these rules.
fn by(routes: Option<&str>, unrouted: Unrouted, body: &str) -> Asked {
    let routes = routes.map(|text| Routes::parse(text).unwrap());
    let folder = SourceBucket::parse("ours/manifests").unwrap();
    let rules =
        Rules { routes: routes.as_ref(), unrouted, table_config_dir: None, manifest_folder: Some(&folder) };
    asked(body, "m", &rules).unwrap()
}

fn of(keys: &[&str]) -> Asked {
    by(Some(ROUTES), Unrouted::Ignore, &of_files(keys))
}

/// A line for each order and each failure, and what was acknowledged.
fn told(asked: &Asked) -> String {
    let order = |order: &Order| {
        let announced = order.announced.as_ref().unwrap();
        let files: Vec<String> = announced
            .files
            .iter()
            .map(|file| {
                let date = match file.date {
                    None => "-".to_owned(),
                    Some(RoutedDate::Wall(date)) => date.to_string(),
                    Some(RoutedDate::Instant(date)) => date.to_string(),
                };
                format!("{} of {date}", file.uri.key)
            })
            .collect();
        format!("load {}: {}", order.target, files.join(", "))
    };
    let events = asked.events.as_ref().unwrap();
    let refused = |refused: &RefusedFiles| {
        let tables: Vec<String> = refused.targets.iter().map(ToString::to_string).collect();
        format!(
            "{} [{}] {}: {}",
            refused.failure.kind.label(),
            tables.join(","),
            refused.files.len(),
            refused.failure
        )
    };
    let lines =
        asked.orders.iter().map(order).chain(events.refused.iter().map(refused)).chain(events.acknowledged());
    lines.collect::<Vec<_>>().join("\n")
}

fn check(asked: &Asked, expected: &Expect) {
    expected.assert_eq(&told(asked));
}

#[test]
fn files_of_a_table_that_are_loaded_alike_are_one_order_and_each_has_its_date() {
    let asked = of(&[
        "web/pages/dt=2015-07-01/a.json.gz",
        "web/hits/dt=2015-07-01/a.json.gz",
        "web/pages/dt=2015-07-02/b.json.gz",
        "csv/pages/c",
    ]);
    check(
        &asked,
        &expect![[r#"
            load web.pages: web/pages/dt=2015-07-01/a.json.gz of 2015-07-01 00:00:00, web/pages/dt=2015-07-02/b.json.gz of 2015-07-02 00:00:00
            load web.hits: web/hits/dt=2015-07-01/a.json.gz of 2015-07-01 00:00:00
            load web.pages: csv/pages/c of -"#]],
    );
    let [pages, hits, csv] = asked.orders.as_slice() else { panic!("three orders") };
    assert!(Arc::ptr_eq(&pages.terms, &hits.terms), "equal terms are one");
    assert_ne!(pages.terms, csv.terms);
    let limits = BatchLimits { files: 5, bytes: 1 << 30, linger: Duration::from_secs(60) };
    assert_eq!(pages.announced.as_ref().unwrap().limits, limits);
    assert_eq!(asked.events.unwrap().routed, 4);
}

#[test]
fn a_date_that_the_rule_sets_is_the_files_and_not_the_orders() {
    let keys = ["configured/t/2015-07-01T00:00:00Z.json", "configured/t/2015-07-02T00:00:00Z.json"];
    let asked = of(&keys);
    check(
        &asked,
        &expect![
            "load web.t: configured/t/2015-07-01T00:00:00Z.json of 2015-07-01T00:00:00Z, configured/t/2015-07-02T00:00:00Z.json of 2015-07-02T00:00:00Z"
        ],
    );
    assert_eq!(asked.orders[0].terms.selection, Selection::Newest);
}

#[test]
fn a_file_that_makes_no_load_is_a_failure_of_its_own() {
    check(
        &of(&[
            "web/pages/dt=2015-04-31/a.json.gz",
            "web/pages/dt=2015-07-01/a.json.gz",
            "web/hits/dt=2015-99-01/a.json.gz",
        ]),
        &expect![[r#"
            load web.pages: web/pages/dt=2015-07-01/a.json.gz of 2015-07-01 00:00:00
            invalid_request [web.pages,web.hits] 2: 2 files make no load, such as s3://raw/web/pages/dt=2015-04-31/a.json.gz by the rule on line 4 of the routes: `date`: `2015-04-31` is no date; write it under a key that the rule can read, or correct the rule and redrive its message"#]],
    );
}

#[test]
fn a_local_config_that_a_rule_names_must_lie_in_the_directory_for_them() {
    check(
        &of(&["local/passwd/a", "local/shadow/b", "csv/pages/c"]),
        &expect![[r#"
            load web.pages: csv/pages/c of -
            invalid_request [web.passwd,web.shadow] 2: 2 files make no load, such as s3://raw/local/passwd/a by the rule on line 11 of the routes: `config` names a local path, and the daemon has no directory of table configs: set TABLE_CONFIG_DIR for it, or name the config as s3://bucket/key; write it under a key that the rule can read, or correct the rule and redrive its message"#]],
    );
}

#[test]
fn what_no_rule_takes_is_acknowledged_or_parked_as_the_setting_says() {
    let keys = ["other/a", "other/b", "web/x/_SUCCESS"];
    check(
        &of(&keys),
        &expect![
            "no rule takes 2 files (such as s3://raw/other/b); a rule ignores a file (such as s3://raw/web/x/_SUCCESS, by line 3)"
        ],
    );
    check(
        &by(Some(ROUTES), Unrouted::Park, &of_files(&keys)),
        &expect![[r#"
            unrouted [] 2: no rule takes 2 files, such as s3://raw/other/a; add a rule for it to the file of ROUTES, and redrive its message
            a rule ignores a file (such as s3://raw/web/x/_SUCCESS, by line 3)"#]],
    );
}

#[test]
fn without_routes_every_file_is_a_failure_and_what_is_no_data_is_not() {
    let without = |body: &str| by(None, Unrouted::Park, body);
    check(
        &without(&of_files(&["a"])),
        &expect![
            "unrouted [] 1: no rule takes the file s3://raw/a: ROUTES is not set; set ROUTES to a file of rules, and redrive its message"
        ],
    );
    check(&without(r#"{"Event": "s3:TestEvent"}"#), &expect!["nothing to load for a test event"]);
    check(&without(r#"{"Records": []}"#), &expect!["the message has no events"]);
}

#[test]
fn what_this_program_has_written_is_no_data() {
    let hash = "0123456789abcdef".repeat(4);
    let in_default = format!("s3-to-redshift-manifests/web.pages/{hash}.manifest");
    check(
        &of(&[&in_default, &in_default, "a/"]),
        &expect!["nothing to load for a folder marker, a manifest of our own 2 times"],
    );
    let in_configured = format!("manifests/web.pages/{hash}.jsonpaths");
    let body = of_files(&[&in_configured]).replace("\"raw\"", "\"ours\"");
    check(&by(None, Unrouted::Park, &body), &expect!["nothing to load for a manifest of our own"]);
    // Of another bucket, it may be anybody's.
    assert_eq!(of(&[&in_configured]).events.unwrap().unrouted, 1);
}

#[test]
fn a_file_that_is_announced_twice_is_there_once_as_it_was_announced_last() {
    let key = "web/pages/dt=2015-07-01/a.json.gz";
    let body = of_files(&[key, key]);
    let (first, rest) = body.split_once("etag of").unwrap();
    let asked = by(Some(ROUTES), Unrouted::Ignore, &format!("{first}first{rest}"));
    let files = &asked.orders[0].announced.as_ref().unwrap().files;
    let etags: Vec<&str> = files.iter().filter_map(|file| file.etag.as_deref()).collect();
    assert_eq!(etags, [format!("etag of {key}")]);
}

#[test]
fn a_load_message_is_read_as_ever() {
    let asked = by(None, Unrouted::Park, r#"{"schema": "s", "tables": "a,b", "bucket": "x"}"#);
    assert!(asked.events.is_none());
    let targets: Vec<String> = asked.orders.iter().map(|order| order.target.to_string()).collect();
    assert_eq!(targets, ["s.a", "s.b"]);
    assert!(asked.orders.iter().all(|order| order.announced.is_none()));
}

#[test]
fn a_message_announces_files_of_a_hundred_tables_at_most() {
    let keys: Vec<String> = (0..150).map(|number| format!("web/t{number}/dt=2015-07-01/a.json.gz")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let asked = of(&keys);
    assert_eq!(asked.orders.len(), 100);
    let [refused] = asked.events.unwrap().refused.try_into().ok().unwrap();
    assert_eq!(refused.files.len(), 50);
    assert!(refused.failure.to_string().contains("more than 100 tables"), "{}", refused.failure);
}
