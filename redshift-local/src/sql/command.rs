//! What a statement is to this proxy: what PostgreSQL gets to see of it, and what has to happen around it.

use super::alias::Mention;
use super::cursor::TableName;
use super::long_name::LongName;
use super::query::{Findings, column_question, query_edits};
use super::refusal::Refusal;
use super::rewrite::{Edits, Rewritten};
use super::statement::Statement;
use super::write::Write;
use super::{
    alias, alter_table, create_table, late_view, leader, maintenance, not_covered, refused, role, settings,
    show, touched, user,
};
use crate::copy::grammar::statement::{WrittenCopy, parse_copy};
use crate::copy::grammar::template;

/// A statement, understood.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub action: Action,
    /// The table whose write lock is taken before PostgreSQL sees the statement.
    pub write: Option<Write>,
    /// The tables that it reads, by whatever names it gives them.
    pub reads: Vec<TableName>,
    /// The functions it calls that must not meet a user's table.
    pub leader_only: Vec<String>,
    /// Where it may name an expression of its select list.
    pub mentions: Vec<Mention>,
    /// It says EXCLUDE, so that the columns of some query in it have to be found out.
    pub excludes: bool,
    /// What PostgreSQL must be told first, since only the proxy knows it.
    pub questions: Vec<Question>,
    /// Long names that it may give to something; whoever replaced them by stand-ins knows.
    pub defines: Vec<LongName>,
    /// COMMIT or END.
    pub commits: bool,
    pub settings: settings::Change,
}

/// Something that a statement asks of the proxy, by naming it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// `pg_last_copy_id()`, `pg_last_copy_count()`
    LastCopy,
    /// The schema `redshift_local`
    Faults,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// PostgreSQL runs it.
    Run(Rewritten),
    /// BEGIN or START TRANSACTION, as PostgreSQL shall see it.
    Begin(Rewritten),
    /// PostgreSQL runs it, and what was done so far is committed with it (fact 0.7).
    Truncate(Rewritten),
    /// PostgreSQL runs it, unless a transaction is open (fact 2.1).
    Alone {
        what: &'static str,
        /// Of VACUUM RECLUSTER: the table, which the catalog has to tell more of.
        reclusters: Option<TableName>,
        sql: Rewritten,
    },
    /// ALTER TABLE ... ALTER COLUMN ... TYPE: the same, and only after a look at the column (fact 2.2).
    Widen {
        column: alter_table::Widening,
        sql: Rewritten,
    },
    /// PostgreSQL never sees it, and runs something of ours instead.
    Instead {
        sql: String,
        /// What the client is told of it.
        tag: &'static str,
    },
    /// We run it.
    Copy(Box<WrittenCopy>),
    Refuse(Refusal),
}

pub(crate) fn understand(statement: &Statement<'_>) -> Command {
    let findings = Findings::default();
    let action = action_with(statement, &findings);
    let write = match &action {
        Action::Run(_) => Write::of(statement),
        _ => None,
    };
    let commits = statement.is_word(0, "commit") || statement.is_word(0, "end");
    Command {
        action,
        write,
        reads: touched::tables_read(statement),
        leader_only: leader::functions_called(statement),
        mentions: alias::mentions(statement),
        excludes: matches!(column_question(statement, &findings), Ok(Some(_))),
        questions: questions(statement),
        defines: Vec::new(),
        commits,
        settings: settings::change(statement),
    }
}

/// The statement with what was found out about it.
pub(crate) fn action_with(statement: &Statement<'_>, findings: &Findings) -> Action {
    action(statement, findings).unwrap_or_else(Action::Refuse)
}

fn questions(statement: &Statement<'_>) -> Vec<Question> {
    let names = |words: &[&str]| {
        (0..statement.tokens.len()).any(|index| words.iter().any(|word| statement.is_word(index, word)))
    };
    let last_copy = names(&["pg_last_copy_count", "pg_last_copy_id"]).then_some(Question::LastCopy);
    let faults = names(&["redshift_local"]).then_some(Question::Faults);
    last_copy.into_iter().chain(faults).collect()
}

