//! Avro: records in blocks, behind a header that holds their schema.

use super::FileFacts;

pub(super) const FACTS: FileFacts = FileFacts {
    suffixes: &["avro"],
    magic: b"Obj\x01",
    // All that COPY reads [DG copy-parameters-data-format].
    inner_codecs: &["deflate", "snappy"],
    is_packed_whole: true,
    oddity: |_| Some("does not begin like Avro".to_owned()),
};
