//! A file of either format, opened: its columns, and its rows in batches.

use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;
use orc_rust::ArrowReaderBuilder;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type as PhysicalType;
use parquet::schema::printer::print_schema;
use parquet::schema::types::Type;

use crate::copy::grammar::format::Format;

/// Rows of some hundred bytes make a batch of some hundred kilobytes.
const BATCH_ROWS: usize = 1_024;

/// A column of the file.
pub(super) struct FileColumn {
    pub data_type: DataType,
    /// As the format writes its type.
    pub written: String,
}

pub(super) struct TableFile {
    pub fields: Vec<FileColumn>,
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
}

impl TableFile {
    pub(super) fn open(format: &Format, file: File) -> io::Result<Self> {
        match format {
            Format::Orc { .. } => open_orc(file),
            _ => open_parquet(file),
        }
    }
}

fn open_orc(file: File) -> io::Result<TableFile> {
    let builder = ArrowReaderBuilder::try_new(file).map_err(io::Error::other)?;
    let fields = builder.schema();
    let fields = fields.fields().iter().map(|field| FileColumn {
        data_type: field.data_type().clone(),
        written: field.data_type().to_string().to_lowercase(),
    });
    let fields = fields.collect();
    Ok(TableFile { fields, batches: Box::new(builder.with_batch_size(BATCH_ROWS).build()) })
}

fn open_parquet(file: File) -> io::Result<TableFile> {
    // What the Arrow of the writer thought of its columns is nothing that Redshift knows.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(&file, options.clone())?;
    // Of INT96, as Spark and Hive write it, the reader would make nanoseconds, which end with the year 2262.
    let in_micros = found.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            Arc::new(Field::clone(field).with_data_type(micros))
        }
        _ => Arc::clone(field),
    });
    let in_micros = Arc::new(Schema::new(in_micros.collect::<Vec<_>>()));
    let has_int96 =
        found.parquet_schema().columns().iter().any(|column| column.physical_type() == PhysicalType::INT96);
    let options = if has_int96 { options.with_schema(in_micros) } else { options };
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    let written = builder.parquet_schema().root_schema().get_fields();
    let fields = builder.schema().fields().iter().zip(written);
    let fields = fields
        .map(|(field, written)| FileColumn { data_type: field.data_type().clone(), written: shown(written) })
        .collect();
    Ok(TableFile { fields, batches: Box::new(builder.with_batch_size(BATCH_ROWS).build()?) })
}

/// `OPTIONAL INT64 id;`
fn shown(column: &Type) -> String {
    let mut text = Vec::new();
    print_schema(&mut text, column);
    let text = String::from_utf8_lossy(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(';').to_owned()
}
