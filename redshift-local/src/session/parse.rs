//! Parse, the first message of the extended protocol: the statement is understood, and PostgreSQL gets what it shall see.

use std::sync::Arc;

use bytes::BytesMut;

use super::backend::Status;
use super::extended::{check_name, malformed};
use super::failure::Failure;
use super::prepared::Statement;
use super::state::Session;
use crate::sql::command::{Action, Command, understand};
use crate::sql::inward::Inward;
use crate::sql::refusal::Refusal;
use crate::sql::rewrite::Rewritten;
use crate::sql::settings::Change;
use crate::sql::statement::{Statement as Written, split};
use crate::wire::frame::{Frame, put_text, take_text};

impl Session {
    pub(super) async fn parse(&mut self, frame: Frame) -> Result<(), Failure> {
        let mut body = frame.body;
        let (Some(name), Some(source)) = (take_text(&mut body), take_text(&mut body)) else {
            return Err(malformed());
        };
        let statements = split(&source);
        if statements.len() > 1 {
            return Err(
                Refusal::new("42601", "cannot insert multiple commands into a prepared statement").into()
            );
        }
        check_name(&name)?;
        let written = statements.into_iter().next().map(|statement| statement.with_case(self.case_sensitive));
        let inward = written.as_ref().map(Inward::of).transpose()?.flatten();
        let seen = match (&inward, &written) {
            (Some(inward), Some(written)) => Some(inward.statement(written)),
            _ => written.clone(),
        };
        let mut command = seen.as_ref().map_or_else(|| run_as_written(&source), understand);
        let mut names = None;
        if let Some(written) = &written {
            names = Some(self.use_long_names(written, inward.as_ref().map_or(&[], |inward| &inward.names))?);
        }
        command.defines = inward.as_ref().map(Inward::defined).unwrap_or_default();
        let understood = self.settle_before_parse(seen.as_ref(), &mut command).await;
        understood.map_err(|failure| match &inward {
            Some(inward) => failure.at(|place| inward.sql.original_position(&source, place)),
            None => failure,
        })?;
        let parse = command.sql().map(|sql| {
            let mut message = BytesMut::with_capacity(sql.text.len() + name.len() + body.len() + 2);
            put_text(&mut message, &name);
            put_text(&mut message, &sql.text);
            message.extend_from_slice(&body);
            Frame::new(b'P', message)
        });
        let statement = Arc::new(Statement { command, source, inward, parse, names });
        match &statement.parse {
            Some(message) => self.pass_message(message, &statement).await?,
            None => self.client.send(&Frame::empty(b'1')).await?,
        }
        self.prepared.statements.insert(name, statement);
        Ok(())
    }

    /// What has to be known, and done, before PostgreSQL parses the statement.
    async fn settle_before_parse(
        &mut self,
        statement: Option<&Written<'_>>,
        command: &mut Command,
    ) -> Result<(), Failure> {
        if let Action::Refuse(refusal) = &command.action {
            return Err(refusal.clone().into());
        }
        self.check_visible(command)?;
        // In an open transaction the parser already takes the snapshot that the lock must come before.
        if self.backend.status() == Status::Open {
            self.lock_ahead(command).await?;
        }
        match statement {
            Some(statement) => self.resolve_names(statement, command).await,
            None => Ok(()),
        }
    }
}

/// An empty query text, or one that PostgreSQL will refuse.
fn run_as_written(source: &str) -> Command {
    Command {
        action: Action::Run(Rewritten::unchanged(source)),
        write: None,
        reads: Vec::new(),
        leader_only: Vec::new(),
        mentions: Vec::new(),
        excludes: false,
        questions: Vec::new(),
        defines: Vec::new(),
        commits: false,
        settings: Change::default(),
    }
}
