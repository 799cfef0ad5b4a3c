//! The body of a load message: JSON to [`LoadRequest`], refusing what it does not know by name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::misspelling::meant_for;
use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::request::LoadRequest;
use crate::request::body::{Body, Fields};
use crate::request::envelope;
use crate::request::fields::{InvalidRequest, RequestFields};

/// Bytes of a load message, far above any that asks for as much as it may.
const LONGEST_BODY: usize = 64 * 1024;
/// Tables that one message may ask for.
const MOST_TABLES: usize = 100;

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
    if body.len() > LONGEST_BODY {
        return Err(one(format!(
            "the message is {} bytes long, a load message has at most {LONGEST_BODY}; send several with fewer tables each",
            body.len()
        )));
    }
    let Fields { values, repeated } = match serde_json::from_str(body) {
        Ok(Body::Object(fields)) => fields,
        Ok(Body::Other) => return Err(one("the message must be a JSON object".to_owned())),
        Err(error) => return Err(one(format!("the message is not JSON: {error}"))),
    };
    if let Some(kind) = envelope::kind_of(&values) {
        return Err(one(format!(
            "this is {kind}, which is not supported yet; send a JSON object with `schema`, `tables` and `bucket`"
        )));
    }
    let mut problems = Problems::default();
    for field in repeated.into_iter().collect::<BTreeSet<String>>() {
        problems.add(format!("`{}` appears twice in the message; send it once", excerpt(&field)));
    }
    let read = read_fields(&values, &mut problems);
    read.check(problems)
}

fn read_fields(values: &BTreeMap<String, Value>, problems: &mut Problems) -> RequestFields {
    let mut fields = RequestFields::default();
    for (field, value) in values {
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
    // A field of the wrong type was reported as that; it is not missing on top.
    let is_there = |field: &str| values.get(field).is_some_and(|value| !value.is_null());
    fields.unreadable = ["schema", "tables", "bucket"].into_iter().filter(|field| is_there(field)).collect();
    fields
}

fn refuse(field: &str, value: &Value, problems: &mut Problems) {
    let Some((_, neutral)) = NOT_SUPPORTED_YET.iter().find(|(known, _)| *known == field) else {
        problems.add(unknown(field));
        return;
    };
    let asks_for_nothing = value.is_null() || neutral.is_some_and(|neutral| value.as_str() == Some(neutral));
    if asks_for_nothing {
        return;
    }
    problems.add(match neutral {
        Some(neutral) => format!("`{field}` is not supported yet except as `{neutral}`; remove it"),
        None => format!("`{field}` is not supported yet; remove it"),
    });
}

fn unknown(field: &str) -> String {
    let known = FIELDS.into_iter().chain(NOT_SUPPORTED_YET.iter().map(|(field, _)| *field));
    match meant_for(field, known) {
        Some(right) => format!("`{}` must be written `{right}`", excerpt(field)),
        None => {
            format!("`{}` is not a field of a load message; check its spelling, or remove it", excerpt(field))
        }
    }
}

fn text(field: &str, value: &Value, problems: &mut Problems) -> Option<String> {
    let text = value.as_str();
    if text.is_none() {
        problems.add(format!("`{field}` must be a string, not {}", kind_of(value)));
    }
    text.map(str::to_owned)
}

fn boolean(field: &str, value: &Value, problems: &mut Problems) -> bool {
    value.as_bool().unwrap_or_else(|| {
        problems.add(format!("`{field}` must be true or false, not {}", kind_of(value)));
        false
    })
}

fn count(field: &str, value: &Value, problems: &mut Problems) -> Option<u64> {
    let count = value.as_u64();
    if count.is_none() {
        let found = if value.is_number() { format!("`{value}`") } else { kind_of(value).to_owned() };
        problems.add(format!("`{field}` must be a whole number of at least 0, not {found}"));
    }
    count
}

/// An array of names, or one comma-separated string as the original took it. Counted before it is taken apart.
fn tables(value: &Value, problems: &mut Problems) -> Option<Vec<String>> {
    let listed =
        |list: &str| list.split(',').filter(|name| !name.trim().is_empty()).map(str::to_owned).collect();
    let (count, names) = match value {
        Value::String(list) => (list.split(',').filter(|name| !name.trim().is_empty()).count(), None),
        Value::Array(items) => (items.len(), Some(items)),
        _ => {
            problems.add("`tables` must be an array of strings or one comma-separated string");
            return None;
        }
    };
    if count > MOST_TABLES {
        problems.add(format!(
            "`tables` names {count} tables, at most {MOST_TABLES} are loaded by one message; send several"
        ));
        return None;
    }
    let names: Option<Vec<String>> = match names {
        Some(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        None => value.as_str().map(listed),
    };
    if names.is_none() {
        problems.add("`tables` must be an array of strings or one comma-separated string");
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

fn one(problem: String) -> InvalidRequest {
    InvalidRequest { problems: vec![problem], targets: Vec::new() }
}

#[cfg(test)]
mod tests;
