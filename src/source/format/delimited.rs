//! Fields between delimiters, as UNLOAD writes them: backslashes before what would end a field, and quotes around it.
//!
//! No suffix says so. `.tsv` is written in two dialects, with backslashes and with doubled quotes, and either of them reads
//! the other's without a complaint and wrong: its `format` must be said.

use super::{FileFacts, odd_text};

pub(super) const FACTS: FileFacts =
    FileFacts { suffixes: &[], magic: b"", inner_codecs: &[], is_packed_whole: true, oddity: odd_text };
