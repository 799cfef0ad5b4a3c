use chrono::NaiveDate;
use expect_test::{Expect, expect};

use super::*;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::request::terms::ConfigLocation;

const ROUTES: &str = r#"
routes:
  - ignore: "s3://raw/**/_SUCCESS"
  - match: "s3://raw/{schema}/{table}/dt={date:%Y-%m-%d}/*.json.gz"
    config: "s3://analytics/configs/{table}.yml"
    granularity: day
    batch: {files: 500, bytes: 1GiB, linger: 5s}
  - match: "regex:^s3://drop/(?P<table>[a-z_]+)-[0-9]+\\.csv$"
    schema: web
    ignore_header: 1
    copy_options: ["NULL AS 'none'", BLANKSASNULL]
  - match: "s3://flat/{schema}_{table}_{date}.*"
"#;

fn route(routes: &str, key: &str) -> Routed {
    Routes::parse(routes).unwrap().route(&ObjectUri::parse(key).unwrap())
}

fn load(key: &str) -> RoutedLoad {
    match route(ROUTES, key) {
        Routed::Load(_, load) => *load,
        other => panic!("{key}: {other:?}"),
    }
}

fn problems(routes: &str, expected: &Expect) {
    expected.assert_eq(&Routes::parse(routes).unwrap_err().problems.join("\n"));
}

#[test]
fn the_first_rule_that_matches_decides() {
    let Routed::Ignored(matched) = route(ROUTES, "s3://raw/web/pages/dt=2015-07-01/_SUCCESS") else {
        panic!()
    };
    assert_eq!((matched.line, matched.pattern.as_str()), (3, "s3://raw/**/_SUCCESS"));
    assert_eq!(route(ROUTES, "s3://raw/web/pages/x.json.gz"), Routed::Unrouted);
    let twice = "routes:\n  - {match: 's3://b/*', schema: s, table: first}\n  - {match: 's3://b/*', schema: s, table: second}\n";
    let Routed::Load(matched, load) = route(twice, "s3://b/x") else { panic!() };
    assert_eq!((matched.line, load.request.targets[0].to_string().as_str()), (2, "s.first"));
}

#[test]
fn tables_are_known_that_rules_name_whatever_the_key_says() {
    let routes = "routes:\n  - {match: 's3://b/x/*', schema: s, table: fixed}\n  - {match: 's3://b/{table}/*', schema: s}\n  - {match: 's3://b/{p}/y', schema: s, table: 'of_{p}'}\n  - {ignore: 's3://b/z'}\n";
    let named: Vec<String> =
        Routes::parse(routes).unwrap().named_tables().iter().map(ToString::to_string).collect();
    assert_eq!(named, ["s.fixed"]);
}

