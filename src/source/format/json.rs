//! JSON objects one after another.

use super::FileFacts;

pub(super) const FACTS: FileFacts = FileFacts {
    suffixes: &["json", "jsonl", "ndjson"],
    magic: b"",
    inner_codecs: &[],
    is_packed_whole: true,
    oddity,
};

fn oddity(start: &[u8]) -> Option<String> {
    let says = |clause: &str| Some(clause.to_owned());
    if start.starts_with(b"\xef\xbb\xbf") {
        return says("begins with a byte order mark; write it without");
    }
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace())?;
    match first {
        b'{' => None,
        b'[' => {
            says("is a JSON array, and COPY wants the objects one after another, without brackets and commas")
        }
        b'<' => says("is HTML or XML, perhaps the error page of a server"),
        _ => says("does not begin with `{`, as JSON objects do"),
    }
}
