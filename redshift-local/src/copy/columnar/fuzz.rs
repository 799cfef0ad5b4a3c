//! Files made at random, whole and broken: each row is loaded or refused by name, in bounded memory, and no reader is let
//! down so far that it panics over a whole file. The seeds are fixed, so that a failure comes again.

use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, Int32Array, Int64Array, ListArray, MapArray, RecordBatch,
    StringArray, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::RngSeed;
use tokio::sync::mpsc;

use super::{decode, rows};
use crate::copy::broken::Broken;
use crate::copy::column_kind::ColumnKind;
use crate::copy::grammar::format::Format;
use crate::copy::grammar::statement::parse_copy;
use crate::copy::row::{RowSink, Stop};
use crate::copy::target::Column;
use crate::sql::statement::split;

const FORMAT: Format = Format::Parquet { serialize_to_json: true };

const KINDS: [ColumnKind; 12] = [
    ColumnKind::SmallInt,
    ColumnKind::Integer,
    ColumnKind::BigInt,
    ColumnKind::Double,
    ColumnKind::Boolean,
    ColumnKind::Varchar { length: 20 },
    ColumnKind::Varbyte { length: 20 },
    ColumnKind::Date,
    ColumnKind::Timestamp,
    ColumnKind::TimestampTz,
    ColumnKind::Time,
    ColumnKind::Super,
];

/// A column of some type, made of numbers, and the kind of column that takes it.
fn column(shape: usize, numbers: &[Option<i64>]) -> (ArrayRef, ColumnKind) {
    let whole: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
    let small: ArrayRef = Arc::new(Int32Array::from_iter(
        numbers.iter().map(|n| n.map(|n| i32::try_from(n % 30_000).unwrap_or_default())),
    ));
    let text: ArrayRef = Arc::new(StringArray::from_iter(numbers.iter().map(|n| n.map(|n| n.to_string()))));
    let to = |array: &ArrayRef, kind: DataType| cast(array, &kind).expect("numbers can be that");
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    match shape {
        0 => (to(&small, DataType::Int16), ColumnKind::SmallInt),
        1 => (small, ColumnKind::Integer),
        2 => (whole, ColumnKind::BigInt),
        3 => (to(&to(&text, DataType::Utf8), DataType::UInt64), ColumnKind::BigInt),
        4 => (to(&whole, DataType::Float64), ColumnKind::Double),
        5 => {
            (Arc::new(BooleanArray::from_iter(numbers.iter().map(|n| n.map(|n| n > 0)))), ColumnKind::Boolean)
        }
        6 => (text, ColumnKind::Varchar { length: 20 }),
        7 => (to(&text, DataType::Binary), ColumnKind::Varbyte { length: 20 }),
        8 => (to(&small, DataType::Date32), ColumnKind::Date),
        9 => (to(&whole, micros), ColumnKind::Timestamp),
        10 => (to(&whole, DataType::Timestamp(TimeUnit::Nanosecond, None)), ColumnKind::TimestampTz),
        11 => (
            to(&to(&whole, micros), DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
            ColumnKind::TimestampTz,
        ),
        12 => (to(&whole, DataType::Time64(TimeUnit::Microsecond)), ColumnKind::Time),
        13 => (list(to(&whole, micros), numbers), ColumnKind::Super),
        14 => (list(small, numbers), ColumnKind::Super),
        15 => {
            let field =
                |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
            let fields =
                vec![(field("a", &small), Arc::clone(&small)), (field("b", &text), Arc::clone(&text))];
            (Arc::new(StructArray::from(fields)), ColumnKind::Super)
        }
        _ => (map(numbers, &small), ColumnKind::Super),
    }
}

/// Lists of none or one.
fn list(values: ArrayRef, numbers: &[Option<i64>]) -> ArrayRef {
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    let lengths = numbers.iter().enumerate().map(|(at, _)| if at == 0 { numbers.len() } else { 0 });
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, None))
}

fn map(numbers: &[Option<i64>], values: &ArrayRef) -> ArrayRef {
    let keys: ArrayRef = Arc::new(StringArray::from_iter_values((0..numbers.len()).map(|at| at.to_string())));
    let entries = vec![
        (Arc::new(Field::new("key", DataType::Utf8, false)), keys),
        (Arc::new(Field::new("value", values.data_type().clone(), true)), Arc::clone(values)),
    ];
    let entries = StructArray::from(entries);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let offsets = OffsetBuffer::from_lengths(numbers.iter().map(|_| 1));
    Arc::new(MapArray::new(field, offsets, entries, None, false))
}

fn compression(which: usize) -> Compression {
    match which % 6 {
        0 => Compression::UNCOMPRESSED,
        1 => Compression::SNAPPY,
        2 => Compression::GZIP(GzipLevel::default()),
        3 => Compression::BROTLI(BrotliLevel::default()),
        4 => Compression::ZSTD(ZstdLevel::default()),
        _ => Compression::LZ4_RAW,
    }
}

