//! What the fields of an Avro schema mean for a load.
//!
//! COPY reads Avro's moments as the numbers that they are made of, of which TIMEFORMAT knows milliseconds only
//! (redshift-facts 1.4, 1.6).

use crate::model::column_type::ColumnType;
use crate::model::copy_options::option::CopyOption;
use crate::model::drift::OnDrift;
use crate::model::object::ObjectUri;
use crate::model::shown::excerpt;
use crate::model::table::TableSpec;
use crate::model::zone::Zone;
use crate::plan::columns::instants::instants;
use crate::plan::drift::Drift;
use crate::plan::reading::Reading;
use crate::source::head::avro::AvroField;

/// Field by field: what no column takes is dropped by COPY.
pub(super) fn of_avro(
    fields: &[AvroField],
    reading: &Reading,
    file: &ObjectUri,
    spec: &TableSpec,
    zone: Zone,
) -> Result<Option<Drift>, Vec<String>> {
    let in_wrong_zone = |field: &AvroField, column: ColumnType| {
        field.is_instant && column == ColumnType::Timestamp && !zone.is_always_utc()
    };
    let mut problems: Vec<String> = moments(fields, spec)
        .filter(|(field, column)| in_wrong_zone(field, *column))
        .map(|(field, _)| instants(&field.name, zone))
        .collect();
    problems.extend(moments(fields, spec).filter_map(|(field, column)| unreadable(field, column)));
    if are_milliseconds(fields, spec) {
        problems.extend(not_in_milliseconds(fields, reading, spec));
    }
    let drift = Drift::of_avro(fields, file, spec);
    if let Some(drift) = drift.as_ref().filter(|_| spec.options.drift != OnDrift::Report) {
        if spec.options.drift == OnDrift::Rescue {
            problems.push("is Avro, of which `drift: rescue` keeps nothing".to_owned());
        }
        problems.extend(drift.refusals());
    }
    if problems.is_empty() { Ok(drift) } else { Err(problems) }
}

/// Whether COPY must be told so of timestamps.
pub(super) fn are_milliseconds(fields: &[AvroField], spec: &TableSpec) -> bool {
    moments(fields, spec).any(|(field, _)| is_millis(&field.kind))
}

/// The fields for columns of dates and moments.
fn moments<'a>(
    fields: &'a [AvroField],
    spec: &'a TableSpec,
) -> impl Iterator<Item = (&'a AvroField, ColumnType)> {
    fields.iter().filter_map(|field| {
        let column = spec.column_of_field(&field.name)?;
        column.column_type.holds_dates().then_some((field, column.column_type))
    })
}

/// Why COPY would not read a field, or would read it wrong.
fn unreadable(field: &AvroField, column: ColumnType) -> Option<String> {
    let (kind, name) = (field.kind.as_str(), excerpt(&field.name));
    if kind == "date" {
        return Some(format!(
            "has days as numbers (`date`) for the column `{name}`, which COPY does not read; write them as text"
        ));
    }
    let is_too_fine = kind.contains("timestamp-") && !is_millis(kind);
    (is_too_fine || (column == ColumnType::Date && is_millis(kind))).then(|| {
        format!(
            "has `{}` for the column `{name}`, which is {column}, and COPY reads milliseconds into timestamps; write \
             timestamp-millis, or text",
            excerpt(kind)
        )
    })
}

/// What COPY would take for milliseconds, or milliseconds for something else: it reads all times of a file in one way.
fn not_in_milliseconds(fields: &[AvroField], reading: &Reading, spec: &TableSpec) -> Vec<String> {
    let of_time = moments(fields, spec)
        .filter(|(field, column)| *column != ColumnType::Date && !is_millis(&field.kind));
    // What is told of by itself.
    let others = of_time.filter(|(field, column)| unreadable(field, *column).is_none());
    let others = others.map(|(field, column)| {
        format!(
            "has `{}` for the column `{}`, which is {column}, beside times in milliseconds, and COPY reads all times of a file in \
             one way; write timestamp-millis",
            excerpt(&field.kind),
            excerpt(&field.name)
        )
    });
    let said = reading.options.iter().find_map(|option| match option {
        CopyOption::TimeFormat(format) if !format.eq_ignore_ascii_case("epochmillisecs") => Some(format!(
            "has times in milliseconds, and TIMEFORMAT '{}' is said; leave it away",
            excerpt(format)
        )),
        _ => None,
    });
    others.chain(said).collect()
}

fn is_millis(kind: &str) -> bool {
    matches!(kind, "timestamp-millis" | "local-timestamp-millis")
}
