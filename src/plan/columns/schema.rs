//! The list of columns by the schema of a file.

use crate::model::copy_options::word::CopyWord;
use crate::model::drift::OnDrift;
use crate::model::object::ObjectUri;
use crate::model::table::{Column, TableSpec};
use crate::model::zone::Zone;
use crate::plan::columns::instants::{instants, problems_of_avro};
use crate::plan::columns::{By, Listed};
use crate::plan::drift::{Drift, is_refused, taken_by};
use crate::plan::reading::Reading;
use crate::source::head::avro::AvroField;
use crate::source::parquet::columns::ParquetColumn;
use crate::source::parquet::fits::{Problem, fits};
use crate::source::placing::Placing;

pub(super) fn of_parquet(
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
    let Placing { placed, missing, .. } = fitting.placing;
    Ok(Listed { columns: placed, by: By::Schema, left_out: missing, drift: None })
}

/// The word of a table config for a column of the file.
fn type_word(columns: &[ParquetColumn], name: &str) -> String {
    let column = columns.iter().find(|column| column.name == name);
    column.map_or_else(|| "text".to_owned(), |column| column.kind.type_word())
}

/// Field by field: what no column takes is dropped by COPY.
pub(super) fn of_avro(
    fields: &[AvroField],
    reading: &Reading,
    file: &ObjectUri,
    spec: &TableSpec,
    zone: Zone,
) -> Result<Option<Drift>, Vec<String>> {
    let mut problems = problems_of_avro(fields, reading, spec, zone);
    let drift = Drift::of_avro(fields, file, spec);
    if let Some(drift) = drift.as_ref().filter(|_| is_refused(spec.options.drift, false)) {
        if spec.options.drift == OnDrift::Rescue {
            problems.push("is Avro, of which `drift: rescue` keeps nothing".to_owned());
        }
        problems.extend(drift.refusals());
    }
    if problems.is_empty() { Ok(drift) } else { Err(problems) }
}