fn file(columns: &[ArrayRef], packed: usize) -> Vec<u8> {
    let named = columns.iter().enumerate().map(|(at, array)| (format!("c{at}"), Arc::clone(array), true));
    let batch = RecordBatch::try_from_iter_with_nullable(named).expect("all are of one length");
    let properties = WriterProperties::builder()
        .set_compression(compression(packed))
        .set_dictionary_enabled(packed < 6)
        .set_data_page_row_count_limit(3)
        .build();
    let mut file = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).expect("it has columns");
    writer.write(&batch).expect("memory can be written");
    writer.close().expect("memory can be written");
    file
}

fn sink(kinds: &[ColumnKind]) -> (RowSink, mpsc::Receiver<bytes::Bytes>) {
    let columns = kinds.iter().enumerate().map(|(at, kind)| Column {
        name: format!("c{at}"),
        kind: *kind,
        not_null: false,
        default: None,
    });
    let copy = "copy t from 's3://b/k' iam_role default parquet serializetojson";
    let options =
        parse_copy(&split(copy)[0]).and_then(|copy| copy.judged(None)).expect("it is in order").options;
    let (batches_in, batches) = mpsc::channel(64);
    (RowSink::new(columns.collect(), options, batches_in), batches)
}

/// The rows that were loaded; `None` where the file is refused by name.
fn judged(outcome: Result<(), Broken>, sink: RowSink) -> Option<u64> {
    match outcome {
        Ok(()) => {
            let (rows, errors) = sink.finish().expect("somebody takes the batches");
            assert!(errors.is_empty(), "{errors:?}");
            Some(rows)
        }
        Err(Broken::Stop(Stop::TooManyErrors)) => {
            let errors = sink.into_errors();
            assert!(errors.iter().all(|error| !error.reject.reason.is_empty()), "{errors:?}");
            None
        }
        Err(Broken::Scan(error)) => {
            assert!(!format!("{error:?}").is_empty());
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn numbers() -> impl Strategy<Value = Vec<Option<i64>>> {
    let number = prop_oneof![
        any::<i64>(),
        0..100_000_i64,
        prop_oneof![proptest::strategy::Just(i64::MAX), proptest::strategy::Just(i64::MIN)]
    ];
    proptest::collection::vec(proptest::option::of(number), 1..40)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        cases,
        rng_seed: RngSeed::Fixed(2_026),
        ..ProptestConfig::default()
    }
}

/// The most memory that this process ever had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") / 1024
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn every_row_of_a_whole_file_is_loaded_or_the_file_refused(
        shapes in proptest::collection::vec((0..17_usize, proptest::option::weighted(0.1, 0..12_usize)), 1..5),
        numbers in numbers(),
        packed in 0..12_usize,
    ) {
        let columns: Vec<_> = shapes.iter().map(|(shape, _)| column(*shape, &numbers)).collect();
        let kinds: Vec<_> = shapes.iter().zip(&columns).map(|((_, other), (_, own))| other.map_or(*own, |at| KINDS[at])).collect();
        let arrays: Vec<_> = columns.into_iter().map(|(array, _)| array).collect();
        let mut spooled = tempfile::tempfile().expect("there is room");
        spooled.write_all(&file(&arrays, packed)).expect("there is room");
        spooled.rewind().expect("it is a file");
        let (mut sink, _batches) = sink(&kinds);
        // Not through `decode`, which would catch a panic.
        let outcome = rows("s3://b/k", &FORMAT, spooled, &mut sink);
        if let Some(loaded) = judged(outcome, sink) {
            assert_eq!(loaded, numbers.len() as u64);
        }
    }

    #[test]
    fn a_broken_file_is_refused_or_has_all_its_rows(
        shapes in proptest::collection::vec(0..17_usize, 1..4),
        numbers in numbers(),
        packed in 0..12_usize,
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..5),
    ) {
        let (arrays, kinds): (Vec<_>, Vec<_>) = shapes.iter().map(|shape| column(*shape, &numbers)).unzip();
        let mut file = file(&arrays, packed);
        for (at, byte) in changes {
            let length = file.len();
            file[at % length] = byte;
        }
        let (mut sink, _batches) = sink(&kinds);
        let outcome = decode("s3://b/k", &FORMAT, &mut file.as_slice(), &mut sink);
        judged(outcome, sink);
        assert!(peak() < 2_048, "{} MiB", peak());
    }
}

/// What the generator makes is not refused as a whole.
#[test]
fn most_files_of_the_generator_load() {
    let numbers: Vec<_> = (0..20).map(Some).collect();
    for shape in 0..17 {
        let (array, kind) = column(shape, &numbers);
        let (mut sink, _batches) = sink(&[kind]);
        let outcome = decode("s3://b/k", &FORMAT, &mut file(&[array], shape).as_slice(), &mut sink);
        assert_eq!(judged(outcome, sink), Some(20), "shape {shape}");
    }
}
