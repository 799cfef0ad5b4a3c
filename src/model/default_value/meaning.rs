//! What a default is worth to a column: many spellings have one meaning.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;

const NAMES_OF_NOW: [&str; 4] = ["getdate", "sysdate", "now", "current_timestamp"];

/// The value as a column of this type holds it: `'0'` in a number column is the number 0.
pub(super) fn as_held(default: &DefaultValue, column_type: ColumnType) -> DefaultValue {
    match (default, column_type) {
        (DefaultValue::Text(text) | DefaultValue::Number(text), numeric) if is_number_type(numeric) => {
            DefaultValue::Number(canonical_number(text))
        }
        (DefaultValue::Number(text), ColumnType::Char(_) | ColumnType::Varchar(_)) => {
            DefaultValue::Text(text.clone())
        }
        (DefaultValue::Boolean(value), ColumnType::Char(_) | ColumnType::Varchar(_)) => {
            DefaultValue::Text(value.to_string())
        }
        (DefaultValue::Text(text) | DefaultValue::Number(text), ColumnType::Boolean) => match text.as_str() {
            "t" | "true" | "1" | "y" | "yes" => DefaultValue::Boolean(true),
            "f" | "false" | "0" | "n" | "no" => DefaultValue::Boolean(false),
            _ => default.clone(),
        },
        // The catalog has more than one spelling for the present, `('now'::text)::date` among them. Of today's
        // date only a DATE makes the same as of now.
        (DefaultValue::Call { name, .. }, ColumnType::Date) if name == "current_date" => now(),
        (DefaultValue::Call { name, .. }, _) if NAMES_OF_NOW.contains(&name.as_str()) => now(),
        (DefaultValue::Text(text), dates) if text == "now" && dates.holds_dates() => now(),
        (DefaultValue::Text(text), dates) if dates.holds_dates() => {
            DefaultValue::Text(canonical_moment(text))
        }
        _ => default.clone(),
    }
}

fn now() -> DefaultValue {
    DefaultValue::Call { name: "getdate".to_owned(), arguments: None }
}

fn is_number_type(column_type: ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::Numeric { .. }
            | ColumnType::Real
            | ColumnType::DoublePrecision
    )
}

/// `1970-01-01` and `1970-01-01 00:00:00+00` are one moment; what is none stays as written.
fn canonical_moment(text: &str) -> String {
    let text = text.trim();
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    let of_zoned =
        zoned.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()).map(|at| at.naive_utc());
    let of_plain = || plain.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let of_day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    let moment = of_zoned.or_else(of_plain).or_else(of_day);
    moment.map_or_else(|| text.to_owned(), |moment| moment.to_string())
}

/// `+01.50` and `1.5` are one number, as are `1e3` and `1000`; what is no number stays as written.
fn canonical_number(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.contains(['e', 'E'])
        && let Ok(number) = trimmed.parse::<f64>()
    {
        return canonical_number(&number.to_string());
    }
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return trimmed.to_owned();
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}
