//! Where a row ends.

use std::io;

use crate::copy::input::window::Window;

/// When a newline ends the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newline {
    Always,
    /// Not inside of quotes.
    OutsideOf(u8),
    /// Not behind a backslash.
    Unescaped,
}

/// Brings the next row to the front of the window whole; its length with its newline, or `None` at the end.
pub(crate) fn next_row(window: &mut Window<'_>, newline: Newline) -> io::Result<Option<usize>> {
    let mut at = 0;
    let mut quoted = false;
    loop {
        let bytes = window.bytes();
        while at < bytes.len() {
            let found = match newline {
                Newline::Always => memchr::memchr(b'\n', &bytes[at..]),
                Newline::OutsideOf(quote) => memchr::memchr2(quote, b'\n', &bytes[at..]),
                Newline::Unescaped => memchr::memchr2(b'\\', b'\n', &bytes[at..]),
            };
            let Some(found) = found else {
                at = bytes.len();
                break;
            };
            let mark = bytes[at + found];
            if mark == b'\n' && !quoted {
                return Ok(Some(at + found + 1));
            }
            if newline == Newline::Unescaped {
                if at + found + 1 == bytes.len() {
                    // Seen again together with the character it escapes.
                    at += found;
                    break;
                }
                at += found + 2;
            } else {
                at += found + 1;
                quoted ^= mark != b'\n';
            }
        }
        let longest = at > window.longest_row() + 1;
        if longest || !window.extend()? {
            let length = if longest { at } else { window.bytes().len() };
            return Ok((length > 0).then_some(length));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, ProptestConfig, prop_oneof, proptest};

    use super::*;

    /// Rows of a text that arrives in pieces of one size.
    fn rows(text: &str, size: usize, newline: Newline) -> Vec<usize> {
        let pieces = crate::copy::input::window::tests::Pieces::new(text.as_bytes(), size);
        let mut window = Window::new(Box::new(pieces), 1 << 20);
        let mut rows = Vec::new();
        while let Some(length) = next_row(&mut window, newline).expect("memory can be read") {
            rows.push(length);
            window.advance(length);
        }
        rows
    }

    #[test]
    fn a_quoted_or_escaped_newline_does_not_end_the_row() {
        assert_eq!(rows("a,\"b\nc\"\nd,e", 100, Newline::OutsideOf(b'"')), [8, 3]);
        assert_eq!(rows("a\\\nb\nc\\\\\nd", 100, Newline::Unescaped), [5, 4, 1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_pieces_do_not_matter(
            text in "[ab\"\\\\\n]{0,40}", size in 1_usize..7,
            newline in prop_oneof![Just(Newline::Always), Just(Newline::OutsideOf(b'"')), Just(Newline::Unescaped)],
        ) {
            let whole = rows(&text, 1000, newline);
            assert_eq!(rows(&text, size, newline), whole);
            assert_eq!(whole.iter().sum::<usize>(), text.len());
        }
    }
}
