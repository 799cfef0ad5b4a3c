//! Which statements may stand in a load's transaction, by their first words [redshift-facts 2.1].

use std::ops::Range;

use crate::model::own_sql::LONGEST_STATEMENT;
use crate::model::own_sql::lexer::{Backslash, Kind, Token, lex};
use crate::model::shown::excerpt;

/// Why a statement may not, as a clause that follows its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("is empty")]
    Empty,
    #[error("has {0} bytes; at most {LONGEST_STATEMENT} are taken")]
    TooLong(usize),
    #[error("has a control character in it; remove it")]
    ControlCharacter,
    #[error("has a quote or a comment that does not end, or a comment within a comment")]
    NotEnded,
    #[error(
        "has a quote behind a backslash in a text; write two quotes ('') for one, so that every reading of it is the same"
    )]
    Ambiguous,
    #[error("has a text in dollar quotes; write it in single quotes")]
    DollarQuoted,
    #[error("is more than one statement; write each as an item of the list")]
    Several,
    #[error("begins with {0}, which commits the load's transaction or ends it{1}")]
    Commits(String, &'static str),
    #[error("begins with {0}, which Redshift does not run inside a transaction{1}")]
    OutsideTransaction(String, &'static str),
    #[error("{0} changes the session, which other loads use after this one")]
    ChangesSession(String),
    #[error("{0} acts at once, and stays when the load is rolled back")]
    ActsAtOnce(String),
    #[error("begins with {0}, and only {ALLOWED} may stand in the load's transaction")]
    NotAllowed(String),
}

const ALLOWED: &str = "SELECT, WITH, INSERT, UPDATE, DELETE, MERGE, CREATE or DROP of TABLE and VIEW, ALTER TABLE with ADD, \
                       DROP or RENAME, ANALYZE, GRANT, REVOKE and COMMENT";

/// The statement without what stands around it.
pub(super) fn judged(text: &str) -> Result<&str, Refused> {
    if text.len() > LONGEST_STATEMENT {
        return Err(Refused::TooLong(text.len()));
    }
    // Redshift ends a comment at a carriage return too; with a line break behind it that is the same.
    if text.replace("\r\n", "\n").contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Refused::ControlCharacter);
    }
    let tokens = lex(text, Backslash::Escapes).map_err(|_| Refused::NotEnded)?;
    // Should a server take backslashes for themselves, the statement must not become another one.
    if lex(text, Backslash::Itself).as_ref() != Ok(&tokens) {
        return Err(Refused::Ambiguous);
    }
    let is_semicolon = |token: &Token| token.kind == Kind::Symbol(';');
    let end = tokens.iter().position(is_semicolon).unwrap_or(tokens.len());
    let (statement, behind) = tokens.split_at(end);
    if !behind.iter().all(is_semicolon) {
        return Err(Refused::Several);
    }
    let [first, ..] = statement else { return Err(Refused::Empty) };
    if statement.iter().any(|token| token.kind == Kind::DollarQuote) {
        return Err(Refused::DollarQuoted);
    }
    Words { text, tokens: statement }.judge()?;
    let last = statement.last().unwrap_or(first);
    Ok(text.get(first.start..last.end).expect("tokens begin and end where characters do"))
}

/// The tokens of one statement.
struct Words<'t> {
    text: &'t str,
    tokens: &'t [Token],
}

