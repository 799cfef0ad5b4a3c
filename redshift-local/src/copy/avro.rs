//! AVRO: each record as the JSON document that it could have been, whose values find their columns as JSON's do (fact 1.4).
//!
//! A timestamp in milliseconds is the number that it is made of, which TIMEFORMAT 'epochmillisecs' reads.

use std::io::Read;

use apache_avro::error::Details;
use apache_avro::schema::Name;
use apache_avro::types::Value;
use apache_avro::util::max_allocation_bytes;
use apache_avro::{Reader, Schema};
use serde_json::{Map, Number, Value as Json};

use super::broken::Broken;
use super::json;
use super::json::shape::Shape;
use super::load_error::Reject;
use super::row::RowSink;

/// What a block may become, and what it is made of: values take fifty times their bytes.
const LARGEST_BLOCK: usize = 16 << 20;

/// Decodes one object of S3.
pub(crate) fn decode(
    file: &str,
    shape: Option<&Shape>,
    stored: &mut dyn Read,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    // Empty files are skipped since patch 201 [MG cluster-versions].
    let mut first = [0];
    if stored.read(&mut first)? == 0 {
        return Ok(());
    }
    // For the whole process; whoever says it first is heard. Redshift's own blocks end at 4 MB.
    max_allocation_bytes(LARGEST_BLOCK);
    let reader = match Reader::new(first.as_slice().chain(stored)) {
        Ok(reader) => reader,
        Err(error) => return Ok(sink.bad_row(file, 0, b"", not_avro(&error))?),
    };
    // [DG copy-parameters-data-format]
    if !matches!(reader.writer_schema(), Schema::Record(_)) {
        let reject = Reject::new(1200, "Invalid AVRO file: its schema is no record");
        return Ok(sink.bad_row(file, 0, b"", reject)?);
    }
    if let Some(what) = not_covered(reader.writer_schema(), &mut Vec::new()) {
        let reject = Reject::new(1200, format!("AVRO with {what} is not covered by redshift-local"));
        return Ok(sink.bad_row(file, 0, b"", reject)?);
    }
    let schema = reader.writer_schema().clone();
    let mut record = 0;
    for value in reader {
        record += 1;
        match value {
            Ok(value) if is_cut(&value, &schema) => {
                let reject =
                    Reject::new(1200, "Invalid AVRO file: a text is longer than the rest of its block");
                return Ok(sink.bad_row(file, record, b"", reject)?);
            }
            Ok(value) => json::row(file, record, &document(value).to_string(), shape, sink)?,
            // What comes after it cannot be found.
            Err(error) => return Ok(sink.bad_row(file, record, b"", not_avro(&error))?),
        }
    }
    Ok(())
}

/// Whether the reader has made a null of a text for which the block has not bytes enough.
fn is_cut(value: &Value, schema: &Schema) -> bool {
    match (value, schema) {
        (Value::Null, schema) => !matches!(schema, Schema::Null),
        (Value::Union(variant, value), Schema::Union(union)) => {
            let variant = usize::try_from(*variant).ok().and_then(|variant| union.variants().get(variant));
            variant.is_some_and(|schema| is_cut(value, schema))
        }
        (Value::Record(values), Schema::Record(record)) => {
            values.iter().zip(&record.fields).any(|((_, value), field)| is_cut(value, &field.schema))
        }
        (Value::Array(values), Schema::Array(array)) => {
            values.iter().any(|value| is_cut(value, &array.items))
        }
        (Value::Map(values), Schema::Map(map)) => values.values().any(|value| is_cut(value, &map.types)),
        _ => false,
    }
}

fn not_avro(error: &apache_avro::Error) -> Reject {
    if let Details::MemoryAllocation { .. } = error.details() {
        let reason = "AVRO blocks of more than 16 MB unpacked are not covered by redshift-local";
        return Reject::new(1200, reason);
    }
    Reject::new(1200, format!("Invalid AVRO file: {error}"))
}

/// What the schema has that would load wrong, or could nest without end. `around` are the records that it stands in.
fn not_covered<'a>(schema: &'a Schema, around: &mut Vec<&'a Name>) -> Option<&'static str> {
    match schema {
        Schema::Array(array) => not_covered(&array.items, around),
        Schema::Map(map) => not_covered(&map.types, around),
        Schema::Union(union) => union.variants().iter().find_map(|variant| not_covered(variant, around)),
        Schema::Record(record) => {
            around.push(&record.name);
            let found = record.fields.iter().find_map(|field| not_covered(&field.schema, around));
            around.pop();
            found
        }
        // A name must be there before it is used, so a circle closes inside of the record that it leads to.
        Schema::Ref { name } if around.contains(&name) => Some("a record inside of itself"),
        Schema::Decimal(_) | Schema::BigDecimal => Some("decimals"),
        Schema::Duration(_) => Some("durations"),
        _ => None,
    }
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
        Value::Float(value) => float(value.into()),
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
        // No schema with them comes here.
        Value::Decimal(_) | Value::BigDecimal(_) | Value::Duration(_) => Json::Null,
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

#[cfg(test)]
mod tests {
    use apache_avro::Writer;
    use tokio::sync::mpsc;

    use super::*;
    use crate::copy::column_kind::ColumnKind;
    use crate::copy::grammar::options::Options;
    use crate::copy::target::Column;

    /// What a DECIMAL(12, 2) gets of a field of this type.
    fn as_money(kind: &str, value: Value) -> String {
        let schema =
            format!(r#"{{"type": "record", "name": "r", "fields": [{{"name": "a", "type": "{kind}"}}]}}"#);
        let schema = Schema::parse_str(&schema).expect("it is a schema");
        let mut writer = Writer::new(&schema, Vec::new()).expect("it is new");
        writer.append_value(Value::Record(vec![("a".to_owned(), value)])).expect("it fits the schema");
        let file = writer.into_inner().expect("memory can be written");
        let kind = ColumnKind::Numeric { precision: 12, scale: 2 };
        let column = Column { name: "a".to_owned(), kind, not_null: false, default: None };
        let (batches_in, mut batches) = mpsc::channel(1);
        let mut sink = RowSink::new(vec![column], Options::default(), batches_in);
        let shape = Shape::of_names(["a"].into_iter(), false);
        decode("s3://b/k", Some(&shape), &mut file.as_slice(), &mut sink).expect("it is AVRO");
        sink.finish().expect("somebody takes the batch");
        let batch = batches.blocking_recv().expect("there is a row");
        String::from_utf8_lossy(&batch).trim().to_owned()
    }

    #[test]
    fn a_schema_that_is_no_record_has_no_rows() {
        let schema = Schema::parse_str(r#""null""#).expect("it is a schema");
        let mut writer = Writer::new(&schema, Vec::new()).expect("it is new");
        writer.append_value(Value::Null).expect("it fits the schema");
        let file = writer.into_inner().expect("memory can be written");
        let mut sink = RowSink::new(Vec::new(), Options::default(), mpsc::channel(1).0);
        let shape = Shape::of_names([].into_iter(), false);
        assert!(decode("s3://b/k", Some(&shape), &mut file.as_slice(), &mut sink).is_err());
        assert_eq!(sink.into_errors()[0].reject.reason, "Invalid AVRO file: its schema is no record");
    }

    #[test]
    fn floats_are_cut_to_a_decimals_scale_as_doubles_and_texts_as_they_are_written() {
        assert_eq!(as_money("double", Value::Double(1.15)), "1.14");
        assert_eq!(as_money("float", Value::Float(8.4)), "8.39");
        assert_eq!(as_money("string", Value::String("1.15".to_owned())), "1.15");
    }
}
