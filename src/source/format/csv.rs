//! CSV: fields that may stand in quotes, and quotes that are doubled in them.

use super::{FileFacts, odd_text};

pub(super) const FACTS: FileFacts =
    FileFacts { suffixes: &["csv"], magic: b"", inner_codecs: &[], is_packed_whole: true, oddity };

fn oddity(start: &[u8]) -> Option<String> {
    match start.trim_ascii_start() {
        [b'{', b'"', ..] => Some("begins with `{\"`, as JSON does and CSV does not".to_owned()),
        _ => odd_text(start),
    }
}
