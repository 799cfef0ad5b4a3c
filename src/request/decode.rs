//! The body of a load message: JSON to [`LoadRequest`], refusing what it does not know by name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::misspelling::meant_for;
use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::request::body::{Body, Fields};
use crate::request::envelope;
use crate::request::fields::table::FIELDS;
use crate::request::terms::Draft;
use crate::request::{InvalidRequest, LoadRequest};

/// Bytes of a load message, far above any that asks for as much as it may.
const LONGEST_BODY: usize = 64 * 1024;

/// Reads a message body. Every unknown field, wrong type and bad value is named in one error, so that `trucate` is
/// never silently ignored.
pub fn decode(body: &str) -> Result<LoadRequest, InvalidRequest> {
    decode_beside(body, &[]).map(|(request, _)| request)
}

/// The same of a body that may have these fields besides, each a text; returns those that it has.
pub fn decode_beside(
    body: &str,
    others: &[&str],
) -> Result<(LoadRequest, BTreeMap<String, String>), InvalidRequest> {
    if body.len() > LONGEST_BODY {
        return Err(one(format!(
            "the message is {} bytes long, a load message has at most {LONGEST_BODY}; send several with fewer tables each",
            body.len()
        )));
    }
    let Fields { mut values, repeated } = match serde_json::from_str(body) {
        Ok(Body::Object(fields)) => fields,
        Ok(Body::Other) => return Err(one("the message must be a JSON object".to_owned())),
        Err(error) => return Err(one(format!("the message is not JSON: {error}"))),
    };
    let mut problems = Problems::default();
    for field in repeated.into_iter().collect::<BTreeSet<String>>() {
        problems.add(format!("`{}` appears twice in the message; send it once", excerpt(&field)));
    }
    if let Some(kind) = envelope::kind_of(&values) {
        if problems.is_empty() {
            problems.add(format!(
                "this is {kind}, which is for the queue; send a JSON object with `schema`, `tables` and `bucket`"
            ));
        }
        return Err(InvalidRequest { problems: problems.into_list(), targets: Vec::new() });
    }
    let mut beside = BTreeMap::new();
    for name in others {
        match values.remove(*name) {
            Some(Value::String(text)) => drop(beside.insert((*name).to_owned(), text)),
            None | Some(Value::Null) => {}
            Some(_) => problems.add(format!("`{name}` must be a text")),
        }
    }
    read_fields(&values, &mut problems).finish(problems).map(|request| (request, beside))
}

/// What fields ask for that stand somewhere else than in a message, each once.
pub(crate) fn of_fields(values: &BTreeMap<String, Value>) -> Result<LoadRequest, InvalidRequest> {
    let mut problems = Problems::default();
    read_fields(values, &mut problems).finish(problems)
}

fn read_fields(values: &BTreeMap<String, Value>, problems: &mut Problems) -> Draft {
    let mut draft = Draft::default();
    // Told first: fields that are unknown or of a wrong type, by name. Such a field is not missing on top.
    let mut unreadable = BTreeMap::new();
    let mut unusable = Problems::default();
    for field in &FIELDS {
        // Null in a known field leaves it out; in an unknown one it is as misspelt as anything else.
        match values.get(field.name).filter(|value| !value.is_null()) {
            Some(value) => {
                if let Err(problem) = field.read(value, &mut draft, &mut unusable) {
                    unreadable.insert(field.name, problem);
                }
            }
            None if field.is_required() => unusable.add(field.missing()),
            None => {}
        }
    }
    let is_known = |name: &str| FIELDS.iter().any(|field| field.name == name);
    for name in values.keys().map(String::as_str).filter(|name| !is_known(name)) {
        unreadable.insert(name, unknown(name));
    }
    unreadable.into_values().for_each(|problem| problems.add(problem));
    problems.append(unusable);
    draft
}

fn unknown(name: &str) -> String {
    match meant_for(name, FIELDS.iter().map(|field| field.name)) {
        Some(right) => format!("`{}` must be written `{right}`", excerpt(name)),
        None => {
            format!("`{}` is not a field of a load message; check its spelling, or remove it", excerpt(name))
        }
    }
}

pub(super) fn one(problem: String) -> InvalidRequest {
    InvalidRequest { problems: vec![problem], targets: Vec::new() }
}

#[cfg(test)]
mod tests;
