//! The extended protocol: Parse, Bind, Describe, Execute, Close and Sync, one message at a time.
//!
//! Every message is passed to PostgreSQL together with a Flush and answered before the next one is looked at. That
//! costs a round trip over a unix socket and buys simplicity: at any time it is known what PostgreSQL has done, so that
//! a COPY, which PostgreSQL never sees as such, can stand anywhere among the other statements.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::backend::Status;
use super::failure::Failure;
use super::prepared::{Portal, Statement};
use super::state::Session;
use crate::sql::command::{Action, Command};
use crate::sql::long_name::LIMIT_OF_POSTGRES;
use crate::sql::refusal::Refusal;
use crate::wire::frame::{Frame, take_text};
use crate::wire::report::{ERROR, Report};
use crate::wire::result::Shape;

impl Session {
    pub(crate) async fn extended_message(&mut self, frame: Frame) -> io::Result<()> {
        if self.prepared.skipping && frame.tag != b'S' {
            return Ok(());
        }
        let outcome = match frame.tag {
            b'P' => self.parse(frame).await,
            b'B' => self.bind(frame).await,
            b'D' => self.describe(frame).await,
            b'E' => self.execute(frame).await,
            b'C' => self.close(frame).await,
            b'H' => Ok(self.client.flush().await?),
            b'S' => return self.sync().await,
            // What is left of a COPY that never began.
            b'd' | b'c' | b'f' => Ok(()),
            _ => Err(Report::error("08P01", format!("invalid frontend message type {}", frame.tag)).into()),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(Failure::Statement(report)) => {
                self.prepared.skipping = true;
                self.watch.not_committed();
                // Our own refusal also counts without BEGIN: what was executed since the last Sync is one transaction.
                if self.backend.status() != Status::Failed && !self.backend.passes_over() {
                    self.backend.fail_transaction().await?;
                }
                self.report(*report).await
            }
            Err(Failure::Connection(error)) => Err(error),
        }
    }

    async fn bind(&mut self, frame: Frame) -> Result<(), Failure> {
        let mut body = frame.body.clone();
        let (Some(portal), Some(name)) = (take_text(&mut body), take_text(&mut body)) else {
            return Err(malformed());
        };
        check_name(&portal)?;
        let statement = self.statement(&name)?;
        let mut shape = Shape::default();
        match &statement.parse {
            None => self.client.send(&Frame::empty(b'2')).await?,
            Some(parse) => {
                let asked_something = self.lock_ahead(&statement.command).await?;
                if asked_something && name.is_empty() {
                    // A query of our own has made PostgreSQL forget the unnamed statement.
                    self.repeat_parse(parse).await?;
                }
                self.pass_message(&frame, &statement).await?;
                shape = self.shape_of(&portal).await?;
            }
        }
        self.prepared.portals.insert(portal, Portal { statement, shape });
        Ok(())
    }

    async fn describe(&mut self, frame: Frame) -> Result<(), Failure> {
        let (of_portal, name) = target(&frame)?;
        let statement = if of_portal { self.portal(&name)?.statement } else { self.statement(&name)? };
        if statement.parse.is_some() {
            return self.pass_message(&frame, &statement).await;
        }
        if !of_portal {
            self.client.send(&Frame::new(b't', vec![0, 0])).await?;
        }
        Ok(self.client.send(&Frame::empty(b'n')).await?)
    }

    async fn execute(&mut self, frame: Frame) -> Result<(), Failure> {
        let mut body = frame.body.clone();
        let portal = take_text(&mut body).ok_or_else(malformed)?;
        let Portal { statement, shape } = self.portal(&portal)?;
        self.shape = shape;
        self.begin_statement(&statement.source, &statement.command).await?;
        self.execute_portal(&frame, &statement).await?;
        self.end_statement();
        Ok(())
    }

