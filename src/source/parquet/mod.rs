//! The schema of a Parquet file, and whether its columns fit a table: known from the end of the file before anything runs.

pub mod footer;
mod skim;
pub mod columns;
pub mod fits;

/// Why the schema of a file is not known; each a clause that follows its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchema {
    #[error("is too short for Parquet: {0} bytes")]
    TooShort(u64),
    #[error("does not end like Parquet: it may have been cut while it was written")]
    NotParquet,
    #[error("is encrypted inside, which COPY does not read")]
    Encrypted,
    #[error("says that its metadata has {length} bytes, and has {size} in all")]
    MetadataTooLong { length: u64, size: u64 },
    #[error("has a schema that is longer, deeper or wider than any table: {0}")]
    TooLarge(&'static str),
    #[error("has a schema that cannot be read")]
    Broken,
}
