//! Parquet: columns in pages, with their schema behind them.

use super::FileFacts;

pub(super) const FACTS: FileFacts = FileFacts {
    suffixes: &["parquet"],
    magic: b"PAR1",
    // As Spark names its parts.
    inner_codecs: &["gz", "gzip", "snappy", "zstd", "lz4", "lz4raw", "lz4_raw", "brotli", "br", "lzo"],
    is_packed_whole: false,
    oddity: |_| Some("does not begin like Parquet".to_owned()),
};
