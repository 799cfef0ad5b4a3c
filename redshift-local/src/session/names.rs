//! Names that only PostgreSQL can tell apart: it is asked which columns EXCLUDE leaves, and where a name is that of no column
//! and so stands for an item of the select list.

use super::backend::Status;
use super::failure::Failure;
use super::state::Session;
use crate::sql::alias::Mention;
use crate::sql::command::{Action, Command, action_with};
use crate::sql::query::{Findings, column_question};
use crate::sql::refusal::Refusal;
use crate::sql::statement::Statement;

impl Session {
    /// Changes the statement so that PostgreSQL understands its EXCLUDE and its names of the select list. Any other fault is
    /// left for the statement itself to meet.
    pub(crate) async fn resolve_names(
        &mut self,
        statement: &Statement<'_>,
        command: &mut Command,
    ) -> Result<(), Failure> {
        let nothing_to_ask = command.mentions.is_empty() && !command.excludes;
        if nothing_to_ask || self.backend.status() == Status::Failed {
            return Ok(());
        }
        // What PostgreSQL refuses here must not undo what the client did before.
        let is_alone = self.backend.status() == Status::Idle;
        self.open_implicit().await?;
        self.backend.ask("SAVEPOINT redshift_local").await?;
        let mut findings = Findings::default();
        while let Some(question) = column_question(statement, &findings)? {
            findings.columns.push(self.columns_of(&question).await?);
            command.action = action_with(statement, &findings);
        }
        while let Some(mention) = self.unknown_name(statement, command).await? {
            if findings.aliases.contains(&mention) {
                break;
            }
            findings.aliases.push(mention);
            command.action = action_with(statement, &findings);
        }
        self.backend.ask("RELEASE SAVEPOINT redshift_local").await?;
        if is_alone { self.close_implicit().await } else { Ok(()) }
    }

    /// The names of a query's columns.
    async fn columns_of(&mut self, query: &str) -> Result<Vec<String>, Failure> {
        match self.backend.ask_columns(query).await {
            Ok(columns) => Ok(columns),
            // The query alone does not know what stands around it: parameters, other tables.
            Err(Failure::Statement(report))
                if ["42P01", "42P02", "42P18", "42703"].contains(&report.code.as_str()) =>
            {
                self.backend.ask("ROLLBACK TO SAVEPOINT redshift_local").await?;
                Err(Refusal::not_covered(
                    "EXCLUDE in a query that does not stand alone, or of unknown tables",
                )
                .into())
            }
            Err(failure) => Err(failure),
        }
    }

    /// The first name that PostgreSQL takes for a column and does not find, if an alias explains it.
    async fn unknown_name(
        &mut self,
        statement: &Statement<'_>,
        command: &Command,
    ) -> Result<Option<Mention>, Failure> {
        let Action::Run(sql) = &command.action else { return Ok(None) };
        let (opening, ending) = trial(statement);
        let tried = self.backend.ask(&format!("{opening}{}", sql.text)).await;
        let report = match tried {
            Ok(_) => None,
            Err(Failure::Statement(report)) => Some(report),
            Err(lost) => return Err(lost),
        };
        self.backend.ask("ROLLBACK TO SAVEPOINT redshift_local").await?;
        let Some(report) = report else {
            self.backend.ask(ending).await?;
            return Ok(None);
        };
        // A cancel or a timeout is meant for the statement.
        if report.code == "57014" {
            return Err((*report).into());
        }
        let Some(position) = report.position else { return Ok(None) };
        if report.code != "42703" || position <= opening.len() {
            return Ok(None);
        }
        let position = sql.original_position(statement.source, position - opening.len());
        let byte = statement.source.char_indices().nth(position - 1).map(|(byte, _)| byte);
        let unknown =
            command.mentions.iter().find(|mention| Some(statement.tokens[mention.token].start) == byte);
        Ok(unknown.cloned())
    }
}

/// What goes before the statement so that PostgreSQL understands it without running it, and what ends that. Only a
/// view has to be made, and is unmade with the savepoint.
fn trial(statement: &Statement<'_>) -> (&'static str, &'static str) {
    if !statement.is_word(0, "create") {
        ("PREPARE redshift_local_names AS ", "DEALLOCATE redshift_local_names")
    } else if statement.is_word(1, "view") || statement.is_word(3, "view") {
        ("", "")
    } else {
        ("EXPLAIN ", "")
    }
}
