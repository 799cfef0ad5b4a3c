//! The schema of a Parquet file, and whether its columns fit a table: known from the end of the file before anything runs.

pub mod footer;
mod skim;
pub mod columns;
pub mod fits;
