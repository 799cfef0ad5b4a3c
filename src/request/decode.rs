//! The body of a load message: JSON to [`LoadRequest`], refusing what it does not know by name.

use serde_json::{Map, Value};

use crate::request::LoadRequest;
use crate::request::fields::{InvalidRequest, RequestFields};

const FIELDS: [&str; 8] =
    ["schema", "tables", "bucket", "truncate", "force", "date", "config", "expected_rows"];

/// Fields of the contract that this version does not act on, each with the one value that asks for nothing new.
const NOT_SUPPORTED_YET: [(&str, Option<&str>); 10] = [
    ("granularity", Some("exact")),
    ("timezone", Some("UTC")),
    ("stream_start", None),
    ("stream_end", None),
    ("format", None),
    ("delimiter", None),
    ("ignore_header", None),
    ("json_paths", None),
    ("copy_options", None),
    ("mode", Some("append")),
];

/// Reads a message body. Every unknown field, wrong type and bad value is named in one error, so that `trucate` is
/// never silently ignored.
pub fn decode(body: &str) -> Result<LoadRequest, InvalidRequest> {
    let object = match serde_json::from_str(body) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err(one("the message must be a JSON object")),
        Err(error) => return Err(one(&format!("the message is not JSON: {error}"))),
    };
    let mut problems = Vec::new();
    let fields = read_fields(&object, &mut problems);
    match fields.check() {
        Ok(request) if problems.is_empty() => Ok(request),
        Ok(_) => Err(InvalidRequest { problems }),
        Err(invalid) => {
            // A field of the wrong type was already reported as that; it is not missing on top.
            let reported =
                |problem: &String| problems.iter().any(|known| quoted_field(known) == quoted_field(problem));
            let further: Vec<String> = invalid.problems.into_iter().filter(|p| !reported(p)).collect();
            problems.extend(further);
            Err(InvalidRequest { problems })
        }
    }
}

fn read_fields(object: &Map<String, Value>, problems: &mut Vec<String>) -> RequestFields {
    let mut fields = RequestFields::default();
    for (field, value) in object {
        match field.as_str() {
            // Null in a known field leaves it out; in an unknown one it is as misspelt as anything else.
            known if value.is_null() && FIELDS.contains(&known) => {}
            "schema" => fields.schema = text(field, value, problems),
            "tables" => fields.tables = tables(value, problems),
            "bucket" => fields.bucket = text(field, value, problems),
            "truncate" => fields.truncate = boolean(field, value, problems),
            "force" => fields.force = boolean(field, value, problems),
            "date" => fields.date = text(field, value, problems),
            "config" => fields.config = text(field, value, problems),
            "expected_rows" => fields.expected_rows = count(field, value, problems),
            other => refuse(other, value, problems),
        }
    }
    fields
}

fn refuse(field: &str, value: &Value, problems: &mut Vec<String>) {
    let Some((_, neutral)) = NOT_SUPPORTED_YET.iter().find(|(known, _)| *known == field) else {
        problems.push(format!("`{field}` is not a field of a load message; check its spelling"));
        return;
    };
    let asks_for_nothing = value.is_null() || neutral.is_some_and(|neutral| value.as_str() == Some(neutral));
    if asks_for_nothing {
        return;
    }
    problems.push(match neutral {
        Some(neutral) => format!("`{field}` is not supported yet except as `{neutral}`; remove it"),
        None => format!("`{field}` is not supported yet; remove it"),
    });
}

fn text(field: &str, value: &Value, problems: &mut Vec<String>) -> Option<String> {
    let text = value.as_str();
    if text.is_none() {
        problems.push(format!("`{field}` must be a string, not {}", kind_of(value)));
    }
    text.map(str::to_owned)
}

fn boolean(field: &str, value: &Value, problems: &mut Vec<String>) -> bool {
    value.as_bool().unwrap_or_else(|| {
        problems.push(format!("`{field}` must be true or false, not {}", kind_of(value)));
        false
    })
}

fn count(field: &str, value: &Value, problems: &mut Vec<String>) -> Option<u64> {
    let count = value.as_u64();
    if count.is_none() {
        let found = if value.is_number() { format!("`{value}`") } else { kind_of(value).to_owned() };
        problems.push(format!("`{field}` must be a whole number of at least 0, not {found}"));
    }
    count
}

/// An array of names, or one comma-separated string as the original took it.
fn tables(value: &Value, problems: &mut Vec<String>) -> Option<Vec<String>> {
    let names = match value {
        Value::String(list) => {
            Some(list.split(',').filter(|name| !name.trim().is_empty()).map(str::to_owned).collect())
        }
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    if names.is_none() {
        problems.push("`tables` must be an array of strings or one comma-separated string".to_owned());
    }
    names
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn quoted_field(problem: &str) -> Option<&str> {
    problem.strip_prefix('`')?.split('`').next()
}

fn one(problem: &str) -> InvalidRequest {
    InvalidRequest { problems: vec![problem.to_owned()] }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

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
                source: SourceBucket {
                    bucket: "analytics",
                    prefix: "",
                },
                truncate: false,
                force: false,
                date: Some(
                    DataDate(
                        2015-07-01T00:00:00Z,
                    ),
                ),
                config: Some(
                    S3(
                        ObjectUri {
                            bucket: "analytics",
                            key: "api.yml",
                        },
                    ),
                ),
                expected_rows: None,
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
        assert!(request.truncate && !request.force);
    }

    #[test]
    fn a_misspelt_field_is_refused_by_name() {
        problems(
            r#"{"schema":"s","tables":["a"],"bucket":"x","trucate":true}"#,
            &expect!["`trucate` is not a field of a load message; check its spelling"],
        );
        problems(
            r#"{"schema":"s","tables":["a"],"bucket":"x","trucate":null}"#,
            &expect!["`trucate` is not a field of a load message; check its spelling"],
        );
    }

    #[test]
    fn later_fields_are_refused_by_name_unless_they_ask_for_nothing() {
        let neutral = r#""granularity":"exact","timezone":"UTC","mode":"append""#;
        assert!(decode(&format!(r#"{{"schema":"s","tables":["a"],"bucket":"x",{neutral}}}"#)).is_ok());
        problems(
            r#"{"schema":"s","tables":["a"],"bucket":"x","granularity":"day","stream_start":"x"}"#,
            &expect![[r#"
                `granularity` is not supported yet except as `exact`; remove it
                `stream_start` is not supported yet; remove it"#]],
        );
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
        assert_eq!(request.expected_rows, Some(3));
        problems(
            r#"{"schema":"s","tables":["a"],"bucket":"x","expected_rows":-1}"#,
            &expect!["`expected_rows` must be a whole number of at least 0, not `-1`"],
        );
        problems(
            r#"{"schema":"s","tables":["a","b"],"bucket":"x","expected_rows":3}"#,
            &expect![
                "`expected_rows` is about one table, and `tables` names several; send a message for each"
            ],
        );
    }

    #[test]
    fn an_empty_table_list_is_refused() {
        problems(
            r#"{"schema":"s","tables":[],"bucket":"x"}"#,
            &expect!["`tables` must name at least one table"],
        );
    }

    #[test]
    fn what_is_no_json_object_is_refused() {
        problems("[]", &expect!["the message must be a JSON object"]);
        problems("{", &expect!["the message is not JSON: EOF while parsing an object at line 1 column 1"]);
    }

    proptest! {
        #[test]
        fn any_text_is_decoded_or_refused_without_a_panic(body in ".{0,200}") {
            if let Err(invalid) = decode(&body) {
                prop_assert!(!invalid.problems.is_empty());
            }
        }
    }
}
