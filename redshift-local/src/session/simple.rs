//! The simple protocol: a text of statements, run one by one, in one transaction unless they say otherwise.

use std::io;

use super::failure::Failure;
use super::state::{Running, Session};
use crate::faults::fault::Point;
use crate::sql::command::{Action, Command, understand};
use crate::sql::inward::Inward;
use crate::sql::rewrite::Rewritten;
use crate::sql::statement::{Statement, split};
use crate::wire::frame::{Frame, take_text};
use crate::wire::report::{ERROR, Report};

impl Session {
    pub(crate) async fn simple_query(&mut self, frame: Frame) -> io::Result<()> {
        let mut body = frame.body;
        let text = take_text(&mut body).unwrap_or_default();
        let statements = split(&text);
        if statements.is_empty() {
            match self.empty_query().await {
                Ok(()) => {}
                Err(Failure::Statement(report)) => self.refuse(*report).await?,
                Err(Failure::Connection(error)) => return Err(error),
            }
        }
        for statement in &statements {
            match self.run_statement(statement, statements.len() > 1).await {
                Ok(()) => {}
                Err(Failure::Statement(report)) => {
                    let before = text.get(..statement.offset).map_or(0, |before| before.chars().count());
                    let position = report.position.map(|position| position + before);
                    self.refuse(Report { position, ..*report }).await?;
                    break;
                }
                Err(Failure::Connection(error)) => return Err(error),
            }
        }
        match self.close_implicit().await {
            Ok(()) => {}
            Err(Failure::Statement(report)) => self.report(*report).await?,
            Err(Failure::Connection(error)) => return Err(error),
        }
        self.ready().await
    }

    /// How pools ask whether somebody is there (fact 4.8); faults strike it as they strike any statement.
    async fn empty_query(&mut self) -> Result<(), Failure> {
        self.running = Running::default();
        self.strike(Point::BeforeStatement).await?;
        Ok(self.client.send(&Frame::empty(b'I')).await?)
    }

    /// Runs one statement, with stand-ins for its long names.
    async fn run_statement(&mut self, statement: &Statement<'_>, among_several: bool) -> Result<(), Failure> {
        let statement = &statement.clone().with_case(self.case_sensitive);
        let inward = Inward::of(statement)?;
        self.use_long_names(statement, inward.as_ref().map_or(&[], |inward| &inward.names))?;
        let Some(inward) = inward else {
            let command = understand(statement);
            return self.run_understood(statement, command, statement.source, among_several).await;
        };
        let seen = inward.statement(statement);
        let command = Command { defines: inward.defined(), ..understand(&seen) };
        let outcome = self.run_understood(&seen, command, statement.source, among_several).await;
        outcome.map_err(|failure| failure.at(|place| inward.sql.original_position(statement.source, place)))
    }

    /// Among several statements, those outside of BEGIN and COMMIT share a transaction, as in PostgreSQL (fact 2.12).
    async fn run_understood(
        &mut self,
        statement: &Statement<'_>,
        mut command: Command,
        written: &str,
        among_several: bool,
    ) -> Result<(), Failure> {
        if among_several && !matches!(command.action, Action::Begin(_)) && !ends_transaction(statement) {
            self.open_implicit().await?;
        }
        self.begin_statement(written, &command).await?;
        self.before(&command).await?;
        self.resolve_names(statement, &mut command).await?;
        match &command.action {
            Action::Copy(copy) => Box::pin(self.copy(copy)).await?,
            // The transaction that we opened becomes the one the client asked for.
            Action::Begin(_) if std::mem::take(&mut self.implicit) => self.client.complete("BEGIN").await?,
            Action::Run(sql)
            | Action::Begin(sql)
            | Action::Truncate(sql)
            | Action::Alone { sql, .. }
            | Action::Widen { sql, .. } => self.pass(statement, sql).await?,
            Action::Instead { sql, tag } => self.run_instead(sql, tag).await?,
            Action::Refuse(refusal) => return Err(refusal.clone().into()),
        }
        self.after(&command).await?;
        self.end_statement();
        Ok(())
    }

    /// Lets PostgreSQL run the statement and passes on what it answers.
    async fn pass(&mut self, statement: &Statement<'_>, sql: &Rewritten) -> Result<(), Failure> {
        self.backend.send(&Frame::text(b'Q', &sql.text)).await?;
        let mut error = None;
        loop {
            let frame = self.backend.next().await?;
            match frame.tag {
                b'Z' => break,
                ERROR => error = Some(Report::decode(frame.body)),
                // Refused by us: the rest of the answer is not for the client.
                _ if error.is_some() => {}
                _ => error = self.pass_on(&frame).await?,
            }
        }
        match error {
            None => Ok(()),
            Some(report) => {
                let position =
                    report.position.map(|position| sql.original_position(statement.source, position));
                Err(Report { position, ..report }.into())
            }
        }
    }
}

fn ends_transaction(statement: &Statement<'_>) -> bool {
    ["commit", "end", "rollback", "abort"].iter().any(|word| statement.is_word(0, word))
}
