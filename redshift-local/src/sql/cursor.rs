//! Walking over a statement's tokens: the small vocabulary all our grammars are written in.

use std::fmt;

use super::lexer::{Kind, Token, literal_value};
use super::quote::identifier;
use super::refusal::Refusal;
use super::statement::Statement;

/// A place between two tokens of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    pub statement: &'a Statement<'a>,
    pub index: usize,
}

/// A table's name as Redshift keeps it, with or without its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName(pub Vec<String>);

impl TableName {
    /// The last part, which is how Redshift's messages call the table.
    pub(crate) fn short(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

/// Quoted for PostgreSQL.
impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|part| identifier(part)).collect();
        formatter.write_str(&parts.join("."))
    }
}

/// Here and not beside its struct, which knows nothing of cursors.
impl<'a> Statement<'a> {
    /// At its first token.
    pub(crate) fn cursor(&'a self) -> Cursor<'a> {
        Cursor { statement: self, index: 0 }
    }
}

impl<'a> Cursor<'a> {
    pub(crate) fn peek(&self) -> Option<Token> {
        self.statement.tokens.get(self.index).copied()
    }

    /// Where the token before this place ends, in bytes.
    pub(crate) fn end_of_last(&self) -> usize {
        self.index
            .checked_sub(1)
            .and_then(|last| self.statement.tokens.get(last))
            .map_or(0, |token| token.end)
    }

    pub(crate) fn at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// The word ahead in lower case.
    pub(crate) fn peek_word(&self) -> Option<String> {
        self.statement.word(self.index).map(str::to_ascii_lowercase)
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.statement.is_word(self.index, word)
    }

    /// Steps over the word if it is ahead.
    pub(crate) fn eat(&mut self, word: &str) -> bool {
        let there = self.is(word);
        self.index += usize::from(there);
        there
    }

    /// Steps over all the words if they are ahead in this order, else over none.
    pub(crate) fn eat_all(&mut self, words: &[&str]) -> bool {
        let there =
            words.iter().enumerate().all(|(place, word)| self.statement.is_word(self.index + place, word));
        if there {
            self.index += words.len();
        }
        there
    }

    pub(crate) fn eat_symbol(&mut self, symbol: u8) -> bool {
        let there = self.statement.is_symbol(self.index, symbol);
        self.index += usize::from(there);
        there
    }

    pub(crate) fn expect_word(&mut self, word: &str) -> Result<(), Refusal> {
        if self.eat(word) { Ok(()) } else { Err(self.syntax_error()) }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: u8) -> Result<(), Refusal> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.syntax_error()) }
    }

    /// A literal's value, if a literal is ahead.
    pub(crate) fn eat_literal(&mut self) -> Option<String> {
        let token = self.peek().filter(|token| token.kind == Kind::Literal)?;
        self.index += 1;
        Some(literal_value(self.statement.text(token)))
    }

    pub(crate) fn expect_literal(&mut self) -> Result<String, Refusal> {
        self.eat_literal().ok_or_else(|| self.syntax_error())
    }

    pub(crate) fn eat_integer(&mut self) -> Option<u64> {
        let token = self.peek().filter(|token| token.kind == Kind::Number)?;
        let value = self.statement.text(token).parse().ok()?;
        self.index += 1;
        Some(value)
    }

    /// A name as Redshift keeps it: lower case, by default even when quoted (facts 0.17, 3.6).
    pub(crate) fn eat_name(&mut self) -> Option<String> {
        let token = self.peek()?;
        let text = self.statement.text(token);
        let name = match token.kind {
            Kind::Word => text.to_ascii_lowercase(),
            Kind::QuotedName => self.statement.quoted_name(text),
            _ => return None,
        };
        self.index += 1;
        Some(name)
    }

    pub(crate) fn expect_name(&mut self) -> Result<String, Refusal> {
        self.eat_name().ok_or_else(|| self.syntax_error())
    }

    pub(crate) fn expect_table(&mut self) -> Result<TableName, Refusal> {
        let mut parts = vec![self.expect_name()?];
        while self.eat_symbol(b'.') {
            parts.push(self.expect_name()?);
        }
        Ok(TableName(parts))
    }

    /// `( name, ... )`
    pub(crate) fn expect_names(&mut self) -> Result<Vec<String>, Refusal> {
        self.expect_symbol(b'(')?;
        let mut names = vec![self.expect_name()?];
        while self.eat_symbol(b',') {
            names.push(self.expect_name()?);
        }
        self.expect_symbol(b')')?;
        Ok(names)
    }

    /// Steps over a parenthesis, nested ones included, if one opens here.
    pub(crate) fn eat_parenthesis(&mut self) -> bool {
        if !self.eat_symbol(b'(') {
            return false;
        }
        let mut depth = 1;
        while depth > 0 {
            match self.peek().map(|token| token.kind) {
                Some(Kind::Symbol(b'(')) => depth += 1,
                Some(Kind::Symbol(b')')) => depth -= 1,
                Some(_) => {}
                None => return true,
            }
            self.index += 1;
        }
        true
    }

    /// PostgreSQL's words for a token that should not stand here.
    pub(crate) fn syntax_error(&self) -> Refusal {
        match self.peek() {
            Some(token) => {
                let place =
                    self.statement.source.get(..token.start).map_or(0, |before| before.chars().count());
                Refusal::syntax_near(self.statement.text(token)).at(place + 1)
            }
            None => Refusal::new("42601", "syntax error at end of input"),
        }
    }
}
