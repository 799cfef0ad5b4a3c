//! Text from outside, as it is shown: a key of S3 may hold a line break, or what makes a terminal change its colours, and a
//! field of a message may be as long as its producer likes.
//!
//! [`shown`] is all of a text, [`shown_within`] as much of it as there is room for, [`excerpt`] its start, as a sentence quotes
//! it; [`shown_as_json`] is for texts of JSON that programs read too. Nothing else cuts or escapes what is shown.

use std::borrow::Cow;

/// `text` with every character escaped that is not to be seen: control characters, line separators, and those that turn
/// the direction of writing. Shown twice, it stays the same.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    text.chars().for_each(|character| push_shown(&mut escaped, character));
    Cow::Owned(escaped)
}

/// As much of `text` as fits into so many bytes of JSON, with a mark when there is more. What does not fit is not looked at,
/// so megabytes cost no more than `longest`.
pub fn shown_within(text: &str, longest: usize) -> String {
    const MORE: &str = " …";
    let mut within = String::new();
    let mut bytes = 0;
    // As long as the rest could still fit, the mark is not needed.
    let mut cut_at = 0;
    for character in text.chars() {
        let before = within.len();
        push_shown(&mut within, character);
        bytes += bytes_as_json(within.get(before..).unwrap_or_default());
        if bytes > longest {
            within.truncate(cut_at);
            within.push_str(MORE);
            return within;
        }
        if bytes + MORE.len() <= longest {
            cut_at = within.len();
        }
    }
    within
}

/// Bytes of a text that is [`shown`], within the quotes of JSON, which writes a backslash before quotes and backslashes.
pub fn bytes_as_json(shown: &str) -> usize {
    shown.len() + shown.matches(['"', '\\']).count()
}

/// Characters of a text that [`excerpt`] quotes.
const LONGEST_EXCERPT: usize = 100;

/// The start of `text`, as it may be quoted in a sentence, and how long all of it is.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        None => shown(text).into_owned(),
        Some((end, _)) => {
            format!("{}… ({} bytes)", shown(text.get(..end).unwrap_or_default()), text.len())
        }
    }
}

/// A word of a command as a shell reads it.
pub fn for_shell(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A text of JSON in which such characters are written as JSON escapes them: it means the same, and a terminal shows it as it
/// is.
pub fn shown_as_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        // Line breaks between values are JSON's own; within a text they are escaped already.
        if character == '\n' || !is_unseen(character) {
            escaped.push(character);
        } else {
            let units = &mut [0; 2];
            let units = character.encode_utf16(units).iter();
            units.for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        }
    }
    escaped
}

fn push_shown(shown: &mut String, character: char) {
    match is_unseen(character) {
        true => shown.extend(character.escape_debug()),
        false => shown.push(character),
    }
}

/// Control characters, those without a width, those that break lines or turn the direction of what follows, and those
/// that are none: SQS takes no message with them.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped_and_nothing_else() {
        let cases = [
            ("s3://b/ä b\\c\"d'.json", "s3://b/ä b\\c\"d'.json"),
            ("a\nb\u{1b}[31mc", r"a\nb\u{1b}[31mc"),
            ("\u{85}\u{2028}\u{202e}x", r"\u{85}\u{2028}\u{202e}x"),
            ("\u{61c}\u{2066}\u{e0041}\u{ffff}", r"\u{61c}\u{2066}\u{e0041}\u{ffff}"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn long_texts_are_cut_and_say_how_long_they_were() {
        assert_eq!(excerpt(&"ä".repeat(100)), "ä".repeat(100));
        assert_eq!(excerpt(&"ä".repeat(101)), format!("{}… (202 bytes)", "ä".repeat(100)));
        assert_eq!(excerpt("a\u{feff}b\0"), r"a\u{feff}b\0");
    }

    #[test]
    fn what_is_cut_fits_as_json() {
        assert_eq!(shown_within("a\nb\u{1b}[2J", 100), r"a\nb\u{1b}[2J");
        assert_eq!(shown_within("fits", 4), "fits");
        assert_eq!(shown_within("does not fit", 8), "does …");
        assert_eq!(shown_within("aääää", 8), "aä …");
        for text in ["\"\\".repeat(1000), "\u{0}".repeat(1000), "ä".repeat(1000)] {
            let json = serde_json::to_string(&shown_within(&text, 512)).unwrap();
            assert!(json.len() <= 512 + 2 && json.len() > 500, "{} bytes", json.len());
        }
    }

    proptest! {
        #[test]
        fn json_that_is_shown_means_the_same(text: String, hostile in "[a\u{1b}\u{202e}\u{e0041}\n\"\\\\]{0,9}") {
            let value = serde_json::json!({text: hostile});
            let pretty = shown_as_json(&serde_json::to_string_pretty(&value).unwrap());
            prop_assert_eq!(shown(&pretty.replace('\n', "")).into_owned(), pretty.replace('\n', ""));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).unwrap(), value);
        }

        #[test]
        fn shown_text_is_one_line_and_stays_as_it_is(text: String) {
            let once = shown(&text).into_owned();
            prop_assert!(!once.contains(char::is_control));
            prop_assert_eq!(shown(&once).into_owned(), once.clone());
        }
    }
}
