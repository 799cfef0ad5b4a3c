//! One column of a table config.

use serde::Deserialize;
use serde_yaml::Value;

use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;
use crate::model::ident::Ident;
use crate::model::table::{Column, ColumnDefault};

/// What a default may call. A config is a producer's, and its DDL runs with the loader's rights.
const DEFAULT_CALLS: [&str; 7] =
    ["getdate", "sysdate", "now", "current_date", "current_timestamp", "current_user", "user"];

/// A column as it is written in the file; unknown keys are left alone.
#[derive(Deserialize)]
pub(super) struct ColumnEntry {
    /// Its number in the file, from 1.
    #[serde(skip)]
    place: usize,
    pub(super) dest: Option<String>,
    #[serde(rename = "type")]
    column_type: Option<String>,
    #[serde(default)]
    pub(super) primarykey: bool,
    #[serde(default)]
    notnull: bool,
    #[serde(default)]
    pub(super) distkey: bool,
    /// Place in the sort key, from 1; 0 as the original wrote it for none.
    #[serde(default)]
    pub(super) sortord: u32,
    defaultval: Option<Value>,
}

/// Reads columns one by one, so that each wrong one is reported.
pub(super) fn entries(values: Vec<Value>, problems: &mut Vec<String>) -> Vec<ColumnEntry> {
    let places = 1_usize..;
    let read = places.zip(values).map(|(place, value)| match serde_yaml::from_value::<ColumnEntry>(value) {
        Ok(entry) => Ok(ColumnEntry { place, ..entry }),
        Err(error) => Err(format!("column {place}: {error}")),
    });
    read.filter_map(|entry| noted(entry, problems)).collect()
}

impl ColumnEntry {
    /// What the table is to have; what is wrong with it is added to `problems`.
    pub(super) fn column(&self, problems: &mut Vec<String>) -> Option<Column> {
        let Some(dest) = self.dest.as_deref() else {
            problems.push(format!("column {} has no `dest`", self.place));
            return None;
        };
        let name = Ident::new(dest).map_err(|error| format!("column {}: {error}", self.place));
        let name = noted(name, problems);
        let column_type = noted(self.column_type(dest), problems);
        let default = noted(self.default(dest), problems).flatten();
        // Redshift makes the columns of a primary key NOT NULL by itself.
        let not_null = self.notnull || self.primarykey;
        Some(Column { name: name?, column_type: column_type?, not_null, default })
    }

    fn column_type(&self, dest: &str) -> Result<ColumnType, String> {
        let Some(text) = &self.column_type else { return Err(format!("column `{dest}` has no `type`")) };
        ColumnType::parse(text).map_err(|error| format!("column `{dest}`: {error}"))
    }

    fn default(&self, dest: &str) -> Result<Option<ColumnDefault>, String> {
        let Some(text) = self.defaultval.as_ref().and_then(default_text) else { return Ok(None) };
        match DefaultValue::parse(&text) {
            Ok(DefaultValue::Call { name, .. }) if !DEFAULT_CALLS.contains(&name.as_str()) => Err(format!(
                "column `{dest}`: `{name}` may not be called in a default, only {}",
                DEFAULT_CALLS.join(", ")
            )),
            Ok(value) => Ok(Some(ColumnDefault::Value(value))),
            Err(error) => Err(format!("column `{dest}`: {error}")),
        }
    }
}

fn noted<T>(read: Result<T, String>, problems: &mut Vec<String>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

/// A scalar as the SQL text that the original would have pasted; an empty one asks for no default.
fn default_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null => None,
        Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => Some(format!("{value:?}")),
    }
}
