//! Which table the config is for.

use crate::cli::config_infer::InferFlags;
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::source::layout::{dated_name, partition_target};

/// By the flags, else by the name of the file.
///
/// # Errors
/// When neither says it for certain; a sentence.
pub(super) fn target(flags: &InferFlags) -> Result<TargetTable, String> {
    let (schema, table) = names(&flags.source, flags.schema.as_deref(), flags.table.as_deref())?;
    let name = |flag: &str, text: &str| Ident::new(text).map_err(|error| format!("{flag}: {error}"));
    Ok(TargetTable { schema: name("--schema", &schema)?, table: name("--table", &table)? })
}

fn names(path: &str, schema: Option<&str>, table: Option<&str>) -> Result<(String, String), String> {
    if let (Some(schema), Some(table)) = (schema, table) {
        return Ok((schema.to_owned(), table.to_owned()));
    }
    if let Some((by_schema, by_table)) = partition_target(path) {
        return Ok((schema.unwrap_or(by_schema).to_owned(), table.unwrap_or(by_table).to_owned()));
    }
    let unnamed = || {
        "say --schema and --table: the name of the file is not <schema>_<table>_<RFC 3339 date>.<suffix>"
            .to_owned()
    };
    let both = dated_name(path).ok_or_else(unnamed)?.target;
    let found = match (schema, table) {
        (Some(schema), _) => both.strip_prefix(&format!("{schema}_")).map(|table| (schema, table)),
        (None, Some(table)) => both.strip_suffix(&format!("_{table}")).map(|schema| (schema, table)),
        (None, None) => both.split_once('_').filter(|(_, table)| !table.contains('_')),
    };
    let (schema, table) = found.ok_or_else(|| {
        format!("say --schema and --table: where the schema ends in `{both}` is not certain")
    })?;
    Ok((schema.to_owned(), table.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, schema: Option<&str>, table: Option<&str>) -> String {
        match names(path, schema, table) {
            Ok((schema, table)) => format!("{schema}.{table}"),
            Err(error) => error,
        }
    }

    #[test]
    fn the_name_of_the_file_says_the_target_where_it_is_certain() {
        let flat = "s3://b/x/nyc_flights_2013-01-01T00:00:00Z.json.gz";
        assert_eq!(told(flat, None, None), "nyc.flights");
        assert_eq!(told(flat, Some("other"), Some("table")), "other.table");
        let long = "api_hits_pages_2015-07-01T00:00:00Z.csv";
        assert_eq!(told(long, Some("api_hits"), None), "api_hits.pages");
        assert_eq!(told(long, None, Some("pages")), "api_hits.pages");
        assert!(told(long, None, None).contains("where the schema ends in `api_hits_pages` is not certain"));
        let folders = "s3://b/api_hits/pages/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/";
        assert_eq!(told(&format!("{folders}{long}"), None, None), "api_hits.pages");
        assert!(told("data.json", Some("s"), None).contains("say --schema and --table"));
    }
}
