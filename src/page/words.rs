//! Values as pages write them.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::daemon::state::sentence::in_words;
use crate::model::shown::shown_within;

/// Bytes of a name, and of a sentence, that a page shows.
const LONGEST_NAME: usize = 120;
const LONGEST_SENTENCE: usize = 1000;
/// Characters of the end of a longer one, which says what to do.
const END_OF_SENTENCE: usize = 300;

/// What an address may say as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// A name, or another text of one word, that comes from outside.
pub(super) fn short(text: &str) -> String {
    shown_within(text, LONGEST_NAME)
}

/// A sentence that may quote what comes from outside; of a long one the beginning and the end.
pub(super) fn sentence(text: &str) -> String {
    if text.len() <= LONGEST_SENTENCE {
        return shown_within(text, LONGEST_SENTENCE);
    }
    let end = text.char_indices().rev().nth(END_OF_SENTENCE - 1).map_or(0, |(index, _)| index);
    let end = shown_within(text.get(end..).unwrap_or_default(), LONGEST_SENTENCE);
    format!("{} {end}", shown_within(text, LONGEST_SENTENCE - END_OF_SENTENCE))
}

/// An instant of RFC 3339, or of Redshift, to the second.
pub(super) fn moment(instant: &str) -> String {
    let seconds: String = instant.chars().take(19).collect();
    short(&seconds.replace('T', " "))
}

/// The same to the minute; midnight is a date.
pub(super) fn date(instant: &str) -> String {
    let minutes: String = moment(instant).chars().take(16).collect();
    minutes.strip_suffix(" 00:00").map_or(minutes.clone(), str::to_owned)
}

/// A length of time.
pub(super) fn span(seconds: u64) -> String {
    in_words(Duration::from_secs(seconds))
}

/// A number with its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// So many of a thing.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// The address of a table's page. The first dot parts schema and table, as names may have dots.
pub(super) fn table_path(schema: &str, table: &str) -> String {
    let encoded = |name| utf8_percent_encode(name, PLAIN);
    format!("/table/{}.{}", encoded(schema), encoded(table))
}

/// The same of a table's whole name, which is taken to have one dot.
pub(super) fn path_of_table(name: &str) -> String {
    let (schema, table) = name.split_once('.').unwrap_or((name, ""));
    table_path(schema, table)
}

/// The address of a load's page.
pub(super) fn load_path(load_id: &str) -> String {
    format!("/load/{}", utf8_percent_encode(load_id, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!([1, 2].map(|count| counted(count, "row")), ["1 row", "2 rows"]);
        assert_eq!(date("2026-11-26T00:00:00Z"), "2026-11-26");
        assert_eq!(date("2026-11-26 06:30:00"), "2026-11-26 06:30");
        assert_eq!(moment("2026-11-26T06:30:15.123Z"), "2026-11-26 06:30:15");
    }

    #[test]
    fn a_long_sentence_keeps_the_end_that_says_what_to_do() {
        let long = sentence(&format!("COPY refused {}; fix the file", "x".repeat(5000)));
        assert!(long.starts_with("COPY refused x") && long.ends_with("; fix the file"), "{long}");
        assert!(long.contains(" … ") && long.len() < 1100, "{}", long.len());
    }

    #[test]
    fn addresses_hold_any_name() {
        assert_eq!(path_of_table("s.<script>"), "/table/s.%3Cscript%3E");
        assert_eq!(table_path("a.b", "c/ü"), "/table/a%2Eb.c%2F%C3%BC");
        assert_eq!(load_path("../x"), "/load/%2E%2E%2Fx");
    }
}
