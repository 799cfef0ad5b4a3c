use expect_test::{Expect, expect};

use super::table::FIELDS;
use super::*;
use crate::request::decode::decode;

fn problems(body: &str, expected: &Expect) {
    expected.assert_eq(&decode(body).expect_err(body).problems.join("\n"));
}

/// As users know them, in this order.
const OF_THE_CONTRACT: [&str; 19] = [
    "schema",
    "tables",
    "bucket",
    "truncate",
    "force",
    "date",
    "config",
    "granularity",
    "timezone",
    "stream_start",
    "stream_end",
    "format",
    "delimiter",
    "ignore_header",
    "json_paths",
    "copy_options",
    "mode",
    "duplicates",
    "expected_rows",
];

#[test]
fn every_field_of_the_contract_is_in_the_table_once() {
    assert_eq!(FIELDS.each_ref().map(|field| field.name), OF_THE_CONTRACT);
}

#[test]
fn a_value_that_means_the_same_as_none_is_always_taken() {
    for field in FIELDS.iter().filter(|field| field.shape != Shape::Switch) {
        let Absent::Means(value) = field.absent else { continue };
        let mut body = serde_json::json!({"schema": "s", "tables": ["a"], "bucket": "x"});
        let without = decode(&body.to_string());
        body[field.name] = value.into();
        assert_eq!(decode(&body.to_string()), without, "{}", field.name);
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    problems(
        r#"{"schema": " ", "bucket": "/", "date": "yesterday", "config": "s3://only-a-bucket"}"#,
        &expect![[r#"
            `schema` is required
            `tables` must name at least one table
            `bucket` must be a bucket or bucket/prefix such as analytics/events, not `/`
            `date`: `yesterday` is not an RFC 3339 date such as 2015-07-01T00:00:00Z
            `config`: `s3://only-a-bucket` is not an object address such as s3://bucket/key"#]],
    );
}

#[test]
fn a_table_named_twice_is_loaded_once() {
    let request = decode(r#"{"schema": "Api", "tables": ["pages", " Pages "], "bucket": "analytics"}"#);
    let targets = request.unwrap().targets;
    assert_eq!(targets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["api.pages"]);
}

#[test]
fn options_that_cannot_be_given_are_refused_by_name() {
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","duplicates":"latest","copy_options":["NOLOAD", "NULLAS"]}"#,
        &expect![[r#"
            `copy_options`: NOLOAD cannot be given, nothing would be loaded, and the ledger would say that it was; remove it
            `copy_options`: `NULLAS` is not an option of COPY, did you mean NULL AS?
            `duplicates` must be refuse, identical_only or latest_by:<column>, not `latest`"#]],
    );
}
