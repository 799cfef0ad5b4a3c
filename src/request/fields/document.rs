//! What users read about the fields, rendered from their table: the JSON Schema, and the table in the README.
//!
//! `UPDATE_EXPECT=1 cargo test document` writes both anew.

use expect_test::expect_file;
use serde_json::json;

use super::table::FIELDS;
use super::value::{Form, MOST_TABLES};
use super::*;

/// Bytes of a name in Redshift.
const LONGEST_NAME: usize = 127;

/// What the schema says of a message as a whole.
const ABOUT: &str = r#"  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Load message of s3-to-redshift",
  "description": "The body of an SQS message that asks for tables to be loaded: at most 65536 bytes, each field once. Lengths are counted in bytes by the daemon. Fields marked as `later` are part of the format; the daemon refuses them by name as long as it does not support them.",
  "type": "object",
"#;

/// What it says of fields together, and examples.
const TOGETHER: &str = r#"  "dependentRequired": { "stream_start": ["stream_end", "granularity"], "stream_end": ["stream_start", "granularity"] },
  "dependentSchemas": {
    "expected_rows": {
      "properties": {
        "tables": { "oneOf": [{ "type": "array", "maxItems": 1 }, { "type": "string", "pattern": "^[\\s,]*[^,\\s]+[\\s,]*$" }] }
      }
    }
  },
  "examples": [
    { "schema": "api_hits", "tables": ["pages", "sessions"], "bucket": "analytics" },
    {
      "schema": "api_hits",
      "tables": "pages",
      "bucket": "analytics/daily",
      "force": true,
      "date": "2015-07-01T00:00:00Z",
      "config": "s3://analytics/api.yml"
    }
  ]
"#;

fn schema() -> String {
    let names = FIELDS.iter().filter(|field| field.is_required()).map(|field| json!(field.name).to_string());
    let required = names.collect::<Vec<_>>().join(", ");
    let properties = FIELDS.iter().map(property).collect::<Vec<_>>().join(",\n");
    format!(
        "{{\n{ABOUT}  \"required\": [{required}],\n  \"additionalProperties\": false,\n  \"properties\": {{\n{properties}\n  }},\n{TOGETHER}}}\n"
    )
}

fn property(field: &Field) -> String {
    let sentence = sentence(field);
    let mut lines = vec![format!(r#""description": {}"#, json!(sentence))];
    lines.extend(rules(field.shape));
    if let Absent::Means(value) = field.absent {
        let value = if field.shape == Shape::Switch { value.to_owned() } else { json!(value).to_string() };
        lines.push(format!(r#""default": {value}"#));
    }
    format!("    {}: {{\n      {}\n    }}", json!(field.name), lines.join(",\n      "))
}

/// What the schema says of a shape, a line each.
fn rules(shape: Shape) -> Vec<String> {
    let text = |rules: &[String]| [&[r#""type": "string""#.to_owned()], rules].concat();
    match shape {
        Shape::Name => text(&[r#""minLength": 1"#.to_owned(), format!(r#""maxLength": {LONGEST_NAME}"#)]),
        Shape::Names => vec![names()],
        Shape::Text { longest, form } => {
            let longest = format!(r#""maxLength": {longest}"#);
            match form {
                Form::Any => text(&[r#""minLength": 1"#.to_owned(), longest]),
                Form::Pattern(pattern) => text(&[longest, format!(r#""pattern": {}"#, json!(pattern))]),
                Form::Instant => {
                    let pattern = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$";
                    let pattern = format!(r#""pattern": {}"#, json!(pattern));
                    text(&[r#""format": "date-time""#.to_owned(), longest, pattern])
                }
            }
        }
        Shape::Word(words) => {
            let words = words.iter().map(|word| json!(word).to_string()).collect::<Vec<_>>().join(", ");
            vec![format!(r#""enum": [{words}]"#)]
        }
        Shape::Switch => vec![r#""type": "boolean""#.to_owned()],
        Shape::Count => vec![r#""type": "integer""#.to_owned(), r#""minimum": 0"#.to_owned()],
        Shape::Texts => {
            vec![r#""type": ["string", "array"]"#.to_owned(), r#""items": { "type": "string" }"#.to_owned()]
        }
    }
}

fn names() -> String {
    let more = MOST_TABLES - 1;
    format!(
        r#""oneOf": [
        {{ "type": "array", "minItems": 1, "maxItems": {MOST_TABLES}, "items": {{ "type": "string", "minLength": 1, "maxLength": {LONGEST_NAME} }} }},
        {{
          "type": "string",
          "pattern": "^[\\s,]*[^,\\s][^,]*(,[\\s,]*[^,\\s][^,]*){{0,{more}}}(,[\\s,]*)?$"
        }}
      ]"#
    )
}

fn sentence(field: &Field) -> String {
    let doc = doc(field);
    let (first, rest) = doc.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

/// What the field asks for, and how it is written in JSON where that does not go without saying.
fn doc(field: &Field) -> String {
    match field.shape {
        Shape::Names => format!("{}: an array, or one comma-separated string", field.doc),
        _ => field.doc.to_owned(),
    }
}

/// The rows of the README's table, with its head.
fn table() -> String {
    let row = |field: &Field| {
        let default = match field.absent {
            Absent::IsRefused => "required".to_owned(),
            Absent::Means(value) => format!("`{value}`"),
            Absent::Is(words) => words.to_owned(),
        };
        format!("| `{}` | {default} | {} |\n", field.name, doc(field).replace('|', r"\|"))
    };
    FIELDS.iter().map(row).fold(HEAD.to_owned(), |table, row| table + &row)
}

const HEAD: &str = "| field | default | |\n|---|---|---|\n";

#[test]
fn the_json_schema_has_every_field() {
    let schema = schema();
    let parsed: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(parsed["properties"].as_object().unwrap().len(), FIELDS.len());
    expect_file!["../../../deploy/message.schema.json"].assert_eq(&schema);
}

#[test]
fn the_readme_has_every_field() {
    let readme = include_str!("../../../README.md");
    let (before, rest) = readme.split_once(HEAD).expect("the README has the table's head");
    let (_, after) = rest.split_once("\n\n").expect("an empty line ends the table");
    expect_file!["../../../README.md"].assert_eq(&format!("{before}{}\n{after}", table()));
}
