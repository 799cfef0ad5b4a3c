//! The list of columns by the schema of a file.

use crate::model::copy_options::word::CopyWord;
use crate::model::table::Column;
use crate::model::zone::Zone;
use crate::plan::columns::instants::instants;
use crate::plan::columns::{By, Listed, by_names, in_order};
use crate::plan::drift::taken_by;
use crate::plan::reading::Reading;
use crate::source::parquet::columns::ParquetColumn;
use crate::source::parquet::fits::{Problem, fits};

pub(super) fn of_schema(
    columns: &[ParquetColumn],
    reading: &Reading,
    wanted: &[Column],
    zone: Zone,
) -> Result<Listed, Vec<String>> {
    let fitting = fits(columns, wanted, reading.options.says(CopyWord::SerializeToJson));
    let mut problems: Vec<String> = fitting
        .problems
        .iter()
        .map(|problem| match problem {
            Problem::Unknown(name) => format!("{problem}{}", taken_by(name, &type_word(columns, name))),
            problem => problem.to_string(),
        })
        .collect();
    problems.extend(
        fitting.instants.iter().filter(|_| !zone.is_always_utc()).map(|column| instants(column, zone)),
    );
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(by_names(fitting.placing, By::Schema))
}

/// The word of a table config for a column of the file.
fn type_word(columns: &[ParquetColumn], name: &str) -> String {
    let column = columns.iter().find(|column| column.name == name);
    column.map_or_else(|| "longtext".to_owned(), |column| column.kind.type_word())
}

/// Whether they have the names that Hive gave the columns of ORC before it knew theirs: `_col0`, `_col1`.
pub(super) fn are_numbered(columns: &[ParquetColumn]) -> bool {
    let is_numbered = |(place, column): (usize, &ParquetColumn)| column.name == format!("_col{place}");
    !columns.is_empty() && columns.iter().enumerate().all(is_numbered)
}

/// By their place, and judged as if they had the names of the config.
pub(super) fn of_numbers(
    columns: &[ParquetColumn],
    reading: &Reading,
    wanted: &[Column],
    zone: Zone,
) -> Result<Listed, Vec<String>> {
    if columns.len() != wanted.len() {
        return Err(vec![format!(
            "has {} columns without names (`_col0` and so on) for the {} of the table config, and they go by position",
            columns.len(),
            wanted.len()
        )]);
    }
    let named = |(column, wanted): (&ParquetColumn, &Column)| ParquetColumn {
        name: wanted.name.to_string(),
        ..column.clone()
    };
    let named: Vec<ParquetColumn> = columns.iter().zip(wanted).map(named).collect();
    of_schema(&named, reading, wanted, zone).map(|_| in_order(wanted, By::Position))
}
