//! A file of either format, opened: its columns, and its rows in batches.

use std::fs::File;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use arrow::error::ArrowError;
#[cfg(feature = "columnar")]
use orc_rust::ArrowReaderBuilder;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type as PhysicalType;
use parquet::schema::printer::print_schema;
use parquet::schema::types::Type;

use super::moments;
#[cfg(feature = "columnar")]
use super::orc_end;
use super::pages;
use super::unopened::Unopened;
use crate::copy::grammar::format::Format;

/// Rows of some hundred bytes make a batch of some hundred kilobytes.
const BATCH_ROWS: usize = 1_024;
/// A batch of fewer rows, where they may be long.
const BATCH_BYTES: usize = 256 << 20;

/// A column of the file.
pub(super) struct FileColumn {
    pub data_type: DataType,
    /// As the format writes its type.
    pub written: String,
}

pub(super) struct TableFile {
    pub fields: Vec<FileColumn>,
    /// As many as the file says it has.
    pub rows: u64,
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
}

impl TableFile {
    pub(super) fn open(format: &Format, file: File) -> Result<Self, Unopened> {
        match format {
            #[cfg(feature = "columnar")]
            Format::Orc { .. } => open_orc(file),
            _ => open_parquet(file),
        }
    }
}

#[cfg(feature = "columnar")]
fn open_orc(file: File) -> Result<TableFile, Unopened> {
    let chunks = orc_end::check(&file)?;
    let looked_at = file.try_clone().map_err(|error| Unopened::Corrupt(error.to_string()))?;
    let builder = ArrowReaderBuilder::try_new(file).map_err(|_| Unopened::NotOfFormat)?;
    if let Some(chunks) = chunks {
        let stripes = builder.file_metadata().stripe_metadatas();
        stripes.iter().try_for_each(|stripe| chunks.check_stripe(&looked_at, stripe))?;
    }
    let rows = builder.file_metadata().number_of_rows();
    let fields = builder.schema();
    let fields = fields.fields().iter().map(|field| FileColumn {
        data_type: field.data_type().clone(),
        written: field.data_type().to_string().to_lowercase(),
    });
    let fields = fields.collect();
    Ok(TableFile { fields, rows, batches: Box::new(builder.with_batch_size(BATCH_ROWS).build()) })
}

fn open_parquet(file: File) -> Result<TableFile, Unopened> {
    let not_of_format = |_| Unopened::NotOfFormat;
    // What the Arrow of the writer thought of its columns is nothing that Redshift knows.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(&file, options.clone()).map_err(not_of_format)?;
    let largest_page = pages::largest_page(&file, found.metadata())?;
    let has_int96 =
        found.parquet_schema().columns().iter().any(|column| column.physical_type() == PhysicalType::INT96);
    // Of INT96, as Spark and Hive write it, the reader would make nanoseconds, which end with the year 2262.
    let options = if has_int96 {
        moments::check_moments(&file)?;
        let in_micros = found.schema().fields().iter().map(in_micros);
        options.with_schema(Arc::new(Schema::new(in_micros.collect::<Vec<_>>())))
    } else {
        options
    };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(not_of_format)?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows());
    let rows = rows.map_err(|_| Unopened::Corrupt("it promises fewer rows than none".to_owned()))?;
    let written = builder.parquet_schema().root_schema().get_fields();
    let fields = builder.schema().fields().iter().zip(written);
    let fields = fields
        .map(|(field, written)| FileColumn { data_type: field.data_type().clone(), written: shown(written) })
        .collect();
    // No value is longer than its page, but a dictionary's may come again in each row.
    let batch_rows = (BATCH_BYTES / largest_page.max(1)).clamp(1, BATCH_ROWS);
    let batches = builder.with_batch_size(batch_rows).build().map_err(not_of_format)?;
    Ok(TableFile { fields, rows, batches: Box::new(batches) })
}

/// The same field with microseconds for nanoseconds, however deep they are.
fn in_micros(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
        }
        DataType::List(item) => DataType::List(in_micros(item)),
        DataType::LargeList(item) => DataType::LargeList(in_micros(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(in_micros).collect()),
        DataType::Map(entries, sorted) => DataType::Map(in_micros(entries), *sorted),
        _ => return Arc::clone(field),
    };
    Arc::new(Field::clone(field).with_data_type(kind))
}

/// `OPTIONAL INT64 id;`
fn shown(column: &Type) -> String {
    let mut text = Vec::new();
    print_schema(&mut text, column);
    let text = String::from_utf8_lossy(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(';').to_owned()
}
