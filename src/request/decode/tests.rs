//! What a message means, and how everything else is refused.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::model::granularity::Granularity;
use crate::model::load_mode::LoadMode;

fn problems(body: &str, expected: &Expect) {
    let invalid = decode(body).expect_err(body);
    expected.assert_eq(&invalid.problems.join("\n"));
}

#[test]
fn the_example_of_the_contract_is_understood() {
    let request = decode(
        r#"{"schema":"api_hits","tables":["pages","sessions"],"bucket":"analytics","truncate":false,
            "force":false,"date":"2015-07-01T00:00:00Z","config":"s3://analytics/api.yml"}"#,
    )
    .unwrap();
    expect![[r#"
        LoadRequest {
            targets: [
                TargetTable {
                    schema: Ident(
                        "api_hits",
                    ),
                    table: Ident(
                        "pages",
                    ),
                },
                TargetTable {
                    schema: Ident(
                        "api_hits",
                    ),
                    table: Ident(
                        "sessions",
                    ),
                },
            ],
            force: false,
            terms: Terms {
                source: SourceBucket {
                    bucket: "analytics",
                    prefix: "",
                },
                selection: Date(
                    DataDate(
                        2015-07-01T00:00:00Z,
                    ),
                ),
                granularity: None,
                zone: None,
                stream: None,
                mode: None,
                duplicates: None,
                files: FileTerms {
                    format: None,
                    delimiter: None,
                    ignore_header: None,
                    json_paths: None,
                    copy_options: None,
                    escape: None,
                },
                config: Some(
                    S3(
                        ObjectUri {
                            bucket: "analytics",
                            key: "api.yml",
                        },
                    ),
                ),
                expected_rows: None,
            },
        }
    "#]]
    .assert_debug_eq(&request);
}

#[test]
fn tables_may_be_one_comma_separated_string() {
    let request = decode(r#"{"schema":"s","tables":"a, b,","bucket":"x"}"#).unwrap();
    assert_eq!(request.targets.len(), 2);
}

#[test]
fn truncate_does_not_imply_force() {
    let request = decode(r#"{"schema":"s","tables":["a"],"bucket":"x","truncate":true}"#).unwrap();
    assert!(request.terms.replace_all() && !request.force);
}

#[test]
fn a_misspelt_field_is_refused_by_name() {
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","trucate":true}"#,
        &expect!["`trucate` must be written `truncate`"],
    );
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","trucate":null}"#,
        &expect!["`trucate` must be written `truncate`"],
    );
}

#[test]
fn an_envelope_of_another_service_is_called_what_it_is() {
    for (body, kind) in [
        (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, "an event notification of S3"),
        (r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#, "an event notification of S3"),
        (r#"{"Type":"Notification","TopicArn":"arn:aws:sns:x","Message":"{}"}"#, "a notification of SNS"),
        (r#"{"version":"0","detail-type":"Object Created","detail":{}}"#, "an event of EventBridge"),
    ] {
        let problems = decode(body).unwrap_err().problems;
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.starts_with(&format!("this is {kind}, which is for the queue;")), "{problem}");
    }
}

#[test]
fn duplicates_are_of_a_merge() {
    let ask = |more: &str| decode(&format!(r#"{{"schema":"s","tables":["a"],"bucket":"x",{more}}}"#));
    let terms = ask(r#""mode":"merge","duplicates":"latest_by: Updated_At""#).unwrap().terms;
    assert_eq!(terms.mode, Some(LoadMode::Merge));
    assert_eq!(terms.duplicates.unwrap().to_string(), "latest_by:updated_at");
    assert!(ask(r#""duplicates":"identical_only""#).is_ok(), "the table config may say merge");
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","mode":"append","duplicates":"refuse"}"#,
        &expect!["`duplicates` belongs to `mode: merge`; leave it out, or send this mode"],
    );
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","truncate":true,"mode":"merge","duplicates":"newest"}"#,
        &expect![[r#"
            `duplicates` must be refuse, identical_only or latest_by:<column>, not `newest`
            `truncate: true` and `mode: merge` contradict each other; send one of them"#]],
    );
}

#[test]
fn a_window_is_asked_for_by_words_and_instants_that_belong_together() {
    let of = |more: &str| decode(&format!(r#"{{"schema":"s","tables":["a"],"bucket":"x",{more}}}"#));
    let terms = of(r#""granularity":"day","timezone":"America/New_York""#).unwrap().terms;
    assert_eq!(terms.granularity, Some(Granularity::Day));
    assert_eq!(terms.zone.map(|zone| zone.to_string()).as_deref(), Some("America/New_York"));
    let span = r#""stream_start":"2015-07-01T00:00:00Z","stream_end":"2015-07-01T02:00:00+01:00""#;
    assert!(of(span).unwrap().terms.stream.is_some(), "the config may say stream");
    for (more, expected) in [
        (r#""granularity":"week""#, "`granularity` must be one of exact, hour, day, stream, not `week`"),
        (
            r#""timezone":"america/new_york""#,
            "`timezone`: `america/new_york` is not an IANA time zone such as Europe/Berlin; `America/New_York` is one",
        ),
        (r#""granularity":"stream""#, "`granularity: stream` needs `stream_start` and `stream_end`"),
        (r#""stream_start":"2015-07-01T00:00:00Z""#, "`stream_start` needs `stream_end`"),
        (r#""stream_end":"2015-07-01T00:00:00Z""#, "`stream_end` needs `stream_start`"),
        (
            r#""stream_start":"2015-07-01T00:00:00Z","stream_end":"2015-07-01T00:00:00Z""#,
            "`stream_start` must be before `stream_end`, and both be in the years 1 to 9999 and have six decimals at most",
        ),
        (
            r#""truncate":true,"mode":"append""#,
            "`truncate: true` and `mode: append` contradict each other; send one of them",
        ),
    ] {
        assert_eq!(of(more).unwrap_err().problems, [expected], "{more}");
    }
    let day = of(&format!(r#"{span},"granularity":"day""#)).unwrap_err().problems;
    assert_eq!(day, ["`stream_start` and `stream_end` belong to `granularity: stream`"]);
}

#[test]
fn wrong_types_are_named_once() {
    problems(
        r#"{"schema":1,"tables":{},"bucket":"x","force":"yes"}"#,
        &expect![[r#"
            `force` must be true or false, not a string
            `schema` must be a string, not a number
            `tables` must be an array of strings or one comma-separated string"#]],
    );
}

#[test]
fn expected_rows_are_a_number_and_about_one_table() {
    let request = decode(r#"{"schema":"s","tables":["a"],"bucket":"x","expected_rows":3}"#).unwrap();
    assert_eq!(request.terms.expected_rows, Some(3));
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","expected_rows":-1}"#,
        &expect!["`expected_rows` must be a whole number of at least 0, not `-1`"],
    );
    problems(
        r#"{"schema":"s","tables":["a","b"],"bucket":"x","expected_rows":3}"#,
        &expect!["`expected_rows` is about one table, and `tables` names several; send a message for each"],
    );
}

#[test]
fn an_empty_table_list_is_refused() {
    problems(r#"{"schema":"s","tables":[],"bucket":"x"}"#, &expect!["`tables` must name at least one table"]);
}

#[test]
fn what_is_no_json_object_is_refused() {
    problems("[]", &expect!["the message must be a JSON object"]);
    problems("{", &expect!["the message is not JSON: EOF while parsing an object at line 1 column 1"]);
}

const USUAL: &str = r#""schema":"s","tables":["a"],"bucket":"x""#;

#[test]
fn a_field_that_stands_twice_is_refused_by_name() {
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","tables":["b"]}"#,
        &expect!["`tables` appears twice in the message; send it once"],
    );
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","t\u0061bles":["b"]}"#,
        &expect!["`tables` appears twice in the message; send it once"],
    );
    problems(
        r#"{"schema":"s","tables":["a"],"bucket":"x","force":null,"force":true,"mode":"append","mode":"append"}"#,
        &expect![[r#"
            `force` appears twice in the message; send it once
            `mode` appears twice in the message; send it once"#]],
    );
}

#[test]
fn at_most_a_hundred_tables_are_asked_for_together() {
    let names = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    let body = |tables: Value| serde_json::json!({"schema": "s", "bucket": "x", "tables": tables});
    assert_eq!(decode(&body(names(100).into()).to_string()).unwrap().targets.len(), 100);
    assert_eq!(decode(&body(names(100).join(",").into()).to_string()).unwrap().targets.len(), 100);
    let expected = expect!["`tables` names 101 tables, at most 100 are loaded by one message; send several"];
    problems(&body(names(101).into()).to_string(), &expected);
    problems(&body(names(101).join(",").into()).to_string(), &expected);
}

#[test]
fn a_message_of_more_than_64_kib_is_refused_unread() {
    let padded = |length: usize| {
        let body = format!("{{{USUAL}}}");
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    assert!(decode(&padded(65_536)).is_ok());
    problems(
        &padded(65_537),
        &expect![
            "the message is 65537 bytes long, a load message has at most 65536; send several with fewer tables each"
        ],
    );
}

#[test]
fn every_text_of_a_message_is_bounded() {
    let cases = [("bucket", 1024), ("config", 2048), ("date", 64), ("schema", 127)];
    for (field, longest) in cases {
        let mut body = serde_json::json!({"schema": "s", "tables": ["a"], "bucket": "x"});
        body[field] = format!("s3://b/{}", "x".repeat(longest)).into();
        let invalid = decode(&body.to_string()).expect_err(field).to_string();
        assert!(
            invalid.contains(&format!("`{field}`")) && invalid.contains(&format!("{longest} bytes")),
            "{invalid}"
        );
        assert!(invalid.len() < 300, "{invalid}");
    }
}

#[test]
fn what_an_error_quotes_of_a_message_is_cut_and_escaped() {
    let wild = "\u{1b}[31m\n\u{202e}".repeat(20);
    let body = |field: &str| {
        let mut body = serde_json::json!({"schema": "s", "tables": ["a"], "bucket": "x"});
        body[field] = wild.clone().into();
        body.to_string()
    };
    for body in [body("bucket"), body("config"), body("date"), body("schema"), body("tables"), body(&wild)] {
        let Err(invalid) = decode(&body) else { continue };
        let text = invalid.to_string();
        assert!(text.len() < 600 && !text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
    }
}

#[test]
fn the_first_twenty_problems_are_listed_and_the_rest_is_counted() {
    let fields: String = (0..1000).map(|n| format!(",\"f{n}\":1")).collect();
    let invalid = decode(&format!("{{{USUAL}{fields}}}")).unwrap_err();
    assert_eq!((invalid.problems.len(), invalid.problems[20].as_str()), (21, "and 980 more"));
    let names: Vec<String> = (0..100).map(|n| format!("\"a\\u0000{n}\"")).collect();
    let invalid =
        decode(&format!(r#"{{"schema":"s","bucket":"x","tables":[{}]}}"#, names.join(","))).unwrap_err();
    assert_eq!((invalid.problems.len(), invalid.problems[20].as_str()), (21, "and 80 more"));
}

proptest! {
    #[test]
    fn any_text_is_decoded_or_refused_without_a_panic(body in ".{0,200}") {
        if let Err(invalid) = decode(&body) {
            prop_assert!(!invalid.problems.is_empty());
        }
    }
}