impl Command {
    /// What PostgreSQL gets to see; nothing of a COPY.
    pub(crate) fn sql(&self) -> Option<&Rewritten> {
        match &self.action {
            Action::Run(sql)
            | Action::Begin(sql)
            | Action::Truncate(sql)
            | Action::Alone { sql, .. }
            | Action::Widen { sql, .. } => Some(sql),
            Action::Instead { .. } | Action::Copy(_) | Action::Refuse(_) => None,
        }
    }

    /// The table that it writes, as far as that is understood.
    pub(crate) fn table(&self) -> Option<&TableName> {
        match &self.action {
            Action::Copy(copy) => Some(&copy.table),
            _ => self.write.as_ref().map(|write| &write.table),
        }
    }
}

fn action(statement: &Statement<'_>, findings: &Findings) -> Result<Action, Refusal> {
    refused::check(statement)?;
    if late_view::is_late_view(statement) {
        let sql = late_view::rewrite(statement, &query_edits(statement, findings)?)?;
        return Ok(Action::Instead { sql, tag: "CREATE VIEW" });
    }
    not_covered::check(statement)?;
    if template::is_about_a_template(statement) {
        let (sql, tag) = template::rewrite(statement)?;
        return Ok(Action::Instead { sql, tag });
    }
    let mut edits = query_edits(statement, findings)?;
    let mut ahead = statement.cursor();
    let word = ahead.peek_word().unwrap_or_default();
    let rewrite = |edits: Edits| edits.apply(statement.source);
    Ok(match word.as_str() {
        "copy" => Action::Copy(Box::new(parse_copy(statement)?)),
        "begin" | "start" => {
            maintenance::plain_begin(statement, &mut edits);
            Action::Begin(rewrite(edits))
        }
        "truncate" => Action::Truncate(rewrite(edits)),
        "create" if create_table::is_create_table(statement) => {
            create_table::rewrite(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "alter" if ahead.eat_all(&["alter", "table"]) => match alter_table::rewrite(statement, &mut edits)? {
            alter_table::Change::Anything => Action::Run(rewrite(edits)),
            alter_table::Change::Widen(column) => Action::Widen { column, sql: rewrite(edits) },
        },
        "grant" | "revoke" | "create" | "drop" | "alter" if role::is_about_roles(statement) => {
            role::rewrite(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "create" | "alter" if user::is_about_a_user(statement) => {
            user::rewrite(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "vacuum" => {
            let reclusters = maintenance::plain_vacuum(statement, &mut edits)?;
            Action::Alone { what: "VACUUM", reclusters, sql: rewrite(edits) }
        }
        "analyze" | "analyse" => {
            maintenance::plain_analyze(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "show" if show::is_about_objects(statement) => {
            show::rewrite(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "cancel" => {
            maintenance::cancel(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "set" | "show" | "reset" => {
            settings::rewrite(statement, &mut edits)?;
            Action::Run(rewrite(edits))
        }
        "delete" => {
            // Redshift lets FROM be left out.
            ahead.expect_word("delete")?;
            if let Some(token) = ahead.peek().filter(|_| !ahead.is("from")) {
                edits.insert(token.start, "FROM ");
            }
            Action::Run(rewrite(edits))
        }
        _ => Action::Run(rewrite(edits)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::split;

    #[test]
    fn delete_gets_its_from() {
        let Action::Run(sql) = understand(&split("delete t")[0]).action else { panic!("a delete runs") };
        assert_eq!(sql.text, "delete FROM t");
    }

    #[test]
    fn isolation_words_mean_the_databases_level() {
        let Action::Begin(sql) =
            understand(&split("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY")[0]).action
        else {
            panic!("a begin begins")
        };
        assert_eq!(sql.text, "BEGIN READ ONLY");
    }
}