#[test]
fn parts_of_the_key_fill_schema_table_date_and_whatever_names_them() {
    let load = load("s3://raw/web/pages/dt=2015-07-01/part-0.json.gz");
    assert_eq!(load.request.targets[0].to_string(), "web.pages");
    assert_eq!(load.request.terms.source.to_string(), "s3://raw/");
    let config = ObjectUri::parse("s3://analytics/configs/pages.yml").unwrap();
    assert_eq!(load.request.terms.config, Some(ConfigLocation::S3(config)));
    let midnight = NaiveDate::from_ymd_opt(2015, 7, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    assert_eq!(load.date, Some(RoutedDate::Wall(midnight)), "by the clocks of a zone that others name");
    assert_eq!((load.limits.files, load.limits.bytes, load.limits.linger.as_secs()), (500, 1 << 30, 5));
}

#[test]
fn a_rule_says_what_the_key_does_not() {
    let load = load("s3://drop/pages-12.csv");
    assert_eq!((load.request.targets[0].to_string().as_str(), load.date), ("web.pages", None));
    assert_eq!(load.limits, BatchLimits::DEFAULT);
    let date = RoutedDate::Instant(DataDate::parse("2015-07-01T00:00:00Z").unwrap());
    let flat = self::load("s3://flat/web_pages_2015-07-01T02:00:00+02:00.json");
    assert_eq!((flat.date, flat.request.targets[0].to_string().as_str()), (Some(date), "web.pages"));
}

#[test]
fn a_key_that_is_routed_but_makes_no_request_is_refused_in_the_words_of_a_message() {
    let why = |key: &str| match route(ROUTES, key) {
        Routed::Invalid(_, invalid) => invalid.problems.join("; "),
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(why("s3://raw/web/pages/dt=2015-04-31/x.json.gz"), "`date`: `2015-04-31` is no date");
    let long = format!("s3://raw/web/{}/dt=2015-07-01/x.json.gz", "t".repeat(200));
    assert!(why(&long).starts_with("`tables`: "), "{}", why(&long));
    let several = why("s3://raw/web/a,b/dt=2015-07-01/x.json.gz");
    assert_eq!(several, "`table` must be the name of one table");
}

#[test]
fn every_problem_of_every_rule_is_named_with_its_line() {
    problems(
        r#"
routes:
  - match: "raw/*.json"
    schema: s
    table: t
  - match: "s3://b/{table}/*"
    granularty: day
    truncate: true
    config: "s3://c/{schema}.yml"
  - ignore: "s3://b/x"
    schema: s
  - {match: "s3://b/*", ignore: "s3://b/*"}
  - just a text
  - schema: s
  - match: "s3://b/*"
    schema: s
    tables: [a, b]
    format: [csv]
    batch: {files: 0, bytes: many, linger: 2h, flies: 3}
"#,
        &expect![[r#"
            the rule on line 3: `match` must begin with s3:// or regex:, not `raw/*.json`
            the rule on line 6: `granularty` must be written `granularity`
            the rule on line 6: `truncate` is not for rules; remove it: announced files add rows, and take none of others away; `rewritten: replace` in the table config replaces the window of a file that is written again, and a load message replaces a table
            the rule on line 6: `config` names the part `{schema}`, which the pattern has not
            the rule on line 6: does not tell the schema: name a part {schema} in the pattern, or write `schema:`
            the rule on line 10: `schema` means nothing beside `ignore`
            the rule on line 12: has both `match` and `ignore`; make two rules of it
            the rule on line 13: must be a map, not `just a text`
            the rule on line 14: needs `match`, or `ignore` for keys that are no data
            the rule on line 15: `tables` is not for rules; write `table`: a file is of one table
            the rule on line 15: `format` must be one value, not a list
            the rule on line 15: `batch.files` must be a number from 1 to 10000
            the rule on line 15: `batch.bytes` must be a size such as 1GiB or 500MB, at most 1TiB
            the rule on line 15: `batch.linger` must be a duration such as 60s, at most 1h
            the rule on line 15: `flies` must be written `files`
            the rule on line 15: does not tell the table: name a part {table} in the pattern, or write `table:`"#]],
    );
}

#[test]
fn a_file_without_rules_is_none() {
    problems("", &expect!["it has no rules; write a list under `routes:`"]);
    problems("routes: {}", &expect!["`routes` must be a list of rules"]);
    problems(
        "route: []",
        &expect![[r#"
        `route` must be written `routes`
        `routes` must be a list of rules"#]],
    );
    problems("routes: [", &expect!["it is not YAML: it cannot be read on from line 2, column 1"]);
}

#[test]
fn rules_tell_without_a_key_whether_they_may_take_dated_files_of_a_table() {
    let routes = Routes::parse(
        r#"
routes:
  - ignore: "s3://b/tmp/{schema}/{table}/{date}"
  - {match: "s3://b/in/{table}/dt={date:%Y-%m-%d}/*", schema: web}
  - {match: "s3://b/undated/{schema}/*", table: visits}
"#,
    )
    .unwrap();
    for (schema, table, expected) in [
        ("web", "pages", MayTake::DatedFiles),
        ("web", "visits", MayTake::DatedFiles),
        ("other", "visits", MayTake::Files),
        ("other", "pages", MayTake::Nothing),
    ] {
        let [schema, table] = [schema, table].map(|name| Ident::new(name).unwrap());
        assert_eq!(routes.may_take(&TargetTable { schema, table }), expected);
    }
}
