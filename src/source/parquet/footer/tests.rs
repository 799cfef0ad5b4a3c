use std::sync::Arc;

use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;
use crate::source::parquet::columns::Kind;

/// A file without rows.
fn file(message: &str) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(message).unwrap());
    let mut file = Vec::new();
    let writer = SerializedFileWriter::new(&mut file, schema, Arc::new(WriterProperties::default())).unwrap();
    writer.close().unwrap();
    file
}

fn read(file: &[u8]) -> Result<Vec<ParquetColumn>, NoSchema> {
    let size = u64::try_from(file.len()).unwrap();
    let tail = &file[file.len().saturating_sub(8)..];
    let range = schema_range(tail, size)?;
    columns(&file[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()])
}

fn told(file: &[u8]) -> String {
    match read(file) {
        Err(error) => error.to_string(),
        Ok(columns) => {
            let told = columns.iter().map(|column| {
                let mark = if column.is_nullable { "?" } else { "" };
                format!("{}{mark} {:?}", column.name, column.kind)
            });
            told.collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn columns_have_a_name_a_kind_and_whether_they_may_be_null() {
    let file = file(
        "message schema {
            required int64 id;
            optional binary name (STRING);
            optional int64 at (TIMESTAMP(MICROS,true));
            optional int64 wall (TIMESTAMP(MILLIS,false));
            optional int64 older (TIMESTAMP_MICROS);
            optional int96 spark;
            optional int32 small (INTEGER(16,true));
            optional int32 octet (UINT_8);
            optional fixed_len_byte_array(8) money (DECIMAL(18,4));
            optional fixed_len_byte_array(16) uuid (UUID);
            optional binary bytes;
            optional int32 day (DATE);
            optional int64 clock (TIME(MICROS,true));
            optional group tags (LIST) { repeated group list { optional binary element (STRING); } }
            repeated int32 numbers;
        }",
    );
    let expected = "id Integer { bits: 64, is_signed: true }
name? Text
at? Timestamp { is_instant: true }
wall? Timestamp { is_instant: false }
older? Timestamp { is_instant: true }
spark? Timestamp { is_instant: true }
small? Integer { bits: 16, is_signed: true }
octet? Integer { bits: 8, is_signed: false }
money? Decimal { precision: 18, scale: 4 }
uuid? FixedBytes
bytes? Bytes
day? Date
clock? Time
tags? Nested
numbers Nested";
    assert_eq!(told(&file), expected);
    assert_eq!(read(&file).unwrap()[1].written, "OPTIONAL BYTE_ARRAY name (STRING)");
}

#[test]
fn the_end_of_a_file_says_where_its_schema_is() {
    let tail = |length: u32, magic: &[u8; 4]| [&length.to_le_bytes(), magic.as_slice()].concat();
    assert_eq!(schema_range(&tail(100, b"PAR1"), 1_000), Ok(892..992));
    assert_eq!(
        schema_range(&tail(40 << 20, b"PAR1"), 1 << 30).map(|range| range.end - range.start),
        Ok(SCHEMA)
    );
    // As many bytes before the tail as the caller likes.
    assert_eq!(schema_range(&[vec![0; 50], tail(100, b"PAR1")].concat(), 1_000), Ok(892..992));
    for (tail, size, expected) in [
        (tail(0, b"PAR1"), 8, "is too short for Parquet: 8 bytes"),
        (tail(100, b"PARE"), 1_000, "is encrypted inside, which COPY does not read"),
        (tail(100, b"ROWS"), 1_000, "does not end like Parquet: it may have been cut while it was written"),
        (Vec::new(), 1_000, "does not end like Parquet: it may have been cut while it was written"),
        (tail(990, b"PAR1"), 1_000, "says that its metadata has 990 bytes, and has 1000 in all"),
        (tail(u32::MAX, b"PAR1"), 1_000, "says that its metadata has 4294967295 bytes, and has 1000 in all"),
    ] {
        assert_eq!(schema_range(&tail, size).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_schema_that_is_cut_or_broken_is_told() {
    let whole = file("message schema { required int64 id; optional binary name (STRING); }");
    let range = schema_range(&whole[whole.len() - 8..], u64::try_from(whole.len()).unwrap()).unwrap();
    let metadata = &whole[usize::try_from(range.start).unwrap()..];
    for length in 0..20 {
        assert!(columns(&metadata[..length]).is_err(), "{length}");
    }
    assert_eq!(columns(b"\x15\x02\x19\x2c\x35"), Err(NoSchema::TooLarge("more than 1 MiB, or cut")));
    assert_eq!(columns(b"\x00"), Err(NoSchema::Broken));
}

/// A group that holds a group, and so on: six bytes each, and a recursion each in the reader.
#[test]
fn a_schema_that_nests_without_end_does_not_end_the_process() {
    let group: &[u8] = b"\x35\x02\x18\x01a\x15\x02\x00";
    let count: u32 = 100_000;
    let header = |count: u32| {
        let mut bytes = b"\x15\x02\x19\xfc".to_vec();
        let mut rest = count;
        while rest >= 0x80 {
            bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).unwrap());
        bytes
    };
    let deep = [header(count), group.repeat(usize::try_from(count).unwrap())].concat();
    assert_eq!(columns(&deep), Err(NoSchema::TooLarge("more than 20000 columns")));
    let deep = [header(10_000), group.repeat(10_000)].concat();
    assert_eq!(columns(&deep), Err(NoSchema::TooLarge("columns nested more than 50 deep")));
}

#[test]
fn files_of_the_writers_in_use_are_read() {
    let pyarrow = "id? Integer { bits: 64, is_signed: true }
small? Integer { bits: 16, is_signed: true }
Name? Text
at? Timestamp { is_instant: true }
wall? Timestamp { is_instant: false }
day? Date
money? Decimal { precision: 12, scale: 2 }
tags? Nested
ok? Boolean
ratio? Double";
    assert_eq!(told(include_bytes!("writers/pyarrow.parquet")), pyarrow);
    // They write REQUIRED where there are no NULLs.
    let without_marks = |file: &[u8]| told(file).replace('?', "");
    assert_eq!(without_marks(include_bytes!("writers/polars.parquet")), pyarrow.replace('?', ""));
    assert_eq!(without_marks(include_bytes!("writers/duckdb.parquet")), pyarrow.replace('?', ""));
    // INT96 for every moment.
    let spark = pyarrow.replace("is_instant: false", "is_instant: true");
    assert_eq!(told(include_bytes!("writers/pyarrow_spark.parquet")), spark);
    // The index is a column of its own, behind the others, and COPY takes it for data.
    let pandas = told(include_bytes!("writers/pandas_index.parquet"));
    assert!(pandas.ends_with("__index_level_0__? Integer { bits: 64, is_signed: true }"), "{pandas}");
}

#[test]
fn an_interval_is_nothing_that_a_column_takes() {
    let file = file("message m { optional fixed_len_byte_array(12) span (INTERVAL); }");
    assert_eq!(read(&file).unwrap()[0].kind, Kind::Other);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: [u8; 8], size: u64) {
        drop(columns(&bytes));
        drop(columns(&[b"\x15\x02\x19\x2c", bytes.as_slice()].concat()));
        drop(schema_range(&tail, size));
        drop(schema_range(&[&tail[..4], b"PAR1"].concat(), size));
    }

    #[test]
    fn no_change_to_a_file_makes_it_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut file = include_bytes!("writers/pyarrow.parquet").to_vec();
        let size = u64::try_from(file.len()).unwrap();
        let range = schema_range(&file[file.len() - 8..], size).unwrap();
        let (start, end) = (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
        for (at, byte) in changes {
            file[start + at % (end - start).min(400)] = byte;
        }
        drop(columns(&file[start..end]));
    }
}
