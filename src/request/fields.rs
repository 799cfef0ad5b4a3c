//! The fields of a request as they were written, and the checks that make a [`LoadRequest`] of them.

use std::fmt;
use std::path::PathBuf;

use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::model::target_table::TargetTable;
use crate::request::{ConfigLocation, LoadRequest};

/// Bytes of a bucket and its prefix: a key of S3 has no more.
const LONGEST_BUCKET: usize = 1024;
const LONGEST_DATE: usize = 64;
/// Bytes of `config`: a bucket and a key, or a path.
const LONGEST_CONFIG: usize = 2048;

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
    /// Required fields that are there, if not as a value above: what is wrong with them is known, so they are not
    /// reported as missing.
    pub unreadable: Vec<&'static str>,
}

/// Everything that is wrong with a request, each problem with the name of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidRequest {
    /// Never empty.
    pub problems: Vec<String>,
    /// The tables that it names all the same, as far as schema and names are usable: whoever reads the log asks for them.
    pub targets: Vec<TargetTable>,
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

impl RequestFields {
    /// Checks every field and reports all problems at once, after those that are known.
    pub fn check(&self, known: Problems) -> Result<LoadRequest, InvalidRequest> {
        let mut problems = known;
        let schema = self.required("schema", self.schema.as_deref(), &mut problems);
        let schema = schema.and_then(|raw| name("schema", raw, &mut problems));
        let tables = self.table_names(&mut problems);
        let bucket = self.required("bucket", self.bucket.as_deref(), &mut problems);
        let bucket = bucket.filter(|raw| fits("bucket", raw, LONGEST_BUCKET, &mut problems));
        let source = bucket.and_then(|raw| {
            let parsed = SourceBucket::parse(raw);
            if parsed.is_none() {
                problems.add(format!(
                    "`bucket` must be a bucket or bucket/prefix such as analytics/events, not `{}`",
                    excerpt(raw)
                ));
            }
            parsed
        });
        let date = self.date.as_deref().filter(|raw| fits("date", raw, LONGEST_DATE, &mut problems));
        let date = date
            .and_then(|raw| problems.noted(DataDate::parse(raw).map_err(|error| format!("`date`: {error}"))));
        let config = self.config.as_deref().filter(|raw| fits("config", raw, LONGEST_CONFIG, &mut problems));
        let config = config.and_then(|raw| config_location(raw, &mut problems));
        if self.expected_rows.is_some() && tables.len() > 1 {
            problems.add(
                "`expected_rows` is about one table, and `tables` names several; send a message for each",
            );
        }
        let in_schema = |schema: Ident| {
            tables.into_iter().map(|table| TargetTable { schema: schema.clone(), table }).collect()
        };
        let targets: Vec<TargetTable> = schema.map(in_schema).unwrap_or_default();
        match source {
            Some(source) if problems.is_empty() => Ok(LoadRequest {
                targets,
                source,
                truncate: self.truncate,
                force: self.force,
                date,
                config,
                expected_rows: self.expected_rows,
            }),
            _ => Err(InvalidRequest { problems: problems.into_list(), targets }),
        }
    }

    fn required<'a>(&self, field: &str, value: Option<&'a str>, problems: &mut Problems) -> Option<&'a str> {
        let trimmed = value.map(str::trim).filter(|value| !value.is_empty());
        if trimmed.is_none() && (value.is_some() || !self.unreadable.contains(&field)) {
            problems.add(format!("`{field}` is required"));
        }
        trimmed
    }

    fn table_names(&self, problems: &mut Problems) -> Vec<Ident> {
        let mut tables: Vec<Ident> = Vec::new();
        for raw in self.tables.iter().flatten().map(|raw| raw.trim()) {
            if let Some(table) = name("tables", raw, problems).filter(|table| !tables.contains(table)) {
                tables.push(table);
            }
        }
        let are_none = match &self.tables {
            Some(names) => names.is_empty(),
            None => !self.unreadable.contains(&"tables"),
        };
        if are_none {
            problems.add("`tables` must name at least one table");
        }
        tables
    }
}

fn name(field: &str, raw: &str, problems: &mut Problems) -> Option<Ident> {
    problems.noted(Ident::new(raw).map_err(|error| format!("`{field}`: {error}")))
}

fn fits(field: &str, raw: &str, longest: usize, problems: &mut Problems) -> bool {
    let fits = raw.len() <= longest;
    if !fits {
        problems.add(format!("`{field}` is {} bytes long, at most {longest} bytes are taken", raw.len()));
    }
    fits
}

fn config_location(raw: &str, problems: &mut Problems) -> Option<ConfigLocation> {
    if raw.trim().is_empty() {
        problems.add("`config` must be an s3:// address or a path, or be left out");
        return None;
    }
    if raw.contains("://") && !raw.starts_with("s3://") {
        problems.add(format!("`config` must be an s3:// address or a path, not `{}`", excerpt(raw)));
        return None;
    }
    if !raw.starts_with("s3://") {
        return Some(ConfigLocation::Local(PathBuf::from(raw)));
    }
    let uri = ObjectUri::parse(raw).map_err(|error| format!("`config`: {error}"));
    problems.noted(uri).map(ConfigLocation::S3)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(fields: &RequestFields, expected: &Expect) {
        let text = match fields.check(Problems::default()) {
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
        let targets = fields.check(Problems::default()).unwrap().targets;
        assert_eq!(targets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["api.pages"]);
    }
}
