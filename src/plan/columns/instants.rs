//! Instants of a file: which columns take them as what they are.

use std::fmt;

use crate::model::column_type::ColumnType;
use crate::model::copy_options::option::CopyOption;
use crate::model::object::ObjectUri;
use crate::model::table::{Column, TableSpec};
use crate::model::zone::Zone;
use crate::plan::columns::NotListed;
use crate::plan::reading::Reading;
use crate::source::head::avro::AvroField;

const EPOCH_SECONDS: &str = "epochsecs";
const EPOCH_MILLISECONDS: &str = "epochmillisecs";

/// The TIMEFORMAT by which COPY takes the times of a file for numbers since 1970, when it is one.
fn epoch_format(reading: &Reading) -> Option<&'static str> {
    reading.options.iter().find_map(|option| match option {
        CopyOption::TimeFormat(format) => {
            [EPOCH_SECONDS, EPOCH_MILLISECONDS].into_iter().find(|epoch| format.eq_ignore_ascii_case(epoch))
        }
        _ => None,
    })
}

/// Refuses numbers since 1970, which are instants, for columns of wall time in another zone than UTC.
pub(super) fn refuse_epochs(
    reading: &Reading,
    file: &ObjectUri,
    wanted: &[Column],
    zone: Zone,
) -> Result<(), NotListed> {
    if zone.is_always_utc() || epoch_format(reading).is_none() {
        return Ok(());
    }
    let of_wall_time = wanted.iter().filter(|column| column.column_type == ColumnType::Timestamp);
    let clauses: Vec<String> = of_wall_time.map(|column| instants(&column.name, zone)).collect();
    if clauses.is_empty() { Ok(()) } else { Err(NotListed { file: file.clone(), clauses }) }
}

/// What is the matter with the instants of Avro. COPY sees the number behind a logical type, and nothing else of it: without
/// TIMEFORMAT 'epochmillisecs' it refuses every row, and a number of microseconds at any rate.
pub(super) fn problems_of_avro(
    fields: &[AvroField],
    reading: &Reading,
    spec: &TableSpec,
    zone: Zone,
) -> Vec<String> {
    let in_milliseconds = epoch_format(reading) == Some(EPOCH_MILLISECONDS);
    let problem = |field: &AvroField| {
        let name = field.name.to_ascii_lowercase();
        let column = spec.columns.iter().find(|column| column.name.as_str() == name)?;
        match (field.kind.rsplit_once("timestamp-")?, column.column_type) {
            (_, ColumnType::Timestamp) if field.is_instant && !zone.is_always_utc() => {
                Some(instants(&name, zone))
            }
            ((_, "millis"), ColumnType::Timestamp | ColumnType::TimestampTz) if !in_milliseconds => {
                Some(format!(
                    "has milliseconds since 1970 for the column `{name}`, which COPY reads with `copy_options: \
                     [\"TIMEFORMAT 'epochmillisecs'\"]` only"
                ))
            }
            ((_, "micros" | "nanos"), ColumnType::Timestamp | ColumnType::TimestampTz) => Some(format!(
                "has times for the column `{name}` in a finer unit than milliseconds, which COPY cannot read; write \
                 milliseconds, or a text"
            )),
            _ => None,
        }
    };
    fields.iter().filter_map(problem).collect()
}

/// The clause about instants for a column of wall time.
pub(super) fn instants(column: impl fmt::Display, zone: Zone) -> String {
    format!(
        "has instants for the column `{column}`, which is a timestamp and would hold them in UTC, not in {zone}; make it a \
         timestamptz"
    )
}
