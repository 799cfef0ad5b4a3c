//! Which columns COPY lists, in which order: never by the order of the table.

use crate::failure::FailureKind;
use crate::model::column_type::ColumnType;
use crate::model::copy_options::word::CopyWord;
use crate::model::format::{Format, Mapping};
use crate::model::ident::Ident;
use crate::model::object::ObjectUri;
use crate::model::shown::excerpt;
use crate::model::table::{Column, TableSpec};
use crate::model::zone::Zone;
use crate::plan::data_set::{Look, Seen};
use crate::plan::reading::Reading;
use crate::source::head::avro::AvroField;
use crate::source::parquet::columns::ParquetColumn;
use crate::source::parquet::fits::fits;
use crate::source::placing::Placing;

/// The columns that COPY lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Never empty.
    pub columns: Vec<Ident>,
    pub by: By,
    /// Columns of the config that the file does not have: they take their default.
    pub left_out: Vec<Ident>,
}

/// How the order of the columns is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It does not matter: values find their columns by name.
    Name,
    /// The paths of a file, one for each column of the config.
    Paths,
    /// The last line that is skipped names them.
    Header,
    /// The last line that is skipped does not: the config's order.
    HeaderOfOthers,
    /// Nothing names them: the config's order.
    Position,
    /// The schema of the file.
    Schema,
    /// The file has a schema, which was not looked at: the config's order.
    Unseen,
}

/// Why the columns of a file cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} {}; change the file or the table config", .clauses.join("; it "))]
pub struct NotListed {
    pub file: ObjectUri,
    /// Each follows the name of the file. Never empty.
    clauses: Vec<String>,
}

impl NotListed {
    pub fn kind(&self) -> FailureKind {
        FailureKind::UnusableDataFile
    }
}

/// Finds the columns. `look` is what was seen of the files, where the reading calls for a look; `None` means that there is
/// nothing in them.
pub fn list(
    reading: &Reading,
    look: Option<&Look>,
    spec: &TableSpec,
    zone: Zone,
) -> Result<Listed, NotListed> {
    let Some(Look { file, seen }) = look else { return Ok(in_order(spec, unseen(reading))) };
    let listed = match seen {
        Seen::Odd(clause) => Err(vec![clause.clone()]),
        Seen::Header(names) => of_header(names, spec),
        Seen::Parquet(columns) => of_parquet(columns, reading, spec, zone),
        Seen::Avro(fields) => of_avro(fields, spec, zone).map(|()| in_order(spec, unseen(reading))),
        Seen::Paths(paths) if *paths == spec.columns.len() => Ok(in_order(spec, By::Paths)),
        Seen::Paths(paths) => Err(vec![format!(
            "has {paths} paths for the {} columns of the table config, and COPY wants one for each, in their order",
            spec.columns.len()
        )]),
    };
    listed.map_err(|clauses| NotListed { file: file.clone(), clauses })
}

fn unseen(reading: &Reading) -> By {
    match reading.format.mapping() {
        Mapping::Name if reading.json_paths.is_some() => By::Paths,
        Mapping::Name => By::Name,
        Mapping::Position if reading.format == Format::Orc => By::Unseen,
        Mapping::Position => By::Position,
    }
}

fn in_order(spec: &TableSpec, by: By) -> Listed {
    let columns = spec.columns.iter().map(|column| column.name.clone()).collect();
    Listed { columns, by, left_out: Vec::new() }
}

/// A header whose names are all columns is the mapping. One in which none is, or where those that are stand at their place
/// in the config among as many, is for people; any other is one that is nearly meant.
fn of_header(names: &[String], spec: &TableSpec) -> Result<Listed, Vec<String>> {
    let placing = Placing::of(names.iter().map(String::as_str), &spec.columns);
    if !placing.is_mapping() {
        if placing.placed.is_empty() || are_at_their_place(names, &spec.columns) {
            return Ok(in_order(spec, By::HeaderOfOthers));
        }
        let unknown = placing.unknown.iter().map(|name| {
            format!(
                "has the column `{}` in its header, which the table config lacks, and COPY cannot skip it",
                excerpt(name)
            )
        });
        let twice = placing
            .twice
            .iter()
            .map(|name| format!("has the column `{}` twice in its header", excerpt(name)));
        return Err(unknown.chain(twice).collect());
    }
    let needed = spec.columns.iter().filter(|column| column.not_null && column.default.is_none());
    let lacking: Vec<String> = needed
        .filter(|column| placing.missing.contains(&column.name))
        .map(|column| format!("lacks the column `{}`, which is NOT NULL without a default", column.name))
        .collect();
    if !lacking.is_empty() {
        return Err(lacking);
    }
    Ok(Listed { columns: placing.placed, by: By::Header, left_out: placing.missing })
}

fn are_at_their_place(names: &[String], columns: &[Column]) -> bool {
    let is_known = |name: &str| columns.iter().any(|column| column.name.as_str() == name);
    let fits = |(name, column): (&String, &Column)| {
        let name = name.to_ascii_lowercase();
        column.name.as_str() == name || !is_known(&name)
    };
    names.len() == columns.len() && names.iter().zip(columns).all(fits)
}

fn of_parquet(
    columns: &[ParquetColumn],
    reading: &Reading,
    spec: &TableSpec,
    zone: Zone,
) -> Result<Listed, Vec<String>> {
    let fitting = fits(columns, &spec.columns, reading.options.says(CopyWord::SerializeToJson));
    let mut problems: Vec<String> = fitting.problems.iter().map(ToString::to_string).collect();
    problems
        .extend(fitting.instants.iter().filter(|_| zone != Zone::UTC).map(|column| instants(column, zone)));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Listed { columns: fitting.placing.placed, by: By::Schema, left_out: fitting.placing.missing })
}

fn of_avro(fields: &[AvroField], spec: &TableSpec, zone: Zone) -> Result<(), Vec<String>> {
    let takes = |field: &&AvroField| {
        let column =
            spec.columns.iter().find(|column| column.name.as_str() == field.name.to_ascii_lowercase());
        field.is_instant && column.is_some_and(|column| column.column_type == ColumnType::Timestamp)
    };
    let problems: Vec<String> = fields
        .iter()
        .filter(takes)
        .filter(|_| zone != Zone::UTC)
        .map(|field| instants(&field.name, zone))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn instants(column: impl std::fmt::Display, zone: Zone) -> String {
    format!(
        "has instants for the column `{column}`, which is a timestamp and would hold them in UTC, not in {zone}; make it a \
         timestamptz"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| Column {
            name: Ident::new(name).unwrap(),
            column_type: ColumnType::BigInt,
            not_null: false,
            default: None,
        };
        names.iter().map(column).collect()
    }

    #[test]
    fn a_header_for_people_names_no_column_at_a_wrong_place() {
        let at_place = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            are_at_their_place(&names, &columns(&["id", "name", "time"]))
        };
        assert!(at_place(&["ID", "Full name", "time"]));
        assert!(at_place(&["a", "b", "c"]));
        assert!(!at_place(&["id", "time", "extra"]));
        assert!(!at_place(&["id", "name", "time", "extra"]));
    }
}
