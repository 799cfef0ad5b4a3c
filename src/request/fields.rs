//! The fields of a request as they were written, and the checks that make a [`LoadRequest`] of them.

use std::fmt;
use std::path::PathBuf;

use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;
use crate::request::{ConfigLocation, LoadRequest};

/// Fields of the message, or flags of the command line, of one name each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestFields {
    pub schema: Option<String>,
    pub tables: Option<Vec<String>>,
    pub bucket: Option<String>,
    pub truncate: bool,
    pub force: bool,
    pub date: Option<String>,
    pub config: Option<String>,
    pub expected_rows: Option<u64>,
}

/// Everything that is wrong with a request, each problem with the name of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidRequest {
    /// Never empty.
    pub problems: Vec<String>,
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

impl RequestFields {
    /// Checks every field and reports all problems at once.
    pub fn check(&self) -> Result<LoadRequest, InvalidRequest> {
        let mut problems = Vec::new();
        let schema = self.required("schema", self.schema.as_deref(), &mut problems);
        let schema = schema.and_then(|raw| name("schema", raw, &mut problems));
        let tables = self.table_names(&mut problems);
        let bucket = self.required("bucket", self.bucket.as_deref(), &mut problems);
        let source = bucket.and_then(|raw| {
            let parsed = SourceBucket::parse(raw);
            if parsed.is_none() {
                problems.push(format!(
                    "`bucket` must be a bucket or bucket/prefix such as analytics/events, not `{raw}`"
                ));
            }
            parsed
        });
        let date = self.date.as_deref().and_then(|raw| {
            DataDate::parse(raw).map_err(|error| problems.push(format!("`date`: {error}"))).ok()
        });
        let config = self.config.as_deref().and_then(|raw| config_location(raw, &mut problems));
        if self.expected_rows.is_some() && tables.len() > 1 {
            problems.push(
                "`expected_rows` is about one table, and `tables` names several; send a message for each"
                    .to_owned(),
            );
        }
        match (schema, source) {
            (Some(schema), Some(source)) if problems.is_empty() => Ok(LoadRequest {
                targets: tables
                    .into_iter()
                    .map(|table| TargetTable { schema: schema.clone(), table })
                    .collect(),
                source,
                truncate: self.truncate,
                force: self.force,
                date,
                config,
                expected_rows: self.expected_rows,
            }),
            _ => Err(InvalidRequest { problems }),
        }
    }

    fn required<'a>(
        &self,
        field: &str,
        value: Option<&'a str>,
        problems: &mut Vec<String>,
    ) -> Option<&'a str> {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        if value.is_none() {
            problems.push(format!("`{field}` is required"));
        }
        value
    }

    fn table_names(&self, problems: &mut Vec<String>) -> Vec<Ident> {
        let mut tables: Vec<Ident> = Vec::new();
        for raw in self.tables.iter().flatten().map(|raw| raw.trim()) {
            if let Some(table) = name("tables", raw, problems).filter(|table| !tables.contains(table)) {
                tables.push(table);
            }
        }
        if tables.is_empty() && problems.iter().all(|problem| !problem.starts_with("`tables`")) {
            problems.push("`tables` must name at least one table".to_owned());
        }
        tables
    }
}

fn name(field: &str, raw: &str, problems: &mut Vec<String>) -> Option<Ident> {
    Ident::new(raw).map_err(|error| problems.push(format!("`{field}`: {error}"))).ok()
}

fn config_location(raw: &str, problems: &mut Vec<String>) -> Option<ConfigLocation> {
    if raw.trim().is_empty() {
        problems.push("`config` must be an s3:// address or a path, or be left out".to_owned());
        return None;
    }
    if raw.contains("://") && !raw.starts_with("s3://") {
        problems.push(format!("`config` must be an s3:// address or a path, not `{raw}`"));
        return None;
    }
    if !raw.starts_with("s3://") {
        return Some(ConfigLocation::Local(PathBuf::from(raw)));
    }
    match ObjectUri::parse(raw) {
        Ok(uri) => Some(ConfigLocation::S3(uri)),
        Err(error) => {
            problems.push(format!("`config`: {error}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(fields: &RequestFields, expected: &Expect) {
        let text = match fields.check() {
            Ok(request) => format!("{request:#?}"),
            Err(invalid) => invalid.problems.join("\n"),
        };
        expected.assert_eq(&text);
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let fields = RequestFields {
            schema: text(" "),
            bucket: text("/"),
            date: text("yesterday"),
            config: text("s3://only-a-bucket"),
            ..RequestFields::default()
        };
        check(
            &fields,
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
        let fields = RequestFields {
            schema: text("Api"),
            tables: Some(vec!["pages".to_owned(), " Pages ".to_owned()]),
            bucket: text("analytics"),
            ..RequestFields::default()
        };
        let targets = fields.check().unwrap().targets;
        assert_eq!(targets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["api.pages"]);
    }
}
