//! Edits to a statement's text, and the way back from a place in the result to the place in the source.

use std::ops::Range;

use super::lexer::Token;
#[cfg(test)]
use super::refusal::Refusal;
#[cfg(test)]
use super::statement::{Statement, split};

/// Replacements of byte ranges of one source, in any order; overlapping ones are a mistake of the caller. Texts that are put
/// in at the same place stand in the order in which they were: whoever closes something there relies on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edits {
    replacements: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub(crate) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.replacements.push((range, text.into()));
    }

    pub(crate) fn replace_token(&mut self, token: Token, text: impl Into<String>) {
        self.replace(token.start..token.end, text);
    }

    pub(crate) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// A part of the source with the edits that lie in it.
    pub(crate) fn within(&self, source: &str, part: Range<usize>) -> String {
        let inside =
            self.replacements.iter().filter(|(range, _)| part.start <= range.start && range.end <= part.end);
        let moved =
            inside.map(|(range, text)| (range.start - part.start..range.end - part.start, text.clone()));
        let source = source.get(part.clone()).expect("tokens lie on character boundaries");
        Self { replacements: moved.collect() }.apply(source).text
    }

    pub(crate) fn apply(mut self, source: &str) -> Rewritten {
        // What is put in before a part is no edit inside of it. Stable, for texts at the same place.
        self.replacements
            .sort_by_key(|(range, _)| (range.start, !range.is_empty(), std::cmp::Reverse(range.end)));
        let mut text = String::with_capacity(source.len() + 64);
        let mut kept = Vec::new();
        let mut from = 0;
        for (range, replacement) in &self.replacements {
            // An edit inside a part that another one removed has nothing left to do.
            if range.start < from {
                continue;
            }
            kept.push((text.len(), from));
            text.push_str(source.get(from..range.start).expect("edits lie on character boundaries"));
            kept.push((text.len(), range.start));
            text.push_str(replacement);
            from = range.end;
        }
        kept.push((text.len(), from));
        text.push_str(source.get(from..).expect("edits lie on character boundaries"));
        Rewritten { text, kept }
    }
}

/// The text for PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub text: String,
    /// From this byte of `text` on, the source continues at that byte; inside a replacement it stands still.
    kept: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The text as it was written.
    pub(crate) fn unchanged(source: &str) -> Self {
        Edits::default().apply(source)
    }

    /// Where the character `position` (from 1) of the text was in the source.
    pub(crate) fn original_position(&self, source: &str, position: usize) -> usize {
        let byte =
            self.text.char_indices().nth(position.saturating_sub(1)).map_or(self.text.len(), |(at, _)| at);
        let part = self.kept.partition_point(|&(start, _)| start <= byte).saturating_sub(1);
        let (start, origin) = self.kept[part];
        let limit = self.kept.get(part + 1).map_or(source.len(), |&(_, next)| next);
        let origin = (origin + byte - start).min(limit);
        source.char_indices().take_while(|&(at, _)| at < origin).count() + 1
    }
}

/// What a rewriting makes of a statement, or the code and the message of its refusal.
#[cfg(test)]
pub(crate) fn rewritten_by(
    rewrite: impl Fn(&Statement<'_>, &mut Edits) -> Result<(), Refusal>,
    source: &str,
) -> String {
    let statement = split(source).remove(0);
    let mut edits = Edits::default();
    match rewrite(&statement, &mut edits) {
        Ok(()) => edits.apply(source).text,
        Err(refusal) => format!("{} {}", refusal.code, refusal.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_at_one_place_stand_in_the_order_in_which_they_were_put_there() {
        let mut edits = Edits::default();
        for text in ["inner)", "outer)"] {
            edits.insert(8, text);
        }
        edits.insert(0, "(");
        assert_eq!(edits.apply("select 1").text, "(select 1inner)outer)");
    }

    #[test]
    fn a_place_in_the_result_leads_back_to_the_source() {
        let source = "create table t (a text, b oops)";
        let mut edits = Edits::default();
        edits.replace(18..22, "varchar(256)");
        let rewritten = edits.apply(source);
        let position = rewritten.text.find("oops").expect("the word is kept") + 1;
        assert_eq!(
            rewritten.original_position(source, position),
            source.find("oops").expect("it is there") + 1
        );
        assert_eq!(rewritten.original_position(source, 1), 1);
    }
}