impl Words<'_> {
    /// The word at a place, in capitals; empty where something else stands.
    fn word(&self, at: usize) -> String {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word);
        token.map_or_else(String::new, |token| self.written(token.start..token.end).to_uppercase())
    }

    fn written(&self, place: Range<usize>) -> &str {
        self.text.get(place).unwrap_or_default()
    }

    fn is_symbol(&self, at: usize, symbol: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    /// So many words from the first one on, for people.
    fn first(&self, count: usize) -> String {
        let Some(first) = self.tokens.first() else { return String::new() };
        if first.kind != Kind::Word {
            return format!("`{}`", excerpt(self.written(first.start..first.end)));
        }
        let words = (0..count).map(|at| self.word(at)).take_while(|word| !word.is_empty());
        excerpt(&words.collect::<Vec<_>>().join(" "))
    }

    fn judge(&self) -> Result<(), Refused> {
        // However it is written and qualified: a function of this name is no table's business.
        let names = |token: &&Token| matches!(token.kind, Kind::Word | Kind::QuotedName);
        let names = self.tokens.iter().filter(names).map(|token| self.written(token.start..token.end));
        for name in names.map(|name| name.trim_matches('"').to_ascii_lowercase()) {
            match name.as_str() {
                "set_config" => return Err(Refused::ChangesSession(name)),
                "pg_terminate_backend" | "pg_cancel_backend" => return Err(Refused::ActsAtOnce(name)),
                _ => {}
            }
        }
        match self.word(0).as_str() {
            "GRANT" | "REVOKE" if self.names_something_outside() => Err(Refused::OutsideTransaction(
                self.first(1),
                " for external tables, schemas and datashares",
            )),
            "SELECT" | "WITH" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "GRANT" | "REVOKE" | "COMMENT" => {
                Ok(())
            }
            "ANALYZE" if self.word(1) != "COMPRESSION" => Ok(()),
            "CREATE" => self.judge_create(),
            "DROP" => self.judge_drop(),
            "ALTER" => self.judge_alter(),
            "TRUNCATE" => Err(Refused::Commits(
                self.first(1),
                "; write DELETE FROM, which is rolled back with the load",
            )),
            "CALL" => Err(Refused::Commits(self.first(1), ", as a procedure may")),
            "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" => {
                Err(Refused::Commits(self.first(1), "; leave it away: the load has a transaction"))
            }
            "VACUUM" => Err(Refused::OutsideTransaction(self.first(1), "; ask for it with `meta.after`")),
            "SET" | "RESET" | "PREPARE" | "EXECUTE" | "DEALLOCATE" | "DECLARE" | "FETCH" | "CLOSE"
            | "USE" => Err(Refused::ChangesSession(self.first(1))),
            _ => Err(Refused::NotAllowed(self.first(1))),
        }
    }

    /// [DG `r_GRANT`]: on an external resource not within a transaction block.
    fn names_something_outside(&self) -> bool {
        (0..self.tokens.len()).any(|at| matches!(self.word(at).as_str(), "EXTERNAL" | "DATASHARE"))
    }

    fn judge_create(&self) -> Result<(), Refused> {
        let mut at = 1;
        match self.word(at).as_str() {
            "OR" if self.word(2) == "REPLACE" && self.word(3) == "VIEW" => return Ok(()),
            "VIEW" => return Ok(()),
            "LOCAL" => at += 1,
            _ => {}
        }
        if matches!(self.word(at).as_str(), "TEMP" | "TEMPORARY") {
            at += 1;
        }
        self.judge_kind(at, "TABLE")
    }

    fn judge_drop(&self) -> Result<(), Refused> {
        match self.word(1).as_str() {
            "VIEW" => Ok(()),
            _ => self.judge_kind(1, "TABLE"),
        }
    }

    /// Whether the kind of object at a place is this one.
    fn judge_kind(&self, at: usize, kind: &str) -> Result<(), Refused> {
        match self.word(at).as_str() {
            word if word == kind => Ok(()),
            "DATABASE" | "LIBRARY" | "EXTERNAL" => Err(Refused::OutsideTransaction(self.first(at + 1), "")),
            _ => Err(Refused::NotAllowed(self.first(at + 1))),
        }
    }

    /// `ALTER TABLE name action …`, with a name of several parts.
    fn judge_alter(&self) -> Result<(), Refused> {
        if self.word(1) != "TABLE" {
            return Err(Refused::NotAllowed(self.first(2)));
        }
        let mut at = 3;
        while self.is_symbol(at, '.') {
            at += 2;
        }
        let action = self.word(at);
        match (action.as_str(), self.word(at + 1).as_str()) {
            ("ADD" | "DROP", "PARTITION") | ("APPEND", _) | ("ALTER", _) => {
                let next = if action == "ALTER" { "; widening belongs to `meta`, not to a load" } else { "" };
                Err(Refused::OutsideTransaction(format!("ALTER TABLE … {action}"), next))
            }
            ("ADD" | "DROP" | "RENAME", _) => Ok(()),
            _ => Err(Refused::NotAllowed(format!("ALTER TABLE … {}", excerpt(&action)))),
        }
    }
}
