//! The sentence of a failure, which is bounded where it tells what was wrong, and not where it says what to do next.

use std::fmt;

use crate::model::shown::{bytes_as_json, shown_within};

/// Bytes of a sentence at most, as JSON writes it: it may quote what a producer wrote, and collectors of logs cut long
/// lines.
const LONGEST: usize = 4096;
/// Bytes of all that was added to a sentence.
const LONGEST_ADDITIONS: usize = LONGEST / 2;

/// "The table config is empty; fix the table config": what is wrong, and what was added to that. Both are escaped, in one
/// line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    what: Box<str>,
    additions: Box<str>,
}

impl Sentence {
    pub fn new(what: &str) -> Self {
        Self { what: shown_within(what, LONGEST).into(), additions: Box::default() }
    }

    /// The same sentence, with more behind it. Where there is no room for all, what is cut is the end of what was wrong,
    /// then that of what was added before.
    pub fn and(self, addition: &str) -> Self {
        let addition = format!("; {addition}");
        let additions = followed_by(&self.additions, &addition, LONGEST_ADDITIONS);
        let what = shown_within(&self.what, LONGEST - bytes_as_json(&additions));
        Self { what: what.into(), additions: additions.into() }
    }
}

/// `end` is cut only where it would leave `text` less than half of the room.
fn followed_by(text: &str, end: &str, longest: usize) -> String {
    let end = shown_within(end, longest.saturating_sub(bytes_as_json(text)).max(longest / 2));
    let text = shown_within(text, longest - bytes_as_json(&end));
    format!("{text}{end}")
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, additions } = self;
        write!(f, "{what}{additions}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_no_characters_that_act_on_a_terminal() {
        let sentence = Sentence::new("under s3://b/\u{1b}[31m\n/").and("see \u{202e}");
        assert_eq!(sentence.to_string(), r"under s3://b/\u{1b}[31m\n/; see \u{202e}");
    }

    #[test]
    fn a_sentence_does_not_repeat_all_that_a_producer_wrote() {
        assert_eq!(Sentence::new(&"x".repeat(1_000_000)).to_string().len(), LONGEST);
    }

    #[test]
    fn however_long_a_sentence_is_it_ends_with_what_to_do_next() {
        for what in ["x".repeat(5_000), "\"".repeat(5_000), "\u{0}".repeat(5_000), "ä".repeat(4095)] {
            let sentence = Sentence::new(&what).and("fix the file").and("the lease was lost").to_string();
            assert!(sentence.ends_with(" …; fix the file; the lease was lost"), "{sentence}");
            assert!(bytes_as_json(&sentence) <= LONGEST, "{}", sentence.len());
        }
    }

    #[test]
    fn of_long_additions_the_last_is_there_too() {
        let sentence =
            Sentence::new(&"x".repeat(5_000)).and("fix the file").and(&"y".repeat(5_000)).and("done");
        let sentence = sentence.to_string();
        assert!(sentence.contains(" …; fix the file; yyy") && sentence.ends_with(" …; done"), "{sentence}");
        assert!(sentence.len() <= LONGEST, "{}", sentence.len());
    }
}
