//! One value into one column: judged by Redshift's rules and written in PostgreSQL's text format.

mod calendar;
mod clock;
mod date;
mod digits;
pub(crate) mod bytes;
pub(crate) mod json;
pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod pattern;

use super::column_kind::ColumnKind;
use super::grammar::options::{DateFormat, Options, TimeFormat};
use super::load_error::Reject;
use super::target::Column;

pub(crate) const NULL: &[u8] = b"\\N";

/// Appends the value, `None` being NULL.
pub(crate) fn write(
    column: &Column,
    value: Option<&str>,
    options: &Options,
    out: &mut Vec<u8>,
) -> Result<(), Reject> {
    match value.filter(|value| !stands_for_null(column.kind, value, options)) {
        Some(value) if column.kind.is_text() => write_text(column.kind, value, options, out),
        Some(value) => match write_plain(column.kind, value.trim(), options, out) {
            Err(_) if options.accept_any_date && is_moment(column.kind) => write_null(column, out),
            outcome => outcome,
        },
        None => write_null(column, out),
    }
}

/// An empty field is NULL in any column but a text one; the options say when it is in those too.
fn stands_for_null(kind: ColumnKind, value: &str, options: &Options) -> bool {
    if !kind.is_text() {
        return value.trim().is_empty();
    }
    (options.empty_as_null && value.is_empty())
        || (options.blanks_as_null && !value.is_empty() && value.trim_ascii().is_empty())
}

fn is_moment(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Date | ColumnKind::Timestamp | ColumnKind::TimestampTz)
}

fn write_null(column: &Column, out: &mut Vec<u8>) -> Result<(), Reject> {
    match &column.default {
        _ if !column.not_null => out.extend_from_slice(NULL),
        Some(default) => escape(default, out),
        None => return Err(Reject::new(1213, "Missing data for not-null field")),
    }
    Ok(())
}

/// For a CHAR.
pub(crate) fn not_single_bytes() -> Reject {
    Reject::new(1215, "CHAR string contains invalid ASCII character")
}

fn write_text(kind: ColumnKind, value: &str, options: &Options, out: &mut Vec<u8>) -> Result<(), Reject> {
    let mut value = if options.trim_blanks { value.trim_end_matches(' ') } else { value };
    if value.contains('\0') {
        return Err(Reject::new(1218, "Invalid null byte - field longer than 1 byte"));
    }
    let (ColumnKind::Char { length } | ColumnKind::Varchar { length }) = kind else { return Ok(()) };
    if matches!(kind, ColumnKind::Char { .. }) {
        if !value.is_ascii() {
            return Err(not_single_bytes());
        }
        // Blanks at the end are not part of a CHAR.
        value = value.trim_end_matches(' ');
    }
    // Lengths are bytes, not characters (fact 0.19).
    if value.len() > length {
        if !options.truncate_columns {
            return Err(Reject::new(1204, "String length exceeds DDL length").at(length));
        }
        value = value.get(..value.floor_char_boundary(length)).unwrap_or_default();
    }
    escape(value, out);
    Ok(())
}

