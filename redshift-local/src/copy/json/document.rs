//! Where a JSON document ends in a stream of them.

use std::io;

use crate::copy::input::window::Window;

pub(crate) fn newlines(raw: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', raw).count() as u64
}

/// Brings the next document to the front of the window whole; its length, or `None` at the end of the object.
pub(crate) fn next_document(window: &mut Window<'_>, line: &mut u64) -> io::Result<Option<usize>> {
    loop {
        let blank = window.bytes().iter().position(|byte| !byte.is_ascii_whitespace());
        let skipped = blank.unwrap_or(window.bytes().len());
        *line += newlines(&window.bytes()[..skipped]);
        window.advance(skipped);
        if blank.is_some() {
            break;
        }
        if !window.extend()? {
            return Ok(None);
        }
    }
    let mut scan = Scan::default();
    loop {
        if let Some(length) = scan.end(window.bytes()) {
            return Ok(Some(length));
        }
        // What is longer than a row may be, or never closed, is one bad row.
        if scan.at > window.longest_row() || !window.extend()? {
            return Ok(Some(scan.at.min(window.bytes().len())));
        }
    }
}

/// How far the search for a document's end has come.
#[derive(Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_string: bool,
}

impl Scan {
    /// The length of the document, once its end is among the bytes.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while self.at < bytes.len() {
            if self.in_string {
                let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[self.at..]) else {
                    self.at = bytes.len();
                    return None;
                };
                let at = self.at + found;
                if bytes[at] == b'\\' {
                    if at + 1 == bytes.len() {
                        // Seen again together with the character it escapes.
                        self.at = at;
                        return None;
                    }
                    self.at = at + 2;
                } else {
                    self.at = at + 1;
                    self.in_string = false;
                }
                continue;
            }
            let byte = bytes[self.at];
            self.at += 1;
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                // Outside of any object: text that is no JSON, up to the end of its line.
                b'\n' if self.depth == 0 => return Some(self.at),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    fn documents(text: &str) -> Vec<(u64, String)> {
        documents_in_pieces(text, 1000)
    }

    fn documents_in_pieces(text: &str, size: usize) -> Vec<(u64, String)> {
        let pieces = crate::copy::input::window::tests::Pieces::new(text.as_bytes(), size);
        let mut window = Window::new(Box::new(pieces), 1 << 20);
        let mut line = 1;
        let mut found = Vec::new();
        while let Some(length) = next_document(&mut window, &mut line).expect("memory can be read") {
            let raw = window.bytes()[..length].to_vec();
            found.push((line, String::from_utf8_lossy(&raw).into_owned()));
            line += newlines(&raw);
            window.advance(length);
        }
        found
    }

    #[test]
    fn documents_are_cut_at_their_own_end_not_at_the_lines() {
        let found = documents("{\"a\": \"}\\\"{\"}{\"b\":\n[1,{}]}\n\n [1] \n{\"c\"");
        let expected = [(1, "{\"a\": \"}\\\"{\"}"), (1, "{\"b\":\n[1,{}]}"), (4, "[1]"), (5, "{\"c\"")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn text_that_is_no_json_is_one_document_per_line() {
        let found = documents("a,b\nc\n{}");
        assert_eq!(found, [(1, "a,b\n"), (2, "c\n"), (3, "{}")].map(|(line, text)| (line, text.to_owned())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_pieces_do_not_matter(text in "[{}\\[\\]\"\\\\a,:\n ]{0,60}", size in 1_usize..7) {
            assert_eq!(documents_in_pieces(&text, size), documents(&text));
        }
    }
}
