//! Files that others have met: legal ones that a reader trips over, and ones that promise more than they hold.

use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use tokio::sync::mpsc;

use super::decode;
use crate::copy::broken::Broken;
use crate::copy::column_kind::ColumnKind;
use crate::copy::grammar::format::Format;
use crate::copy::grammar::options::Options;
use crate::copy::grammar::statement::parse_copy;
use crate::copy::row::RowSink;
use crate::copy::target::Column;
use crate::sql::statement::split;

const FORMAT: Format = Format::Parquet { serialize_to_json: true };

/// Writes the next column of a row group.
type Write<'a> = &'a dyn Fn(&mut SerializedRowGroupWriter<'_, &mut Vec<u8>>);

/// A file of one row group, whose columns are written one after the other.
fn file(message: &str, compression: Compression, write: &[Write<'_>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(message).expect("it is a schema"));
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut file = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut file, schema, properties).expect("it is new");
    let mut group = writer.next_row_group().expect("it is open");
    for write in write {
        write(&mut group);
    }
    group.close().expect("all columns are written");
    writer.close().expect("memory can be written");
    file
}

/// One column: values, definition and repetition levels.
macro_rules! column {
    ($kind:ty, $values:expr, $definition:expr, $repetition:expr) => {
        &|group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>| {
            let mut column = group.next_column().expect("it can be written").expect("there is one");
            column.typed::<$kind>().write_batch(&$values, $definition, $repetition).expect("the values fit");
            column.close().expect("memory can be written");
        }
    };
}

/// The rows, or why the file is refused.
fn loaded(kinds: &[ColumnKind], format: &Format, file: Vec<u8>) -> String {
    let column = |(at, kind): (usize, &ColumnKind)| Column {
        name: format!("c{at}"),
        kind: *kind,
        not_null: false,
        default: None,
    };
    let columns = kinds.iter().enumerate().map(column).collect();
    let (batches_in, mut batches) = mpsc::channel(8);
    let mut sink = RowSink::new(columns, options(), batches_in);
    match decode("s3://b/k", format, &mut file.as_slice(), &mut sink) {
        Ok(()) => {
            sink.finish().expect("somebody takes the batch");
            let batch = batches.blocking_recv().unwrap_or_default();
            String::from_utf8_lossy(&batch).trim_end().replace('\n', "; ").replace('\t', "|")
        }
        Err(Broken::Scan(error)) => format!("{error:?}"),
        Err(Broken::Stop(_)) => sink.into_errors().remove(0).reject.reason,
        Err(Broken::Read(error)) => error.to_string(),
    }
}

/// Those of a statement that says PARQUET.
fn options() -> Options {
    let copy = "copy t from 's3://b/k' iam_role default parquet serializetojson";
    parse_copy(&split(copy)[0]).and_then(|copy| copy.judged(None)).expect("it is in order").options
}

/// So many days after 1970-01-01.
fn int96(days: i64, nanos: u64) -> Int96 {
    let mut value = Int96::new();
    let low = u32::try_from(nanos & u64::from(u32::MAX)).expect("it is masked");
    let high = u32::try_from(nanos >> 32).expect("it is shifted");
    let day = i32::try_from(days + 2_440_588).expect("it fits");
    value.set_data(low, high, day.cast_unsigned());
    value
}

#[test]
fn a_moment_of_spark_is_loaded_as_far_as_redshift_goes_and_refused_by_name_beyond() {
    let one = |days| {
        file(
            "message m { required int96 at; }",
            Compression::UNCOMPRESSED,
            &[column!(Int96Type, [int96(days, 1_000)], None, None)],
        )
    };
    let load = |days| loaded(&[ColumnKind::Timestamp], &FORMAT, one(days));
    assert_eq!(load(0), "1970-01-01 00:00:00.000001");
    assert_eq!(load(2_932_896), "9999-12-31 00:00:00.000001");
    assert_eq!(load(2_932_897), "10000-01-01 00:00:00.000001");
    assert_eq!(load(90_000_000), "248381-08-19 00:00:00.000001");
    assert_eq!(load(-719_529), "0002-12-31 00:00:00.000001 BC");
    for days in [95_745_399, 107_000_000, 2_000_000_000, -3_000_000, -2_000_000_000] {
        assert!(
            load(days).contains("outside of the years that redshift-local covers"),
            "{days}: {}",
            load(days)
        );
    }
}

#[test]
fn a_moment_of_spark_inside_of_a_list_is_no_other() {
    let list = |days| {
        file(
            "message m { optional group l (LIST) { repeated group list { required int96 element; } } }",
            Compression::UNCOMPRESSED,
            &[column!(Int96Type, [int96(days, 0)], Some(&[2]), Some(&[0]))],
        )
    };
    let load = |days| loaded(&[ColumnKind::Super], &FORMAT, list(days));
    assert_eq!(load(2_932_896), r#"["9999-12-31T00:00:00"]"#);
    assert!(
        load(2_000_000_000).contains("outside of the years that redshift-local covers"),
        "{}",
        load(2_000_000_000)
    );
}

#[test]
fn a_group_that_is_repeated_without_being_called_a_list_is_one() {
    let groups = file(
        "message m { required int32 id; optional group phones { repeated group phone { required int64 number; optional binary kind (STRING); } } }",
        Compression::UNCOMPRESSED,
        &[
            column!(Int32Type, [1, 2, 3], None, None),
            column!(Int64Type, [555, 556], Some(&[0, 1, 2, 2]), Some(&[0, 0, 0, 1])),
            column!(ByteArrayType, [ByteArray::from("home")], Some(&[0, 1, 2, 3]), Some(&[0, 0, 0, 1])),
        ],
    );
    assert_eq!(
        loaded(&[ColumnKind::Integer, ColumnKind::Super], &FORMAT, groups),
        r#"1|\N; 2|{"phone":[]}; 3|{"phone":[{"number":555,"kind":null},{"number":556,"kind":"home"}]}"#
    );
    let values = file(
        "message m { repeated int32 numbers; }",
        Compression::UNCOMPRESSED,
        &[column!(Int32Type, [1, 2], Some(&[0, 1, 1]), Some(&[0, 0, 1]))],
    );
    assert_eq!(loaded(&[ColumnKind::Super], &FORMAT, values), "[]; [1,2]");
    let top = file(
        "message m { repeated group phone { required int32 number; } }",
        Compression::UNCOMPRESSED,
        &[column!(Int32Type, [1, 2, 3], Some(&[1, 1, 1]), Some(&[0, 0, 1]))],
    );
    assert_eq!(loaded(&[ColumnKind::Super], &FORMAT, top), r#"[{"number":1}]; [{"number":2},{"number":3}]"#);
}

#[test]
fn a_moment_that_no_calendar_has_is_refused_and_not_loaded_as_the_text_of_an_error() {
    let list = file(
        "message m { optional group l (LIST) { repeated group list { required int64 element (TIMESTAMP(MICROS,true)); } } }",
        Compression::UNCOMPRESSED,
        &[column!(Int64Type, [i64::MAX], Some(&[2]), Some(&[0]))],
    );
    let refused = loaded(&[ColumnKind::Super], &FORMAT, list);
    assert!(refused.contains("a moment inside of a value is outside of the years"), "{refused}");
    let time = file(
        "message m { required int64 t (TIME(MICROS,true)); }",
        Compression::UNCOMPRESSED,
        &[column!(Int64Type, [i64::MAX], None, None)],
    );
    assert!(loaded(&[ColumnKind::Time], &FORMAT, time).contains("Failed to convert"));
}

#[test]
fn a_file_with_fewer_rows_than_it_promises_is_corrupt() {
    let group = |rows: &[i32]| {
        file(
            "message m { required int32 a; }",
            Compression::UNCOMPRESSED,
            &[column!(Int32Type, rows, None, None)],
        )
    };
    let mut file = group(&[1, 2, 3]);
    assert_eq!(loaded(&[ColumnKind::Integer], &FORMAT, file.clone()), "1; 2; 3");
    // num_rows of the file is its footer's first i64 of 3: field 3, zigzag 6.
    let footer = file.len() - 200;
    let at = file[footer..].windows(2).position(|bytes| bytes == [0x16, 6]).expect("it is there") + footer;
    file[at + 1] = 12;
    let refused = loaded(&[ColumnKind::Integer], &FORMAT, file);
    assert!(refused.contains("corrupt"), "{refused}");
}

#[test]
fn a_map_whose_keys_are_no_strings_is_refused_by_name() {
    let map = file(
        "message m { optional group m (MAP) { repeated group key_value { required int32 key; optional int32 value; } } }",
        Compression::UNCOMPRESSED,
        &[
            column!(Int32Type, [1, 2], Some(&[2, 2]), Some(&[0, 1])),
            column!(Int32Type, [10], Some(&[3, 2]), Some(&[0, 1])),
        ],
    );
    assert_eq!(
        loaded(&[ColumnKind::Super], &FORMAT, map),
        r#"ScanError("File 'https://s3.amazonaws.com/b/k' has a map whose keys are no strings in column c0, which is not covered by redshift-local")"#
    );
}

#[test]
fn unsigned_integers_of_64_bits_fit_as_far_as_their_columns_go() {
    let unsigned = |value: u64| {
        file(
            "message m { required int64 a (INTEGER(64,false)); }",
            Compression::UNCOMPRESSED,
            &[column!(Int64Type, [value.cast_signed()], None, None)],
        )
    };
    assert_eq!(loaded(&[ColumnKind::BigInt], &FORMAT, unsigned(7)), "7");
    assert_eq!(
        loaded(&[ColumnKind::BigInt], &FORMAT, unsigned(u64::MAX)),
        "Numeric overflow, Value '18446744073709551615', Type: Long"
    );
    assert!(loaded(&[ColumnKind::Integer], &FORMAT, unsigned(7)).contains("incompatible Parquet schema"));
}

#[test]
fn a_page_that_would_take_gigabytes_is_refused_before_it_is_unpacked() {
    let huge = [ByteArray::from(vec![b'a'; 129 << 20])];
    let level = BrotliLevel::try_new(1).expect("it is one");
    let map = file(
        "message m { optional group m (MAP) { repeated group key_value { required binary key (STRING); required int32 value; } } }",
        Compression::BROTLI(level),
        &[
            column!(ByteArrayType, huge, Some(&[2]), Some(&[0])),
            column!(Int32Type, [1], Some(&[2]), Some(&[0])),
        ],
    );
    assert!(map.len() < 1 << 20, "{}", map.len());
    let refused = loaded(&[ColumnKind::Super], &FORMAT, map);
    assert!(refused.contains("has a page of 135266"), "{refused}");
}
