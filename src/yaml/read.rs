//! The text of a YAML file to a [`Tree`], within bounds that hold whatever is in it.

use std::cell::Cell;
use std::str::Chars;

use saphyr_parser::{Event, Parser};

use crate::yaml::Tree;
use crate::yaml::build::Builder;

/// Characters with which something new can begin, that may be read before the parser tells of the first thing.
///
/// The parser holds all of a list or map in brackets until it is closed, at about 200 bytes for each of these: 40,000
/// of them are 8 MiB.
const MAX_MARKS: u32 = 40_000;

/// Reads one document.
///
/// # Errors
/// Everything that is wrong with the file as such, in sentences; a few at most.
pub(crate) fn read(text: &str) -> Result<Tree, Vec<String>> {
    let marks = Cell::new(0);
    let mut parser = Parser::new_from_iter(Counted { characters: text.chars(), marks: &marks });
    let mut builder = Builder::default();
    loop {
        marks.set(0);
        let event = parser.next_event();
        if marks.get() > MAX_MARKS {
            return Err(vec![format!(
                "one value, or one list or map in brackets, is too large: it has more than {MAX_MARKS} brackets, commas, colons and quotes; write lists and maps without brackets"
            )]);
        }
        match event {
            None | Some(Ok((Event::StreamEnd, _))) => return builder.finish(),
            Some(Ok((event, span))) => builder.take(event, span.start.line()).map_err(|end| vec![end])?,
            // The parser's own words are left out: they could quote the file.
            Some(Err(error)) => {
                let at = error.marker();
                return Err(vec![format!(
                    "it is not YAML: it cannot be read on from line {}, column {}",
                    at.line(),
                    at.col() + 1
                )]);
            }
        }
    }
}

/// The characters of a text. It ends when too many marks were read since they were last counted from 0, so that the
/// parser cannot hold more than that.
struct Counted<'a> {
    characters: Chars<'a>,
    marks: &'a Cell<u32>,
}

impl Iterator for Counted<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.marks.get() > MAX_MARKS {
            return None;
        }
        let character = self.characters.next()?;
        if matches!(character, ',' | ':' | '[' | ']' | '{' | '}' | '?' | '"' | '\'' | '*' | '&' | '!') {
            self.marks.set(self.marks.get() + 1);
        }
        Some(character)
    }
}
