//! What stands between the fields of a text file.

use std::fmt;

use crate::model::shown::excerpt;

/// One or a few ASCII characters, as COPY takes them [DG copy-parameters-data-format].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiter(String);

/// Why a text is no delimiter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDelimiter {
    #[error(
        "`{0}` is not a delimiter: write one to four ASCII characters, such as `|`, `|~|`, `\\t` or `\\001`"
    )]
    Odd(String),
    #[error("a delimiter cannot be a line break, which ends the row, or NUL")]
    EndsRow,
}

/// Characters of the longest; the guide names no limit, and nobody writes more.
const LONGEST: usize = 4;

impl Delimiter {
    pub const COMMA: &'static str = ",";
    pub const PIPE: &'static str = "|";

    /// Reads the field `delimiter`: the characters themselves, `\t`, or `\ddd` in octal.
    pub fn parse(text: &str) -> Result<Self, InvalidDelimiter> {
        let odd = || InvalidDelimiter::Odd(excerpt(text));
        let mut read = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let octal = rest.get(1..4).filter(|digits| character == '\\' && digits.bytes().all(is_octal));
            let (found, length) = match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
                Some(byte) => (char::from(byte), 4),
                None if rest.starts_with("\\t") => ('\t', 2),
                None => (character, character.len_utf8()),
            };
            if !found.is_ascii() || read.len() == LONGEST {
                return Err(odd());
            }
            if matches!(found, '\n' | '\r' | '\0') {
                return Err(InvalidDelimiter::EndsRow);
            }
            read.push(found);
            rest = rest.get(length..).unwrap_or_default();
        }
        if read.is_empty() { Err(odd()) } else { Ok(Self(read)) }
    }

    /// The characters themselves.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_octal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'7')
}

/// As it can be seen: a tab is `\t`.
impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_tabs_and_octal_numbers_are_delimiters() {
        for (text, expected) in [
            ("|", "|"),
            (";", ";"),
            ("\t", "\t"),
            (r"\t", "\t"),
            (r"\001", "\u{1}"),
            (r"\174", "|"),
            ("|~|", "|~|"),
            (r"\", "\\"),
        ] {
            assert_eq!(Delimiter::parse(text).unwrap().as_str(), expected, "{text}");
        }
        assert_eq!(Delimiter::parse(r"\011").unwrap().to_string(), r"\t");
    }

    #[test]
    fn what_cannot_be_between_fields_is_refused() {
        for text in ["", "ä", "12345", r"\377"] {
            assert!(matches!(Delimiter::parse(text), Err(InvalidDelimiter::Odd(_))), "{text}");
        }
        for text in ["\n", r"\012", r"\000", "a\r"] {
            assert_eq!(Delimiter::parse(text), Err(InvalidDelimiter::EndsRow), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in r"[\\0-9tä|a]{0,8}") {
            drop(Delimiter::parse(&text));
        }
    }
}
