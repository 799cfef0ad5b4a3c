//! One statement of a query text: its source, its tokens, and how a text falls into statements.

use super::cursor::Cursor;
use super::lexer::{Kind, Token, lex};

#[derive(Debug, Clone)]
pub(crate) struct Statement<'a> {
    pub source: &'a str,
    /// Where the source begins in the query text, in bytes.
    pub offset: usize,
    pub tokens: Vec<Token>,
}

impl<'a> Statement<'a> {
    pub(crate) fn cursor(&'a self) -> Cursor<'a> {
        Cursor::new(self)
    }

    pub(crate) fn text(&self, token: Token) -> &'a str {
        self.source.get(token.start..token.end).expect("tokens lie on character boundaries")
    }

    /// The token at `index` is this key word.
    pub(crate) fn is_word(&self, index: usize, word: &str) -> bool {
        self.word(index).is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    pub(crate) fn is_symbol(&self, index: usize, symbol: u8) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    /// The text of the token at `index` when it is an unquoted word.
    pub(crate) fn word(&self, index: usize) -> Option<&'a str> {
        self.tokens.get(index).filter(|token| token.kind == Kind::Word).map(|&token| self.text(token))
    }
}

/// Splits at the semicolons outside of literals and comments; empty statements vanish. A text that does not end
/// properly is one statement without tokens, which PostgreSQL will refuse in its own words.
pub(crate) fn split(source: &str) -> Vec<Statement<'_>> {
    let Ok(tokens) = lex(source) else { return vec![Statement { source, offset: 0, tokens: Vec::new() }] };
    let mut statements = Vec::new();
    let mut start = 0;
    for part in tokens.split_inclusive(|token| token.kind == Kind::Symbol(b';')) {
        let (own, end) = match part.split_last() {
            Some((last, own)) if last.kind == Kind::Symbol(b';') => (own, last.start),
            _ => (part, source.len()),
        };
        if !own.is_empty() {
            let text = source.get(start..end).expect("tokens lie on character boundaries");
            let moved =
                |token: &Token| Token { start: token.start - start, end: token.end - start, ..*token };
            statements.push(Statement {
                source: text,
                offset: start,
                tokens: own.iter().map(moved).collect(),
            });
        }
        start = part.last().map_or(end, |last| last.end);
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Vec<&str> {
        split(text).iter().map(|statement| statement.source.trim()).collect()
    }

    #[test]
    fn semicolons_split_only_between_statements() {
        assert_eq!(
            sources("begin; copy t from 's3://a;b' ;; /* ; */ commit"),
            ["begin", "copy t from 's3://a;b'", "/* ; */ commit"]
        );
        assert!(sources(" ; -- nothing\n").is_empty());
    }

    #[test]
    fn an_open_literal_leaves_one_statement_for_postgres_to_refuse() {
        assert_eq!(sources("select 1; select 'x"), ["select 1; select 'x"]);
    }
}
