//! ORC: columns in stripes, with their schema behind them.

use super::FileFacts;

pub(super) const FACTS: FileFacts = FileFacts {
    suffixes: &["orc"],
    magic: b"ORC",
    inner_codecs: &["snappy", "zlib", "zstd", "lz4", "lzo"],
    is_packed_whole: false,
    oddity: |_| Some("does not begin like ORC".to_owned()),
};
