//! Names from the select list in the rest of a query: PostgreSQL is asked where it finds no column of that name.

use super::backend::Status;
use super::failure::Failure;
use super::state::Session;
use crate::sql::command::{Action, Command, with_aliases};
use crate::sql::statement::Statement;

const PREPARE: &str = "PREPARE redshift_local_names AS ";

impl Session {
    /// Changes the statement so that PostgreSQL understands it, as far as aliases are what it does not understand. Any
    /// other fault is left for the statement itself to meet.
    pub(crate) async fn resolve_aliases(
        &mut self,
        statement: &Statement<'_>,
        command: &mut Command,
    ) -> Result<(), Failure> {
        let Action::Run(sql) = &mut command.action else { return Ok(()) };
        if command.mentions.is_empty() || self.backend.status() == Status::Failed {
            return Ok(());
        }
        // What PostgreSQL refuses here must not undo what the client did before.
        let is_alone = self.backend.status() == Status::Idle;
        self.open_implicit().await?;
        self.backend.ask("SAVEPOINT redshift_local").await?;
        let mut chosen = Vec::new();
        loop {
            let report = match self.backend.ask(&format!("{PREPARE}{}", sql.text)).await {
                Ok(_) => {
                    self.backend.ask("DEALLOCATE redshift_local_names").await?;
                    break;
                }
                Err(Failure::Statement(report)) => report,
                Err(lost) => return Err(lost),
            };
            self.backend.ask("ROLLBACK TO SAVEPOINT redshift_local").await?;
            let unknown = report.position.filter(|_| report.code == "42703").and_then(|position| {
                let position = sql.original_position(statement.source, position.checked_sub(PREPARE.len())?);
                let byte = statement.source.char_indices().nth(position.checked_sub(1)?)?.0;
                command.mentions.iter().find(|mention| statement.tokens[mention.token].start == byte)
            });
            match unknown {
                Some(mention) if !chosen.contains(mention) => chosen.push(mention.clone()),
                _ => break,
            }
            *sql = with_aliases(statement, &chosen);
        }
        self.backend.ask("RELEASE SAVEPOINT redshift_local").await?;
        if is_alone { self.close_implicit().await } else { Ok(()) }
    }
}
