//! What the first bytes of a file say of its columns. The caller reads at most [`HEAD`] bytes, and more only of what is packed in larger blocks.
//!
//! All of it is bounded: a head unpacks to [`UNPACKED`] bytes and no further, and has [`NAMES`] names at most.

pub mod unpack;
pub mod header;
pub mod rows;
pub mod value_kind;
pub mod keys;
pub mod avro;

/// Bytes of a file that are enough to judge it by.
pub const HEAD: usize = 64 * 1024;

/// Unpacked bytes that are looked at; whatever the rest would unpack to is not unpacked.
pub const UNPACKED: usize = 256 * 1024;

/// Names that are taken of one file: Redshift's tables end at 1,600 columns [MG amazon-redshift-limits].
pub const NAMES: usize = 2_000;

/// Bytes of a name that are kept: no column has such a long one.
pub const LONGEST_NAME: usize = 1_024;
