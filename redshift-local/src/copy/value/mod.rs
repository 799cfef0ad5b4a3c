//! One value into one column: judged by Redshift's rules and written in PostgreSQL's text format.

mod clock;
mod date;
mod digits;
pub(crate) mod bytes;
pub(crate) mod json;
pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod pattern;

use std::io::Write as _;

use chrono::NaiveDateTime;

use super::grammar::options::{DateFormat, Options, TimeFormat};
use super::load_error::Reject;
use super::target::{Column, ColumnKind};

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

fn write_text(kind: ColumnKind, value: &str, options: &Options, out: &mut Vec<u8>) -> Result<(), Reject> {
    let mut value = if options.trim_blanks { value.trim_end_matches(' ') } else { value };
    if value.contains('\0') {
        return Err(Reject::new(1218, "Invalid null byte - field longer than 1 byte"));
    }
    let (ColumnKind::Char { length } | ColumnKind::Varchar { length }) = kind else { return Ok(()) };
    if matches!(kind, ColumnKind::Char { .. }) {
        if !value.is_ascii() {
            return Err(Reject::new(1215, "CHAR string contains invalid ASCII character"));
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
                DateFormat::Pattern(pattern) => pattern.read(value).map(|moment| moment.local.date()),
            };
            let date =
                date.ok_or_else(|| Reject::new(1205, "Invalid Date Format - length must be 10 or more"))?;
            drop(write!(out, "{date}"));
            Ok(())
        }
        ColumnKind::Timestamp => {
            // An offset in the value is passed over, not applied [DG r_Datetime_types].
            let moment = read_moment(value, false, options).map(|moment| moment.local);
            write_moment(moment, "", out)
        }
        ColumnKind::TimestampTz => {
            let moment = read_moment(value, true, options).and_then(moment::Moment::utc);
            write_moment(moment, "+00", out)
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
        TimeFormat::Pattern(pattern) => pattern.read(value),
    }
}

fn write_moment(moment: Option<NaiveDateTime>, zone: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
    let moment = moment
        // Before the first year PostgreSQL would want "BC".
        .filter(|moment| (1..=9999).contains(&chrono::Datelike::year(moment)))
        .ok_or_else(|| Reject::new(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"))?;
    drop(write!(out, "{moment}{zone}"));
    Ok(())
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
mod tests {
    use super::*;

    fn check(kind: ColumnKind, value: Option<&str>, options: &Options) -> String {
        let column = Column { name: "c".to_owned(), kind, not_null: false, default: None };
        let mut out = Vec::new();
        match write(&column, value, options, &mut out) {
            Ok(()) => String::from_utf8(out).expect("text in, text out"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    const FOUR: ColumnKind = ColumnKind::Varchar { length: 4 };

    #[test]
    fn a_varchar_is_measured_in_bytes() {
        let plain = Options::default();
        assert_eq!(check(FOUR, Some("abcd"), &plain), "abcd");
        assert_eq!(check(FOUR, Some("äöü"), &plain), "1204 String length exceeds DDL length");
        let truncating = Options { truncate_columns: true, ..Options::default() };
        assert_eq!(check(FOUR, Some("aäöü"), &truncating), "aä");
    }

    #[test]
    fn text_is_escaped_and_null_is_not_text() {
        let plain = Options::default();
        assert_eq!(check(FOUR, Some("\\\t\n"), &plain), "\\\\\\t\\n");
        assert_eq!(check(FOUR, None, &plain), "\\N");
        assert_eq!(check(FOUR, Some(""), &plain), "");
        assert_eq!(check(FOUR, Some(""), &Options { empty_as_null: true, ..Options::default() }), "\\N");
        assert_eq!(check(FOUR, Some("  "), &Options { blanks_as_null: true, ..Options::default() }), "\\N");
        assert_eq!(check(ColumnKind::Integer, Some(""), &plain), "\\N");
    }

    #[test]
    fn a_null_for_a_not_null_column_takes_the_default_or_is_refused() {
        let mut column =
            Column { name: "c".to_owned(), kind: FOUR, not_null: true, default: Some("none".to_owned()) };
        let mut out = Vec::new();
        assert_eq!(write(&column, None, &Options::default(), &mut out), Ok(()));
        assert_eq!(out, b"none");
        column.default = None;
        assert_eq!(write(&column, None, &Options::default(), &mut out).expect_err("refused").code, 1213);
    }

    #[test]
    fn dates_and_times_follow_the_formats() {
        let plain = Options::default();
        let auto =
            Options { time_format: TimeFormat::Auto, date_format: DateFormat::Auto, ..Options::default() };
        assert!(check(ColumnKind::Timestamp, Some("2015-07-01T00:00:00Z"), &plain).starts_with("1206"));
        assert_eq!(check(ColumnKind::Timestamp, Some("2015-07-01T00:00:00Z"), &auto), "2015-07-01 00:00:00");
        assert_eq!(
            check(ColumnKind::TimestampTz, Some("2015-07-01T02:00:00+02:00"), &auto),
            "2015-07-01 00:00:00+00"
        );
        assert!(check(ColumnKind::Date, Some("01.07."), &auto).starts_with("1205"));
        let any = Options { accept_any_date: true, ..Options::default() };
        assert_eq!(check(ColumnKind::Date, Some("never"), &any), "\\N");
    }

    #[test]
    fn booleans_have_ten_spellings() {
        assert_eq!(check(ColumnKind::Boolean, Some("YES"), &Options::default()), "t");
        assert_eq!(check(ColumnKind::Boolean, Some("0"), &Options::default()), "f");
        assert_eq!(
            check(ColumnKind::Boolean, Some("maybe"), &Options::default()),
            "1210 Unknown boolean format"
        );
    }
}
