//! COPY's options as they were written: in any order and case, each at most once (fact 1.1).

use std::collections::BTreeMap;
use std::fmt;

use super::keyword::{FORMATS, Keyword, Takes};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::Kind;
use crate::sql::refusal::Refusal;

/// What the statement said, not yet judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clauses {
    said: BTreeMap<Keyword, Argument>,
}

#[derive(Debug, Clone)]
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

    /// These options, and those of `other` that are not among them.
    pub(crate) fn over(&self, other: &Self) -> Self {
        let mut said = other.said.clone();
        said.extend(self.said.iter().map(|(keyword, argument)| (*keyword, argument.clone())));
        Self { said }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.said.is_empty()
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

/// As SHOW TEMPLATE writes them [DG `r_SHOW_TEMPLATE`, `r_CREATE_TEMPLATE`]; the order is ours, as the pages' is none.
impl fmt::Display for Clauses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (keyword, argument)) in self.said.iter().enumerate() {
            let blank = if place == 0 { "" } else { " " };
            let is_format = FORMATS.contains(keyword) && *keyword != Keyword::Delimiter;
            let format = if is_format { "FORMAT AS " } else { "" };
            write!(formatter, "{blank}{format}{}", keyword.first_word())?;
            match argument {
                Argument::Nothing => Ok(()),
                Argument::Text { text, .. } if *keyword == Keyword::Encoding => write!(formatter, " {text}"),
                Argument::Text { text, .. } => {
                    write!(formatter, " '{}'", text.replace('\\', "\\\\").replace('\'', "''"))
                }
                Argument::Count(count) => write!(formatter, " {count}"),
                Argument::Off => formatter.write_str(" OFF"),
            }?;
        }
        Ok(())
    }
}

impl Clauses {
    /// As the JSON of `SYS_REDSHIFT_TEMPLATE` has them, as far as its page shows.
    pub(crate) fn as_json(&self) -> serde_json::Value {
        let parameter = |(keyword, argument): (&Keyword, &Argument)| {
            let name = match keyword {
                Keyword::CompUpdate => "COMPRESSION_UPDATE",
                _ => keyword.first_word(),
            };
            let value = match argument {
                Argument::Nothing if matches!(keyword, Keyword::Orc | Keyword::Parquet) => {
                    serde_json::json!("serializetojson_default")
                }
                Argument::Nothing => serde_json::json!(1),
                Argument::Text { text, .. } => serde_json::json!(text),
                Argument::Count(count) => serde_json::json!(count),
                Argument::Off => serde_json::json!(0),
            };
            (name.to_owned(), value)
        };
        serde_json::Value::Object(self.said.iter().map(parameter).collect())
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
