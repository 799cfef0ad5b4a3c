//! A statement's long names on their way to PostgreSQL: everything behind this sees their stand-ins only.
//!
//! Names stand in the statement itself, in the bodies of functions, and in literals that PostgreSQL reads as names. What
//! is put together at run time cannot be seen here: PostgreSQL gives notice when it cuts a name, and that is an error.

mod found;
pub(crate) mod login;
pub(crate) mod refusals;
#[cfg(test)]
mod tests;

use self::found::Found;
use self::refusals::not_covered;
use super::lexer::{Token, lex};
use super::long_name::LongName;
use super::refusal::Refusal;
use super::rewrite::Rewritten;
use super::statement::Statement;

/// A statement with stand-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inward {
    pub sql: Rewritten,
    pub names: Vec<LongName>,
    /// It may call something by these names that outlives it.
    defines: bool,
}

impl Inward {
    /// `None` when there is no long name in it.
    pub(crate) fn of(statement: &Statement<'_>) -> Result<Option<Self>, Refusal> {
        let found = Found::of(statement)?;
        match found.names.first() {
            None => Ok(None),
            Some(first) if is_about_who_logs_in(statement) => Err(not_covered(&first.name)),
            Some(first) => {
                let sql = found.edits.apply(statement.source);
                // A literal in a body may say the characters of the body's end by their numbers, which is undone where a
                // name in it gets its stand-in.
                let is_alike = |tokens: Vec<Token>| tokens.len() == statement.tokens.len();
                if !lex(&sql.text).is_ok_and(is_alike) {
                    return Err(not_covered(&first.name));
                }
                Ok(Some(Self { sql, names: found.names, defines: defines(statement) }))
            }
        }
    }

    /// The names that have to be kept for good.
    pub(crate) fn defined(&self) -> Vec<LongName> {
        if self.defines { self.names.clone() } else { Vec::new() }
    }

    /// What takes the place of the original.
    pub(crate) fn statement(&self, original: &Statement<'_>) -> Statement<'_> {
        let tokens = lex(&self.sql.text)
            .expect("what has other tokens than the original is refused when this is made");
        Statement {
            source: &self.sql.text,
            offset: original.offset,
            tokens,
            case_sensitive: original.case_sensitive,
        }
    }
}

/// Names of users and databases come with the login, where they have to be PostgreSQL's own.
fn is_about_who_logs_in(statement: &Statement<'_>) -> bool {
    const WHO: [&str; 4] = ["user", "group", "role", "database"];
    ["create", "alter", "drop"].iter().any(|verb| statement.is_word(0, verb))
        && WHO.iter().any(|who| statement.is_word(1, who))
}

/// It is one of CREATE or ALTER, or SELECT ... INTO, also behind WITH and EXPLAIN ANALYZE. INSERT INTO and MERGE INTO make
/// nothing.
fn defines(statement: &Statement<'_>) -> bool {
    let mut ahead = statement.cursor();
    if ahead.eat("explain") {
        while ahead.eat("analyze") || ahead.eat("verbose") {}
    }
    while ahead.eat_symbol(b'(') {}
    let may_select = ahead.is("select") || ahead.is("with");
    ["create", "alter"].iter().any(|verb| ahead.is(verb))
        || (may_select && (0..statement.tokens.len()).any(|at| statement.is_word(at, "into")))
}
