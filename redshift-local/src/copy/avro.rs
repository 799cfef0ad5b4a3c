//! AVRO: each record as the JSON document that it could have been, whose values find their columns as JSON's do (fact 1.4).
//!
//! Logical types are what they are made of, as on Redshift: a timestamp in milliseconds is a number, which TIMEFORMAT
//! 'epochmillisecs' reads.

use std::io::Read;

use apache_avro::Reader;
use apache_avro::types::Value;
use serde_json::{Map, Number, Value as Json};

use super::broken::Broken;
use super::json;
use super::json::shape::Shape;
use super::load_error::Reject;
use super::row::RowSink;

/// Decodes one object of S3.
pub(crate) fn decode(
    file: &str,
    shape: Option<&Shape>,
    stored: &mut dyn Read,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    let reader = match Reader::new(stored) {
        Ok(reader) => reader,
        Err(error) => return Ok(sink.bad_row(file, 0, b"", not_avro(&error))?),
    };
    let mut record = 0;
    for value in reader {
        record += 1;
        match value {
            Ok(value) => json::row(file, record, &document(value).to_string(), shape, sink)?,
            // What comes after it cannot be found.
            Err(error) => return Ok(sink.bad_row(file, record, b"", not_avro(&error))?),
        }
    }
    Ok(())
}

fn not_avro(error: &apache_avro::Error) -> Reject {
    Reject::new(1200, format!("Invalid AVRO file: {error}"))
}

fn document(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => value.into(),
        Value::Int(value) | Value::Date(value) | Value::TimeMillis(value) => value.into(),
        Value::Long(value)
        | Value::TimeMicros(value)
        | Value::TimestampMillis(value)
        | Value::TimestampMicros(value)
        | Value::TimestampNanos(value)
        | Value::LocalTimestampMillis(value)
        | Value::LocalTimestampMicros(value)
        | Value::LocalTimestampNanos(value) => value.into(),
        // By its digits: the next double would have more of them.
        Value::Float(value) => {
            value.to_string().parse().map_or_else(|_| Json::String(value.to_string()), float)
        }
        Value::Double(value) => float(value),
        Value::String(text) | Value::Enum(_, text) => text.into(),
        Value::Bytes(bytes) | Value::Fixed(_, bytes) => hexadecimal(&bytes),
        Value::Union(_, value) => document(*value),
        Value::Array(items) => items.into_iter().map(document).collect(),
        Value::Map(entries) => {
            entries.into_iter().map(|(key, value)| (key, document(value))).collect::<Map<_, _>>().into()
        }
        Value::Record(fields) => {
            fields.into_iter().map(|(key, value)| (key, document(value))).collect::<Map<_, _>>().into()
        }
        Value::Decimal(value) => Vec::<u8>::try_from(&value).map_or(Json::Null, |bytes| hexadecimal(&bytes)),
        Value::BigDecimal(value) => value.to_string().into(),
        Value::Duration(value) => hexadecimal(&<[u8; 12]>::from(value)),
        Value::Uuid(value) => value.to_string().into(),
    }
}

/// JSON has no word for what is not finite; a column of floats reads the word.
fn float(value: f64) -> Json {
    Number::from_f64(value).map_or_else(|| Json::String(value.to_string()), Json::Number)
}

/// As VARBYTE takes them.
fn hexadecimal(bytes: &[u8]) -> Json {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
