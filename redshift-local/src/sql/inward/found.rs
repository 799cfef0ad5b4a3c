//! The long names of a statement, wherever in it PostgreSQL reads names.

use super::refusals::{not_covered, too_long};
use crate::sql::lexer::{Kind, Token, lex, literal_value};
use crate::sql::long_name::{LIMIT_OF_REDSHIFT, LongName, STAND_IN, for_postgres, holds_stand_in};
use crate::sql::quote::{identifier, literal};
use crate::sql::refusal::Refusal;
use crate::sql::rewrite::Edits;
use crate::sql::statement::Statement;

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) edits: Edits,
    pub(super) names: Vec<LongName>,
}

impl Found {
    pub(super) fn of(statement: &Statement<'_>) -> Result<Self, Refusal> {
        let mut found = Self::default();
        let is_routine = statement.makes_routine();
        for (index, &token) in statement.tokens.iter().enumerate() {
            // Neither a long name nor a stand-in, as nearly every token.
            if token.end - token.start < STAND_IN {
                continue;
            }
            match token.kind {
                Kind::Literal if names_a_schema(statement, index) => found.take_schema(statement, token)?,
                Kind::Literal if names_an_object(statement, index) => found.take_literal(statement, token)?,
                Kind::DollarLiteral if is_routine => found.take_body(statement, token)?,
                Kind::Word | Kind::QuotedName => found.take(statement, token)?,
                _ => {}
            }
        }
        Ok(found)
    }

    fn take(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let text = statement.text(token);
        let name = match token.kind {
            Kind::QuotedName => statement.quoted_name(text),
            _ => text.to_ascii_lowercase(),
        };
        if let Some(stand_in) = self.stand_in(&name)? {
            let is_word = token.kind == Kind::Word;
            self.edits.replace_token(token, if is_word { stand_in } else { identifier(&stand_in) });
        }
        Ok(())
    }

    /// What PostgreSQL gets for a name, if that is not the name itself.
    fn stand_in(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        if name.len() > LIMIT_OF_REDSHIFT {
            return Err(too_long(name));
        }
        if holds_stand_in(name) {
            return Err(not_covered(name));
        }
        let Some(long) = LongName::of(name) else { return Ok(None) };
        if !self.names.contains(&long) {
            self.names.push(long);
        }
        Ok(Some(for_postgres(name).into_owned()))
    }

    /// A literal with one name in it, as it is.
    fn take_schema(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let name = literal_value(statement.text(token)).to_ascii_lowercase();
        if let Some(stand_in) = self.stand_in(&name)? {
            self.edits.replace_token(token, literal(&stand_in));
        }
        Ok(())
    }

    /// A literal with names in it, as they stand in statements.
    fn take_literal(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let value = literal_value(statement.text(token));
        if let Some(inside) = self.inside(&value, statement.case_sensitive)? {
            self.edits.replace_token(token, literal(&inside));
        }
        Ok(())
    }

    /// `$tag$ ... $tag$`
    fn take_body(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let text = statement.text(token);
        let tag = text.get(1..).and_then(|rest| rest.find('$')).map_or(2, |length| length + 2);
        let body = text.get(tag..text.len() - tag).unwrap_or_default();
        if let Some(inside) = self.inside(body, statement.case_sensitive)? {
            self.edits.replace(token.start + tag..token.end - tag, inside);
        }
        Ok(())
    }

    /// A text of its own with stand-ins, if it holds long names.
    fn inside(&mut self, text: &str, case_sensitive: bool) -> Result<Option<String>, Refusal> {
        // A literal may hold anything; where it has no tokens, nothing is taken for a name.
        let tokens = lex(text).unwrap_or_default();
        let own = Self::of(&Statement { source: text, offset: 0, tokens, case_sensitive })?;
        if own.names.is_empty() {
            return Ok(None);
        }
        self.names.extend(own.names);
        Ok(Some(own.edits.apply(text).text))
    }
}

/// `SET search_path TO 'name'`
fn names_a_schema(statement: &Statement<'_>, index: usize) -> bool {
    let at = if ["session", "local"].iter().any(|word| statement.is_word(1, word)) { 2 } else { 1 };
    statement.is_word(0, "set") && statement.is_word(at, "search_path") && index > at
}

/// `'name'::regclass`, `CAST ('name' AS regclass)`, `regclass 'name'`
fn names_an_object(statement: &Statement<'_>, index: usize) -> bool {
    const TYPES: [&str; 5] = ["regclass", "regnamespace", "regproc", "regprocedure", "regtype"];
    let is_type = |at: usize| {
        // With or without its schema.
        let at = if statement.is_symbol(at + 1, b'.') { at + 2 } else { at };
        TYPES.iter().any(|kind| statement.is_word(at, kind))
    };
    let casts = statement.is_symbol(index + 1, b':') && statement.is_symbol(index + 2, b':');
    (casts && is_type(index + 3))
        || (statement.is_word(index + 1, "as") && is_type(index + 2))
        || (index > 0 && TYPES.iter().any(|kind| statement.is_word(index - 1, kind)))
}
