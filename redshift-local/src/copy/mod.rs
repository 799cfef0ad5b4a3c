//! COPY from S3: the statement, the objects it names, their rows, and what becomes of the bad ones.
//!
//! S3 -> [`fetch`] -> a bounded queue -> [`decode`] on a thread of its own (unpack, split into rows, judge every value by
//! Redshift's rules, write PostgreSQL's text format) -> a bounded queue -> COPY FROM STDIN in the client's own
//! PostgreSQL session, so that the rows belong to the client's transaction.

#[cfg(feature = "columnar")]
pub(crate) mod avro;
pub(crate) mod broken;
pub(crate) mod column_kind;
#[cfg(feature = "parquet")]
pub(crate) mod columnar;
pub(crate) mod decode;
pub(crate) mod delimited;
pub(crate) mod fetch;
pub(crate) mod grammar;
pub(crate) mod history;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod load_error;
pub(crate) mod manifest;
pub(crate) mod readers;
pub(crate) mod replacements;
pub(crate) mod row;
pub(crate) mod run;
pub(crate) mod s3_refusals;
pub(crate) mod scan_error;
pub(crate) mod source;
pub(crate) mod stream;
pub(crate) mod target;
pub(crate) mod utf8;
pub(crate) mod value;
