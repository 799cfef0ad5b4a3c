//! Fields of so many characters each, with nothing between them.

use super::{FileFacts, odd_text};

pub(super) const FACTS: FileFacts =
    FileFacts { suffixes: &[], magic: b"", inner_codecs: &[], is_packed_whole: true, oddity: odd_text };
