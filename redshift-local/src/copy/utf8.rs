//! Text that is not UTF-8, and Redshift's words for what is wrong with it [DG multi-byte-character-load-errors].

use std::borrow::Cow;

use super::grammar::options::Options;
use super::load_error::Reject;

/// The text of a row. What is not UTF-8 is refused, or with ACCEPTINVCHARS replaced byte by byte, as are the code points
/// that are no characters then. It is owned when something was replaced.
pub(crate) fn text<'a>(raw: &'a [u8], options: &Options) -> Result<Cow<'a, str>, Reject> {
    let error = match std::str::from_utf8(raw) {
        Ok(text) => {
            return Ok(match options.accept_invalid_characters {
                Some(replacement) if text.contains(is_no_character) => Cow::Owned(replaced(raw, replacement)),
                _ => Cow::Borrowed(text),
            });
        }
        Err(error) => error,
    };
    let Some(replacement) = options.accept_invalid_characters else {
        let (sequence, number) = fault(&raw[error.valid_up_to()..]);
        let sequence: Vec<String> = sequence.iter().map(|byte| format!("{byte:x}")).collect();
        let reason = format!(
            "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {} (error {number})",
            sequence.join(" ")
        );
        return Err(Reject::new(1220, reason).at(error.valid_up_to()));
    };
    Ok(Cow::Owned(replaced(raw, replacement)))
}

/// The text of a row in which ACCEPTINVCHARS replaces something, with another letter in place of what it says.
pub(crate) fn otherwise(raw: &[u8], options: &Options) -> String {
    replaced(raw, if options.accept_invalid_characters == Some(b'X') { b'Y' } else { b'X' })
}

fn replaced(raw: &[u8], replacement: u8) -> String {
    let mut text = String::with_capacity(raw.len());
    let replace = |bytes: usize, text: &mut String| text.extend((0..bytes).map(|_| char::from(replacement)));
    for chunk in raw.utf8_chunks() {
        for piece in chunk.valid().split_inclusive(is_no_character) {
            match piece.chars().next_back().filter(|last| is_no_character(*last)) {
                Some(last) => {
                    text.push_str(piece.strip_suffix(last).unwrap_or_default());
                    replace(last.len_utf8(), &mut text);
                }
                None => text.push_str(piece),
            }
        }
        replace(chunk.invalid().len(), &mut text);
    }
    text
}

/// Code points that are set aside for no character, which COPY takes unless ACCEPTINVCHARS is said
/// [DG multi-byte-character-load-errors].
fn is_no_character(character: char) -> bool {
    let code = u32::from(character);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// The sequence at the front, which is no character, and the number of what is wrong with it.
fn fault(bytes: &[u8]) -> (&[u8], u8) {
    let first = bytes.first().copied().unwrap_or_default();
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        // More than the four bytes that a VARCHAR takes.
        0xf8..=0xfd => return (&bytes[..1], 1),
        // No character begins like that.
        _ => return (bytes.get(..1).unwrap_or_default(), 3),
    };
    let trailing =
        bytes.iter().skip(1).take(length - 1).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    let sequence = &bytes[..=trailing];
    match (first, sequence.get(1)) {
        _ if sequence.len() == bytes.len() && trailing + 1 < length => (sequence, 2),
        _ if trailing + 1 < length => (&bytes[..trailing + 2], 4),
        (0xed, Some(0xa0..)) => (sequence, 5),
        // Beyond the last code point, or written with more bytes than it needs.
        _ => (sequence, 6),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::*;

    #[test]
    fn what_is_wrong_has_a_number() {
        let reason = |raw: &[u8]| text(raw, &Options::default()).expect_err("it is no text").reason;
        for (raw, end) in [
            (b"a\xa4b".as_slice(), "a4 (error 3)"),
            (b"a\xe2\x82", "e2 82 (error 2)"),
            (b"\xe2\x82x", "e2 82 78 (error 4)"),
            (b"\xf8\x88\x80\x80\x80", "f8 (error 1)"),
            (b"\xed\xa0\x80", "ed a0 80 (error 5)"),
            (b"\xf4\x90\x80\x80", "f4 90 80 80 (error 6)"),
        ] {
            assert!(reason(raw).ends_with(end), "{}", reason(raw));
        }
    }

    #[test]
    fn acceptinvchars_replaces_byte_by_byte() {
        let accepting = Options { accept_invalid_characters: Some(b'?'), ..Options::default() };
        assert_eq!(text(b"a\xe2\x82b", &accepting).as_deref(), Ok("a??b"));
    }

    #[test]
    fn code_points_that_are_no_characters_are_taken_or_replaced() {
        let raw = "a\u{fffe}b\u{10ffff}\u{fdd0}c";
        let accepting = Options { accept_invalid_characters: Some(b'^'), ..Options::default() };
        assert_eq!(text(raw.as_bytes(), &Options::default()).as_deref(), Ok(raw));
        assert_eq!(text(raw.as_bytes(), &accepting).as_deref(), Ok("a^^^b^^^^^^^c"));
        assert_eq!(otherwise(raw.as_bytes(), &accepting), "aXXXbXXXXXXXc");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_it_panic(raw in proptest::collection::vec(any::<u8>(), 0..8)) {
            assert_eq!(text(&raw, &Options::default()).is_ok(), std::str::from_utf8(&raw).is_ok());
        }
    }
}
