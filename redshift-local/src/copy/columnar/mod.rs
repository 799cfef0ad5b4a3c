//! PARQUET and ORC: columns by position, read as Spectrum does for Redshift (fact 1.8).
//!
//! The formats keep their table of contents at the end, so an object is copied into a temporary file first; from there
//! it is read in batches of rows, in memory that does not depend on its size.

#[cfg(feature = "columnar")]
#[cfg(test)]
mod bombs;
mod cells;
#[cfg(feature = "columnar")]
mod chunks;
mod fits;
#[cfg(feature = "columnar")]
#[cfg(test)]
mod fuzz;
mod inflated;
mod moments;
#[cfg(feature = "columnar")]
mod orc_end;
#[cfg(feature = "columnar")]
#[cfg(test)]
mod odd_files;
mod page_header;
mod pages;
mod table_file;
mod unopened;

use std::borrow::Cow;
use std::io::{self, Read, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::broken::Broken;
use super::grammar::format::Format;
use super::load_error::Reject;
use super::row::RowSink;
use super::scan_error::ScanError;
use super::utf8::text;
use cells::Cells;
use table_file::TableFile;

/// Decodes one object of S3.
pub(crate) fn decode(
    file: &str,
    format: &Format,
    stored: &mut dyn Read,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    let mut spooled = tempfile::tempfile()?;
    io::copy(stored, &mut spooled)?;
    spooled.rewind()?;
    // The readers are made for files that a friend has written; a broken one may make them panic.
    let decoded = catch_unwind(AssertUnwindSafe(|| rows(file, format, spooled, sink)));
    decoded.unwrap_or_else(|_| Err(ScanError::corrupt(file, &"its reader gave up").into()))
}

fn rows(file: &str, format: &Format, spooled: std::fs::File, sink: &mut RowSink) -> Result<(), Broken> {
    let TableFile { fields, rows: promised, batches } =
        TableFile::open(format, spooled).map_err(|error| error.of_file(file, format))?;
    fits::check(file, format, sink.columns(), &fields, sink.options().fill_record)?;
    let mut row = 0;
    for batch in batches {
        let batch = batch.map_err(|error| ScanError::corrupt(file, &error))?;
        row = batch_rows(file, row, &batch, sink)?;
    }
    // Success is not said of rows that nobody has seen.
    if row == promised { Ok(()) } else { Err(ScanError::row_count(file, promised, row).into()) }
}

/// Hands on the rows of one batch; the number of the last one.
fn batch_rows(file: &str, before: u64, batch: &RecordBatch, sink: &mut RowSink) -> Result<u64, Broken> {
    let corrupt = |error: ArrowError| ScanError::corrupt(file, &error);
    let kinds: Vec<_> = sink.columns().iter().map(|column| column.kind).collect();
    let arrays = kinds.iter().zip(batch.columns());
    let arrays = arrays.map(|(kind, array)| cells::prepared(array, *kind)).collect::<Result<Vec<_>, _>>();
    let arrays = arrays.map_err(corrupt)?;
    let schema = batch.schema();
    let columns = kinds.iter().zip(&arrays).zip(schema.fields());
    let cells =
        columns.map(|((kind, array), field)| Cells::of(array, field, *kind)).collect::<Result<Vec<_>, _>>();
    let mut cells = cells.map_err(corrupt)?;
    let mut number = before;
    for row in 0..batch.num_rows() {
        number += 1;
        match values(&mut cells, row, sink) {
            Ok(values) => sink.row(file, number, b"", &values)?,
            Err(reject) => sink.bad_row(file, number, b"", reject)?,
        }
    }
    Ok(number)
}

/// The values of the columns; those that the file does not have are NULL, under FILLRECORD.
fn values(
    cells: &mut [Cells<'_>],
    row: usize,
    sink: &RowSink,
) -> Result<Vec<Option<Cow<'static, str>>>, Reject> {
    let mut values = vec![None; sink.columns().len()];
    for (cells, value) in cells.iter_mut().zip(&mut values) {
        let cell = cells.value(row).map_err(|error| Reject::new(1200, error.to_string()))?;
        if let Some(bytes) = cell {
            *value = Some(Cow::Owned(text(bytes, sink.options())?.into_owned()));
        }
    }
    Ok(values)
}

#[cfg(feature = "columnar")]
#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array, StringArray};
    use orc_rust::ArrowWriterBuilder;
    use orc_rust::compression::CompressionType;
    use parquet::arrow::ArrowWriter;
    use proptest::prelude::{ProptestConfig, any, proptest};
    use tokio::sync::mpsc;

    use super::*;
    use crate::copy::avro;
    use crate::copy::column_kind::ColumnKind;
    use crate::copy::grammar::options::Options;
    use crate::copy::json::shape::Shape;
    use crate::copy::target::Column;

    const PARQUET: Format = Format::Parquet { serialize_to_json: false };
    const ORC: Format = Format::Orc { serialize_to_json: false };

    fn batch() -> RecordBatch {
        let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(0..100));
        let names: ArrayRef =
            Arc::new(StringArray::from_iter_values((0..100).map(|id| format!("name {id}"))));
        RecordBatch::try_from_iter([("id", ids), ("name", names)]).expect("both are of one length")
    }

    fn parquet() -> Vec<u8> {
        let (mut file, batch) = (Vec::new(), batch());
        let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).expect("it has columns");
        writer.write(&batch).expect("memory can be written");
        writer.close().expect("memory can be written");
        file
    }

    fn orc() -> Vec<u8> {
        let (mut file, batch) = (Vec::new(), batch());
        let mut writer =
            ArrowWriterBuilder::new(&mut file, batch.schema()).try_build().expect("it has columns");
        writer.write(&batch).expect("memory can be written");
        writer.close().expect("memory can be written");
        file
    }

    /// Each way in which ORC is packed, but LZO.
    const PACKED: [CompressionType; 4] =
        [CompressionType::Zlib, CompressionType::Snappy, CompressionType::Lz4, CompressionType::Zstd];

    fn packed_orc(compression: CompressionType) -> Vec<u8> {
        let (mut file, batch) = (Vec::new(), batch());
        let writer = ArrowWriterBuilder::new(&mut file, batch.schema()).with_compression(compression);
        let mut writer = writer.try_build().expect("it has columns");
        writer.write(&batch).expect("memory can be written");
        writer.close().expect("memory can be written");
        file
    }

    fn sink() -> RowSink {
        let column =
            |name: &str, kind| Column { name: name.to_owned(), kind, not_null: false, default: None };
        let columns =
            vec![column("id", ColumnKind::Integer), column("name", ColumnKind::Varchar { length: 20 })];
        RowSink::new(columns, Options::default(), mpsc::channel(1).0)
    }

    /// Whether a file with these bytes changed still loads.
    fn loads(mut file: Vec<u8>, format: &Format, changes: &[(usize, u8)]) -> bool {
        for (at, byte) in changes {
            let length = file.len();
            file[at % length] = *byte;
        }
        decode("s3://b/k", format, &mut file.as_slice(), &mut sink()).is_ok()
    }

    #[test]
    fn a_whole_file_loads() {
        assert!(loads(parquet(), &PARQUET, &[]));
        assert!(loads(orc(), &ORC, &[]));
        for compression in PACKED {
            assert!(loads(packed_orc(compression), &ORC, &[]), "{compression}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn no_change_to_a_file_makes_it_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
            loads(parquet(), &PARQUET, &changes);
            loads(orc(), &ORC, &changes);
            for compression in PACKED {
                loads(packed_orc(compression), &ORC, &changes);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            assert!(!loads([b"PAR1", bytes.as_slice(), b"PAR1"].concat(), &PARQUET, &[]));
            assert!(!loads([b"ORC", bytes.as_slice()].concat(), &ORC, &[]));
            let shape = Shape::of_names(["id", "name"].into_iter(), false);
            let avro = [b"Obj\x01", bytes.as_slice()].concat();
            assert!(avro::decode("s3://b/k", Some(&shape), &mut avro.as_slice(), &mut sink()).is_err());
        }
    }
}
