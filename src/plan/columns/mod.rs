//! Which columns COPY lists, in which order: never by the order of the table.

mod header;
mod instants;
mod schema;
mod avro;
mod keys;

use crate::failure::FailureKind;
use crate::model::format::Mapping;
use crate::model::ident::Ident;
use crate::model::object::ObjectUri;
use crate::model::table::{Column, TableSpec};
use crate::model::zone::Zone;
use crate::plan::columns::avro::{are_milliseconds, of_avro};
use crate::plan::columns::header::of_header;
use crate::plan::columns::instants::refuse_epochs;
use crate::plan::columns::keys::of_keys;
use crate::plan::columns::schema::{are_numbered, of_numbers, of_schema};
use crate::plan::data_set::{Look, Seen};
use crate::plan::drift::Drift;
use crate::plan::reading::Reading;
use crate::source::placing::Placing;

/// The columns that COPY lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Never empty.
    pub columns: Vec<Ident>,
    pub by: By,
    /// Columns of the config that the file does not have: they take their default.
    pub left_out: Vec<Ident>,
    /// Fields that COPY takes into no column of their own.
    pub drift: Option<Drift>,
    /// Whether COPY must be told that timestamps are milliseconds, as Avro holds them.
    pub are_milliseconds: bool,
}

/// How the order of the columns is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It does not matter: values find their columns by name.
    Name,
    /// The paths of a file, one for each column of the config.
    Paths,
    /// Paths of our own, the last of which is that of the whole object.
    Rescue,
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

/// Finds the columns. `first` is the first file, and `look` what was seen of them all, where the reading calls for a look;
/// `None` means that there is nothing in them.
pub fn list(
    reading: &Reading,
    first: &ObjectUri,
    look: Option<&Look>,
    spec: &TableSpec,
    zone: Zone,
) -> Result<Listed, NotListed> {
    let wanted = spec.columns_of_files();
    refuse_epochs(reading, first, &wanted, zone)?;
    let Some(Look { file, seen }) = look else { return Ok(unseen(reading, &wanted, spec)) };
    let numbered = numbered(seen, spec);
    if !numbered.is_empty() {
        return Err(NotListed { file: file.clone(), clauses: numbered });
    }
    let listed = match seen {
        Seen::Odd(clause) => Err(vec![clause.clone()]),
        Seen::Header(names) => of_header(names, &wanted, spec.options.drift),
        Seen::Packed => Ok(in_order(&wanted, By::Unseen)),
        Seen::Orc(columns) if are_numbered(columns) => of_numbers(columns, reading, &wanted, zone),
        Seen::Parquet(columns) | Seen::Orc(columns) => of_schema(columns, reading, &wanted, zone),
        Seen::Avro(fields) => of_avro(fields, reading, file, spec, zone).map(|drift| {
            let are_milliseconds = are_milliseconds(fields, spec);
            Listed { drift, are_milliseconds, ..unseen(reading, &wanted, spec) }
        }),
        Seen::Keys(seen) => {
            let drift = of_keys(seen, spec)?;
            Ok(Listed { drift, ..unseen(reading, &wanted, spec) })
        }
        Seen::Paths(paths) if *paths == wanted.len() => Ok(in_order(&wanted, By::Paths)),
        Seen::Paths(paths) => Err(vec![format!(
            "has {paths} paths for the {} columns of the table config, and COPY wants one for each, in their order",
            wanted.len()
        )]),
    };
    listed.map_err(|clauses| NotListed { file: file.clone(), clauses })
}

/// Columns of a file that COPY can neither skip nor load, as Redshift numbers the rows in them.
fn numbered(seen: &Seen, spec: &TableSpec) -> Vec<String> {
    let names: Vec<&str> = match seen {
        Seen::Header(names) => names.iter().map(String::as_str).collect(),
        Seen::Parquet(columns) | Seen::Orc(columns) => {
            columns.iter().map(|column| column.name.as_str()).collect()
        }
        Seen::Odd(_) | Seen::Packed | Seen::Avro(_) | Seen::Keys(_) | Seen::Paths(_) => Vec::new(),
    };
    let identities = spec.columns.iter().filter(|column| column.is_identity()).map(|column| &column.name);
    let of_file = identities
        .filter(|column| names.iter().any(|name| name.trim().eq_ignore_ascii_case(column.as_str())));
    of_file
        .map(|column| format!("has the column `{column}`, which is an identity, so that Redshift fills it"))
        .collect()
}

/// Where nothing that was seen says in which order the columns come.
fn unseen(reading: &Reading, wanted: &[Column], spec: &TableSpec) -> Listed {
    let by = match reading.format.mapping() {
        Mapping::Name if reading.json_paths.is_some() => By::Paths,
        Mapping::Name => By::Name,
        Mapping::Position => By::Position,
    };
    match &spec.rescue {
        Some(rescue) if reading.can_rescue() => {
            let mut listed = in_order(wanted, By::Rescue);
            listed.columns.push(rescue.column.clone());
            listed
        }
        _ => in_order(wanted, by),
    }
}

fn by_names(placing: Placing, by: By) -> Listed {
    let Placing { placed, missing, .. } = placing;
    Listed { columns: placed, by, left_out: missing, drift: None, are_milliseconds: false }
}

fn in_order(wanted: &[Column], by: By) -> Listed {
    let columns = wanted.iter().map(|column| column.name.clone()).collect();
    Listed { columns, by, left_out: Vec::new(), drift: None, are_milliseconds: false }
}
