//! Whether a column can hold its default at all. What cannot be is known before CREATE TABLE, or the first row, fails.

use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;

/// Words that Redshift takes for a boolean (Developer Guide, Boolean type).
const BOOLEANS: [&str; 10] = ["t", "true", "y", "yes", "1", "f", "false", "n", "no", "0"];
/// Words that stand for a moment, beside those that are written in digits.
const MOMENTS: [&str; 5] = ["now", "today", "tomorrow", "yesterday", "epoch"];

/// Calls are judged elsewhere, and types whose values have no plain form take what Redshift takes.
pub(super) fn fits(value: &DefaultValue, column_type: ColumnType) -> bool {
    let text = match value {
        DefaultValue::Null | DefaultValue::Call { .. } => return true,
        DefaultValue::Boolean(value) => value.to_string(),
        DefaultValue::Number(text) | DefaultValue::Text(text) => text.trim().to_owned(),
    };
    let in_quotes = matches!(value, DefaultValue::Text(_));
    match column_type {
        ColumnType::SmallInt => is_whole(&text, i128::from(i16::MIN), i128::from(i16::MAX)),
        ColumnType::Integer => is_whole(&text, i128::from(i32::MIN), i128::from(i32::MAX)),
        ColumnType::BigInt => is_whole(&text, i128::from(i64::MIN), i128::from(i64::MAX)),
        ColumnType::Numeric { precision, scale } => is_decimal(&text, precision, scale),
        ColumnType::Real | ColumnType::DoublePrecision => text.parse::<f64>().is_ok(),
        ColumnType::Boolean => BOOLEANS.contains(&text.to_ascii_lowercase().as_str()),
        ColumnType::Char(bytes) | ColumnType::Varchar(bytes) => {
            // Blanks count as well.
            let bytes_of_value = if let DefaultValue::Text(whole) = value { whole.len() } else { text.len() };
            usize::try_from(bytes).is_ok_and(|bytes| bytes_of_value <= bytes)
        }
        ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampTz => {
            let is_word = MOMENTS.contains(&text.to_ascii_lowercase().as_str());
            in_quotes && (is_word || text.bytes().any(|byte| byte.is_ascii_digit()))
        }
        ColumnType::Time | ColumnType::TimeTz => in_quotes && text.bytes().any(|byte| byte.is_ascii_digit()),
        ColumnType::IntervalYearToMonth
        | ColumnType::IntervalDayToSecond
        | ColumnType::Super
        | ColumnType::Varbyte(_)
        | ColumnType::Geometry
        | ColumnType::Geography
        | ColumnType::HllSketch => true,
    }
}

/// A fraction is rounded on its way into a whole number.
fn is_whole(text: &str, least: i128, most: i128) -> bool {
    match text.parse::<i128>() {
        Ok(number) => (least..=most).contains(&number),
        #[expect(
            clippy::cast_precision_loss,
            reason = "whoever writes a fraction is not at the edge of the range"
        )]
        Err(_) => text.parse::<f64>().is_ok_and(|number| number >= least as f64 && number <= most as f64),
    }
}

/// Digits beyond the scale are rounded; those before the point must have room.
fn is_decimal(text: &str, precision: u8, scale: u8) -> bool {
    let room = i32::from(precision) - i32::from(scale);
    text.parse::<f64>().is_ok_and(|number| number.is_finite() && number.abs() < 10_f64.powi(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_that_its_column_cannot_hold_is_known() {
        let held = |default: &str, column_type: &str| {
            let value = DefaultValue::parse(default).unwrap();
            fits(&value, ColumnType::parse(column_type).unwrap())
        };
        for (default, column_type) in [
            ("'7'", "bigint"),
            ("1e3", "int"),
            ("-32768", "smallint"),
            ("0.5", "int"),
            ("99.994", "decimal(4,2)"),
            ("'NaN'", "float"),
            ("1", "boolean"),
            ("'Yes'", "boolean"),
            ("'abc'", "varchar(3)"),
            ("300", "char(3)"),
            ("'2015-07-01'", "date"),
            ("'now'", "timestamp"),
            ("'Jul 1, 2015'", "timestamptz"),
            ("'12:00'", "time"),
            ("null", "int"),
            ("getdate()", "timestamp"),
            ("'{}'", "super"),
        ] {
            assert!(held(default, column_type), "{default} in {column_type}");
        }
        for (default, column_type) in [
            ("'seven'", "bigint"),
            ("70000", "smallint"),
            ("'9223372036854775808'", "bigint"),
            ("100", "decimal(4,2)"),
            ("'x'", "boolean"),
            ("2", "boolean"),
            ("'toolong'", "varchar(3)"),
            ("'größe'", "varchar(5)"),
            ("300", "char(2)"),
            ("'notadate'", "timestamp"),
            ("0", "date"),
            ("true", "int"),
        ] {
            assert!(!held(default, column_type), "{default} in {column_type}");
        }
    }
}