    async fn execute_portal(&mut self, frame: &Frame, statement: &Statement) -> Result<(), Failure> {
        match &statement.command.action {
            Action::Copy(copy) => {
                self.before(&statement.command).await?;
                return Box::pin(self.copy(copy)).await;
            }
            Action::Instead { sql, tag } => {
                self.before(&statement.command).await?;
                return self.run_instead(sql, tag).await;
            }
            // The transaction we opened for an earlier statement of the batch becomes the client's.
            Action::Begin(_) if std::mem::take(&mut self.implicit) => {
                return Ok(self.client.complete("BEGIN").await?);
            }
            Action::Alone { .. } | Action::Widen { .. } => {
                self.before(&statement.command).await?;
                if matches!(statement.command.action, Action::Widen { .. }) {
                    // The look at the catalog has made PostgreSQL forget the portal.
                    return self.run_as_simple(statement).await;
                }
            }
            _ => {}
        }
        self.pass_message(frame, statement).await?;
        self.after(&statement.command).await
    }

    /// A statement without parameters and rows, through the simple protocol.
    async fn run_as_simple(&mut self, statement: &Statement) -> Result<(), Failure> {
        let sql = statement.command.sql().map_or("", |sql| sql.text.as_str());
        self.backend.ask(sql).await?;
        Ok(self.client.complete("ALTER TABLE").await?)
    }

    async fn close(&mut self, frame: Frame) -> Result<(), Failure> {
        let (of_portal, name) = target(&frame)?;
        let closed = if of_portal {
            self.prepared.portals.remove(&name).map(|portal| portal.statement)
        } else {
            self.prepared.statements.remove(&name)
        };
        match closed {
            Some(statement) if statement.parse.is_some() => self.pass_message(&frame, &statement).await,
            _ => Ok(self.client.send(&Frame::empty(b'3')).await?),
        }
    }

    async fn sync(&mut self) -> io::Result<()> {
        self.prepared.skipping = false;
        self.backend.send(&Frame::empty(b'S')).await?;
        loop {
            let frame = self.backend.next().await?;
            match frame.tag {
                b'Z' => break,
                // A deferred error of the commit that Sync is.
                ERROR => self.report(Report::decode(frame.body)).await?,
                _ => self.relay(&frame).await?,
            }
        }
        match self.close_implicit().await {
            Ok(()) => {}
            Err(Failure::Statement(report)) => self.report(*report).await?,
            Err(Failure::Connection(error)) => return Err(error),
        }
        if self.backend.status() == Status::Idle {
            // Portals end with their transaction.
            self.prepared.portals.clear();
        }
        self.ready().await
    }

    /// What must be done before the snapshot of the statement; whether anything was asked of PostgreSQL for it.
    pub(super) async fn lock_ahead(&mut self, command: &Command) -> Result<bool, Failure> {
        let locks = command.write.as_ref().is_some_and(|write| self.needs_lock(write));
        let asks = locks
            || !command.defines.is_empty()
            || !command.questions.is_empty()
            || self.asks_about_tables(command);
        if self.backend.status() == Status::Failed {
            return Ok(false);
        }
        if asks {
            self.before(command).await?;
        }
        Ok(asks)
    }

    fn statement(&self, name: &str) -> Result<Arc<Statement>, Failure> {
        let known = self.prepared.statements.get(name);
        known.map(Arc::clone).ok_or_else(|| {
            Report::error("26000", format!("prepared statement \"{name}\" does not exist")).into()
        })
    }

    fn portal(&self, name: &str) -> Result<Portal, Failure> {
        let known = self.prepared.portals.get(name);
        known
            .cloned()
            .ok_or_else(|| Report::error("34000", format!("portal \"{name}\" does not exist")).into())
    }
}

/// Names of statements and portals live in the protocol only, and clients choose short ones.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.len() > LIMIT_OF_POSTGRES {
        let what =
            format!("a prepared statement or portal with a name longer than {LIMIT_OF_POSTGRES} bytes");
        return Err(Refusal::not_covered(&what));
    }
    Ok(())
}

/// The kind and name in a Describe or a Close.
fn target(frame: &Frame) -> Result<(bool, String), Failure> {
    let mut body: Bytes = frame.body.clone();
    if body.is_empty() {
        return Err(malformed());
    }
    let kind = body.split_to(1);
    let name = take_text(&mut body).ok_or_else(malformed)?;
    Ok((kind[0] == b'P', name))
}

pub(super) fn malformed() -> Failure {
    Report::error("08P01", "malformed frontend message").into()
}