fn write_plain(kind: ColumnKind, value: &str, options: &Options, out: &mut Vec<u8>) -> Result<(), Reject> {
    match kind {
        ColumnKind::SmallInt => number::integer(value, (i16::MIN.into(), i16::MAX.into()), "Short", out),
        ColumnKind::Integer => number::integer(value, (i32::MIN.into(), i32::MAX.into()), "Integer", out),
        ColumnKind::BigInt => number::integer(value, (i64::MIN, i64::MAX), "Long", out),
        ColumnKind::Numeric { precision, scale } => {
            number::decimal(value, (precision, scale), options.round_decimals, out)
        }
        ColumnKind::Real => number::float(value, true, out),
        ColumnKind::Double => number::float(value, false, out),
        ColumnKind::Boolean => write_boolean(value, out),
        ColumnKind::Date => {
            let date = match &options.date_format {
                DateFormat::Standard => moment::date(value),
                DateFormat::Auto => moment::auto_date(value),
                DateFormat::EpochDays => moment::epoch_days(value),
                DateFormat::Pattern(pattern) => pattern.read(value).map(|moment| moment.local.date()),
            };
            date.and_then(|date| calendar::write_date(date, "", out))
                .ok_or_else(|| no_date(value, &options.date_format))
        }
        ColumnKind::Timestamp => {
            // An offset in the value is passed over, not applied [DG r_Datetime_types].
            let moment = read_moment(value, false, options).map(|moment| moment.local);
            moment
                .and_then(|moment| calendar::write_moment(moment, "", out))
                .ok_or_else(|| no_moment(false, &options.time_format))
        }
        ColumnKind::TimestampTz => {
            let moment = read_moment(value, true, options).and_then(moment::Moment::utc);
            moment
                .and_then(|moment| calendar::write_moment(moment, "+00", out))
                .ok_or_else(|| no_moment(true, &options.time_format))
        }
        ColumnKind::Time | ColumnKind::TimeTz => {
            let with_zone = kind == ColumnKind::TimeTz;
            moment::write_time(value, with_zone, out)
                .ok_or_else(|| Reject::new(1206, "Invalid time format or value [HH24:MI:SS]"))
        }
        ColumnKind::Super => json::write(value, out),
        ColumnKind::Varbyte { length } => bytes::write(value, length, out),
        ColumnKind::Char { .. } | ColumnKind::Varchar { .. } => write_text(kind, value, options, out),
    }
}

fn read_moment(value: &str, with_offset: bool, options: &Options) -> Option<moment::Moment> {
    match &options.time_format {
        TimeFormat::Standard => moment::timestamp(value, with_offset),
        TimeFormat::Auto => moment::auto_timestamp(value),
        TimeFormat::EpochSeconds => moment::epoch(value, false),
        TimeFormat::EpochMilliseconds => moment::epoch(value, true),
        TimeFormat::EpochMicroseconds => moment::epoch_micros(value),
        TimeFormat::Pattern(pattern) => pattern.read(value),
    }
}

/// Redshift goes on to the year 294276, our calendar does not.
pub(crate) const OUTSIDE: &str = "is outside of the years that redshift-local covers, 4713 BC to 262142";

/// What is too short is told so whatever the format [keboola/db-writer-redshift tests]; the other text is made like the
/// one for timestamps, since Redshift's own is not known.
fn no_date(value: &str, format: &DateFormat) -> Reject {
    let format = match format {
        DateFormat::Standard if value.len() < 10 => {
            return Reject::new(1205, "Invalid Date Format - length must be 10 or more");
        }
        DateFormat::Standard => "YYYY-MM-DD",
        DateFormat::EpochDays => return Reject::new(1205, format!("A date {OUTSIDE}")),
        DateFormat::Auto => "auto",
        DateFormat::Pattern(pattern) => pattern.text(),
    };
    Reject::new(1205, format!("Invalid Date Format [{format}]"))
}

/// With the format in brackets (databricks/spark-redshift issue 355, risingwave issue 23282).
fn no_moment(with_offset: bool, format: &TimeFormat) -> Reject {
    let format = match format {
        TimeFormat::Standard if with_offset => "YYYY-MM-DD HH24:MI:SSOF",
        TimeFormat::Pattern(pattern) => pattern.text(),
        TimeFormat::EpochMicroseconds => return Reject::new(1206, format!("A timestamp {OUTSIDE}")),
        _ => "YYYY-MM-DD HH24:MI:SS",
    };
    Reject::new(1206, format!("Invalid timestamp format or value [{format}]"))
}

fn write_boolean(value: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
    const TRUE: [&str; 5] = ["t", "true", "y", "yes", "1"];
    const FALSE: [&str; 5] = ["f", "false", "n", "no", "0"];
    let is = |word: &&str| value.eq_ignore_ascii_case(word);
    if TRUE.iter().any(is) {
        out.push(b't');
    } else if FALSE.iter().any(is) {
        out.push(b'f');
    } else {
        return Err(Reject::new(1210, "Unknown boolean format"));
    }
    Ok(())
}

/// Escapes what has a meaning in PostgreSQL's text format.
fn escape(value: &str, out: &mut Vec<u8>) {
    let mut rest = value.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t')) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(match rest[at] {
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            other => other,
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests;
