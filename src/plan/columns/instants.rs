//! Instants of a file: which columns take them as what they are.

use std::fmt;

use crate::model::column_type::ColumnType;
use crate::model::copy_options::option::CopyOption;
use crate::model::object::ObjectUri;
use crate::model::table::Column;
use crate::model::zone::Zone;
use crate::plan::columns::NotListed;
use crate::plan::reading::Reading;

/// Whether COPY takes the times of a file for numbers since 1970.
fn are_numbers(reading: &Reading) -> bool {
    reading.options.iter().any(|option| match option {
        CopyOption::TimeFormat(format) => {
            ["epochsecs", "epochmillisecs"].iter().any(|epoch| format.eq_ignore_ascii_case(epoch))
        }
        _ => false,
    })
}

/// Refuses numbers since 1970, which are instants, for columns of wall time in another zone than UTC.
pub(super) fn refuse_epochs(
    reading: &Reading,
    file: &ObjectUri,
    wanted: &[Column],
    zone: Zone,
) -> Result<(), NotListed> {
    if zone.is_always_utc() || !are_numbers(reading) {
        return Ok(());
    }
    let of_wall_time = wanted.iter().filter(|column| column.column_type == ColumnType::Timestamp);
    let clauses: Vec<String> = of_wall_time.map(|column| instants(&column.name, zone)).collect();
    if clauses.is_empty() { Ok(()) } else { Err(NotListed { file: file.clone(), clauses }) }
}

/// The clause about instants for a column of wall time.
pub(super) fn instants(column: impl fmt::Display, zone: Zone) -> String {
    format!(
        "has instants for the column `{column}`, which is a timestamp and would hold them in UTC, not in {zone}; make it a \
         timestamptz"
    )
}
