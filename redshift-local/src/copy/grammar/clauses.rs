//! COPY's options as they were written: in any order and case, each at most once (fact 1.1).

use std::collections::BTreeMap;

use super::keyword::{FORMATS, Keyword, Takes};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::Kind;
use crate::sql::refusal::Refusal;

/// What the statement said, not yet judged.
#[derive(Debug, Default)]
pub(crate) struct Clauses {
    said: BTreeMap<Keyword, Argument>,
}

#[derive(Debug)]
enum Argument {
    Nothing,
    Text { text: String, position: Option<usize> },
    Count(u64),
    Off,
}

impl Clauses {
    /// One option, if one is ahead.
    pub(crate) fn take(&mut self, ahead: &mut Cursor<'_>) -> Result<bool, Refusal> {
        let before = ahead.eat("format") | ahead.eat("as");
        let Some((keyword, takes)) = ahead.peek_word().and_then(|word| Keyword::find(&word)) else {
            return Ok(false);
        };
        if before && !FORMATS.contains(&keyword) {
            return Err(ahead.syntax_error());
        }
        let place = ahead.clone();
        ahead.index += 1;
        let argument = argument(takes, ahead)?;
        match self.said.insert(keyword, argument) {
            None => Ok(true),
            Some(_) => Err(Refusal {
                position: place.syntax_error().position,
                ..Refusal::new("42601", format!("conflicting or redundant options: {keyword}"))
            }),
        }
    }

    pub(crate) fn says(&self, keyword: Keyword) -> bool {
        self.said.contains_key(&keyword)
    }

    /// It is said, and not as `OFF` or `FALSE`.
    pub(crate) fn says_on(&self, keyword: Keyword) -> bool {
        self.said.get(&keyword).is_some_and(|argument| !matches!(argument, Argument::Off))
    }

    /// Every option said, in the order of the table.
    pub(crate) fn keywords(&self) -> impl Iterator<Item = Keyword> {
        self.said.keys().copied()
    }

    pub(crate) fn count(&self, keyword: Keyword) -> Option<u64> {
        match self.said.get(&keyword) {
            Some(Argument::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// The text of an option, understood by `read`; what is wrong with it points to it.
    pub(crate) fn text<T>(
        &self,
        keyword: Keyword,
        read: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        let Some(Argument::Text { text, position }) = self.said.get(&keyword) else { return Ok(None) };
        read(text)
            .map(Some)
            .map_err(|refusal| Refusal { position: refusal.position.or(*position), ..refusal })
    }
}

fn argument(takes: Takes, ahead: &mut Cursor<'_>) -> Result<Argument, Refusal> {
    let place = ahead.clone();
    if !matches!(takes, Takes::Nothing | Takes::Switch | Takes::Tolerance) {
        ahead.eat("as");
    }
    let position = ahead.syntax_error().position;
    Ok(match takes {
        Takes::Nothing => Argument::Nothing,
        Takes::Text => Argument::Text { text: ahead.expect_literal()?, position },
        Takes::PerhapsText => match ahead.eat_literal() {
            Some(text) => Argument::Text { text, position },
            None => Argument::Nothing,
        },
        Takes::Name => match ahead.eat_literal() {
            Some(text) => Argument::Text { text, position },
            None => Argument::Text { text: ahead.expect_name()?, position },
        },
        Takes::Count(least, most) => {
            let quoted = ahead.peek().is_some_and(|token| token.kind == Kind::Literal);
            let here = ahead.clone();
            let count = if quoted { ahead.expect_literal()?.parse().ok() } else { ahead.eat_integer() };
            let count = count.filter(|count| (least..=most).contains(count));
            Argument::Count(count.ok_or_else(|| here.syntax_error())?)
        }
        Takes::Switch => {
            *ahead = place;
            if ["off", "false"].iter().any(|word| ahead.eat(word)) {
                Argument::Off
            } else {
                ["on", "true", "preset"].iter().any(|word| ahead.eat(word));
                Argument::Nothing
            }
        }
        Takes::Tolerance => {
            ahead.eat("auto");
            ahead.eat_integer();
            Argument::Nothing
        }
    })
}
