//! One statement of a query text: its source, its tokens, and how a text falls into statements.

use super::lexer::{Kind, Token, lex};
use super::quote::unquoted;

#[derive(Debug, Clone)]
pub(crate) struct Statement<'a> {
    pub source: &'a str,
    /// Where the source begins in the query text, in bytes.
    pub offset: usize,
    pub tokens: Vec<Token>,
    /// Quoted names keep their case: the session set `enable_case_sensitive_identifier` (fact 3.6).
    pub case_sensitive: bool,
}

impl<'a> Statement<'a> {
    pub(crate) fn with_case(self, case_sensitive: bool) -> Self {
        Self { case_sensitive, ..self }
    }

    /// What the text of a quoted name stands for.
    pub(crate) fn quoted_name(&self, text: &str) -> String {
        let name = unquoted(text);
        if self.case_sensitive { name } else { name.to_ascii_lowercase() }
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

    /// CREATE FUNCTION or CREATE PROCEDURE, also OR REPLACE.
    pub(crate) fn makes_routine(&self) -> bool {
        let at = if self.is_word(1, "or") { 3 } else { 1 };
        self.is_word(0, "create") && ["function", "procedure"].iter().any(|kind| self.is_word(at, kind))
    }

    /// The text of the token at `index` when it is an unquoted word.
    pub(crate) fn word(&self, index: usize) -> Option<&'a str> {
        self.tokens.get(index).filter(|token| token.kind == Kind::Word).map(|&token| self.text(token))
    }
}

/// Splits at the semicolons outside of literals and comments; empty statements vanish. A text that does not end
/// properly is one statement without tokens, which PostgreSQL will refuse in its own words.
pub(crate) fn split(source: &str) -> Vec<Statement<'_>> {
    let Ok(tokens) = lex(source) else {
        return vec![Statement { source, offset: 0, tokens: Vec::new(), case_sensitive: false }];
    };
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
                case_sensitive: false,
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
