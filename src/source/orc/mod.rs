//! The schema of an ORC file, known from the end of the file before anything runs. COPY fills columns by their place, so a
//! file whose columns are others than they seem would be a wrong load.

pub mod tail;
mod protobuf;
mod unpack;
mod columns;

/// Why the schema of a file is not known; each a clause that follows its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchema {
    #[error("is too short for ORC: {0} bytes")]
    TooShort(u64),
    #[error("does not end like ORC: it may have been cut while it was written")]
    NotOrc,
    #[error("says that its footer has {length} bytes, and has {size} in all")]
    FooterTooLong { length: u64, size: u64 },
    #[error("has a schema that is longer or wider than any table: {0}")]
    TooLarge(&'static str),
    #[error("has a footer that cannot be read, {0} bytes before its end")]
    Broken(u64),
    #[error("has a schema that is no struct, which COPY does not load")]
    NoStruct,
    #[error("has blocks packed by {0}, which COPY does not read")]
    Codec(&'static str),
}
