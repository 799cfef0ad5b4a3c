//! The end of a Parquet file: where its schema is, and the schema [Parquet format, File Format].
//!
//! The schema stands at the beginning of the metadata, before what each group of rows says of itself, so a bounded part of
//! the metadata is enough however large the file is.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::file::metadata::ParquetMetaDataReader;

use crate::source::parquet::columns::{ParquetColumn, column};
use crate::source::parquet::{NoSchema, skim};

/// Bytes at the end that say how long the metadata before them is.
pub const TAIL: u64 = 8;

/// Bytes of the metadata that are read; the schema of a thousand columns takes a tenth.
pub const SCHEMA: u64 = 1 << 20;

/// Which bytes of an object of `size` bytes hold its schema, from its last [`TAIL`] bytes.
pub fn schema_range(tail: &[u8], size: u64) -> Result<Range<u64>, NoSchema> {
    // Two magics and the length between.
    if size < 4 + TAIL {
        return Err(NoSchema::TooShort(size));
    }
    let length = match tail.last_chunk::<8>() {
        Some(&[a, b, c, d, b'P', b'A', b'R', b'1']) => u64::from(u32::from_le_bytes([a, b, c, d])),
        Some([.., b'P', b'A', b'R', b'E']) => return Err(NoSchema::Encrypted),
        _ => return Err(NoSchema::NotParquet),
    };
    let start = size.checked_sub(TAIL + length).filter(|start| *start >= 4);
    let start = start.ok_or(NoSchema::MetadataTooLong { length, size })?;
    Ok(start..start + length.min(SCHEMA))
}

/// The columns of the file, in its order, from the bytes of [`schema_range`].
pub fn columns(metadata: &[u8]) -> Result<Vec<ParquetColumn>, NoSchema> {
    skim::check(metadata)?;
    // The reader is made for files that a friend has written; a broken one may make it panic.
    let schema = catch_unwind(AssertUnwindSafe(|| ParquetMetaDataReader::decode_schema(metadata)));
    let schema = schema.map_err(|_| NoSchema::Broken)?.map_err(|_| NoSchema::Broken)?;
    Ok(schema.root_schema().get_fields().iter().map(|field| column(field)).collect())
}

#[cfg(test)]
mod tests;
