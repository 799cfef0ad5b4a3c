//! Values of fields: their shapes, and how they are read from JSON or from a flag's text.

use serde_json::{Number, Value};

use crate::model::ident::Ident;
use crate::model::problems::Problems;
use crate::request::fields::Field;
use crate::request::terms::Draft;

/// Tables that one message may ask for.
pub const MOST_TABLES: usize = 100;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The name of something in Redshift.
    Name,
    /// An array of such names, or one string with commas between them.
    Names,
    /// A text of at most so many bytes.
    Text {
        longest: usize,
        form: Form,
    },
    /// One of a few.
    Word(&'static [&'static str]),
    Switch,
    /// A whole number of at least 0.
    Count,
    /// An array of texts, or one text.
    Texts,
}

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Any,
    /// An instant of RFC 3339.
    Instant,
    /// As a regular expression of JSON Schema, for those who write messages. The reader of the value decides.
    Pattern(&'static str),
}

/// Puts a value into the draft of a request. Errors are whole sentences that name the field.
pub enum Put {
    /// A name, or each of several.
    Name(fn(Ident, &mut Draft)),
    Text(fn(&str, &mut Draft) -> Result<(), String>),
    Switch(fn(bool, &mut Draft)),
    Count(fn(u64, &mut Draft) -> Result<(), String>),
    /// A list, with every problem of it.
    Texts(fn(&[&str], &mut Draft) -> Result<(), Vec<String>>),
}

impl Shape {
    /// Whether the flag may be repeated.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Names | Self::Texts)
    }

    /// The value that the texts of a flag stand for: one text, unless the shape is that of a list. A text that stands for
    /// none of this shape is left as it is, and refused where the field is read.
    pub fn of_flag(self, texts: Vec<String>) -> Value {
        match self {
            Self::Texts => texts.into(),
            // Each may name several.
            Self::Names => texts.join(",").into(),
            Self::Switch => match texts.concat().as_str() {
                "true" => true.into(),
                "false" => false.into(),
                other => other.into(),
            },
            Self::Count => {
                let text = texts.concat();
                text.parse::<Number>().map_or(Value::String(text), Value::Number)
            }
            Self::Name | Self::Text { .. } | Self::Word(_) => texts.concat().into(),
        }
    }
}

impl Field {
    /// What is wrong with a request that lacks this required field.
    pub fn missing(&self) -> String {
        let name = self.name;
        match self.shape {
            Shape::Names => format!("`{name}` must name at least one table"),
            _ => format!("`{name}` is required"),
        }
    }

    /// Reads a value that is not null into the draft. Fails when the value is of another type or size than the field's;
    /// what is wrong with a value of the right type goes to `problems`.
    pub(in crate::request) fn read(
        &self,
        value: &Value,
        draft: &mut Draft,
        problems: &mut Problems,
    ) -> Result<(), String> {
        match &self.put {
            Put::Name(put) => self.read_names(value, problems)?.into_iter().for_each(|name| put(name, draft)),
            Put::Text(put) => {
                let text = self.text(value)?;
                let read = self.checked(text).and_then(|text| put(text, draft));
                problems.noted(read);
            }
            Put::Switch(put) => put(self.switch(value)?, draft),
            Put::Count(put) => {
                let count = self.count(value)?;
                problems.noted(put(count, draft));
            }
            Put::Texts(put) => {
                if let Err(found) = put(&self.texts(value)?, draft) {
                    found.into_iter().for_each(|problem| problems.add(problem));
                }
            }
        }
        Ok(())
    }

    fn read_names(&self, value: &Value, problems: &mut Problems) -> Result<Vec<Ident>, String> {
        let raw = match self.shape {
            Shape::Names => self.list_of_names(value)?,
            _ => vec![self.text(value)?],
        };
        let is_one = self.shape == Shape::Name;
        if raw.is_empty() || (is_one && raw.iter().all(|name| name.trim().is_empty())) {
            problems.add(self.missing());
            return Ok(Vec::new());
        }
        let name = |raw: &str| Ident::new(raw.trim()).map_err(|error| format!("`{}`: {error}", self.name));
        Ok(raw.into_iter().filter_map(|raw| problems.noted(name(raw))).collect())
    }

    /// A text that is there if it must be, and not too long.
    fn checked<'a>(&self, raw: &'a str) -> Result<&'a str, String> {
        // Blanks around a text that must be there do not count.
        let text = if self.is_required() { raw.trim() } else { raw };
        if self.is_required() && text.is_empty() {
            return Err(self.missing());
        }
        match self.shape {
            Shape::Text { longest, .. } if text.len() > longest => Err(format!(
                "`{}` is {} bytes long, at most {longest} bytes are taken",
                self.name,
                text.len()
            )),
            _ => Ok(text),
        }
    }

    fn text<'a>(&self, value: &'a Value) -> Result<&'a str, String> {
        value.as_str().ok_or_else(|| format!("`{}` must be a string, not {}", self.name, kind_of(value)))
    }

    fn switch(&self, value: &Value) -> Result<bool, String> {
        value
            .as_bool()
            .ok_or_else(|| format!("`{}` must be true or false, not {}", self.name, kind_of(value)))
    }

    fn count(&self, value: &Value) -> Result<u64, String> {
        value.as_u64().ok_or_else(|| {
            let found = if value.is_number() { format!("`{value}`") } else { kind_of(value).to_owned() };
            format!("`{}` must be a whole number of at least 0, not {found}", self.name)
        })
    }

    /// An array of names, or one comma-separated string as the original took it. Counted before it is taken apart.
    fn list_of_names<'a>(&self, value: &'a Value) -> Result<Vec<&'a str>, String> {
        let field = self.name;
        let wrong_type = || format!("`{field}` must be an array of strings or one comma-separated string");
        let between_commas = |list: &'a str| list.split(',').filter(|name| !name.trim().is_empty());
        let count = match value {
            Value::String(list) => between_commas(list).count(),
            Value::Array(items) => items.len(),
            _ => return Err(wrong_type()),
        };
        if count > MOST_TABLES {
            return Err(format!(
                "`{field}` names {count} tables, at most {MOST_TABLES} are loaded by one message; send several"
            ));
        }
        match value {
            Value::String(list) => Ok(between_commas(list).collect()),
            _ => {
                let items = value.as_array().into_iter().flatten();
                items.map(Value::as_str).collect::<Option<Vec<&str>>>().ok_or_else(wrong_type)
            }
        }
    }

    /// An array of texts, or one text.
    fn texts<'a>(&self, value: &'a Value) -> Result<Vec<&'a str>, String> {
        let texts = match value {
            Value::String(text) => Some(vec![text.as_str()]),
            Value::Array(items) => items.iter().map(Value::as_str).collect(),
            _ => None,
        };
        texts.ok_or_else(|| format!("`{}` must be an array of strings or one string", self.name))
    }
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
