//! Where faults strike: the points that a session passes on its way, and what it suffers there.

use std::io;

use super::backend::Status;
use super::failure::Failure;
use super::state::{Running, Session};
use crate::faults::error::Victim;
use crate::faults::fault::{Point, Subject};
use crate::faults::strike::{Outcome, Strike};
use crate::sql::command::{Command, Question};
use crate::wire::report::{ERROR, Report};

impl Session {
    /// Passes the points before a statement.
    pub(crate) async fn begin_statement(&mut self, source: &str, command: &Command) -> Result<(), Failure> {
        self.running = Running {
            source: source.to_owned(),
            table: command.table().map(|table| self.shared.long_names.table(table)),
            commits: command.commits && self.backend.status() == Status::Open,
            gives_orders: command.questions.contains(&Question::Faults),
        };
        self.strike(Point::BeforeStatement).await?;
        if !self.running.commits {
            return Ok(());
        }
        let struck = self.strike(Point::BeforeCommit).await;
        if matches!(struck, Err(Failure::Statement(_))) {
            // A COMMIT that fails ends the transaction too.
            self.backend.ask("ROLLBACK").await?;
        } else {
            self.watch.committing();
        }
        struck
    }

    /// Remembers what strikes after the statement: it strikes when also the transaction around it is done.
    pub(crate) fn end_statement(&mut self) {
        let after_commit = self.running.commits.then_some(Point::AfterCommit);
        for point in after_commit.into_iter().chain([Point::AfterStatement]) {
            let strike = self.claim(point);
            self.afterwards.extend(strike);
        }
    }

    /// Passes the points after the statements, and tells the client that it may go on.
    pub(crate) async fn ready(&mut self) -> io::Result<()> {
        for strike in std::mem::take(&mut self.afterwards) {
            match self.suffer(strike).await {
                // Cancelled while it was held: what was asked is done all the same.
                Ok(()) | Err(Failure::Statement(_)) => {}
                Err(Failure::Connection(error)) => return Err(error),
            }
        }
        if self.backend.status() == Status::Idle {
            self.watch.settle();
            self.own_long_names.clear();
        }
        drop(self.handle.cancelling.lock().await);
        self.client.ready(self.backend.status()).await?;
        if self.leaving {
            self.handle.killed.cancel();
        }
        Ok(())
    }

    /// Lets the fault strike that is armed for this point, if one is.
    pub(crate) async fn strike(&mut self, point: Point) -> Result<(), Failure> {
        match self.claim(point) {
            Some(strike) => self.suffer(strike).await,
            None => Ok(()),
        }
    }

    fn claim(&self, point: Point) -> Option<Strike> {
        if self.running.gives_orders {
            return None;
        }
        let subject = Subject {
            user: &self.user,
            application: &self.application,
            statement: &self.running.source,
            table: self.running.table.as_ref(),
        };
        Strike::claim(&self.shared.faults, point, &subject)
    }

    async fn suffer(&mut self, strike: Strike) -> Result<(), Failure> {
        let handle = self.handle.clone();
        let query = self.shared.next_query_id();
        let user = self.user.clone();
        let victim = Victim { user: &user, session: Some(self.key.0), query };
        let outcome = {
            let (playing, cancelled) = (strike.play(&victim), handle.cancelled.notified());
            tokio::pin!(playing, cancelled);
            loop {
                tokio::select! {
                    outcome = playing.as_mut() => break outcome,
                    () = cancelled.as_mut() => break Outcome::Fail(self.cancelled_report()),
                    // In a COPY, PostgreSQL's statement timeout goes on.
                    frame = self.backend.unasked() => {
                        let frame = frame?;
                        if frame.tag == ERROR {
                            self.backend.until_ready().await?;
                            break Outcome::Fail(Report::decode(frame.body));
                        }
                        self.relay(&frame).await?;
                    }
                }
            }
        };
        match outcome {
            Outcome::GoOn => Ok(()),
            Outcome::Fail(report) => Err(report.into()),
            Outcome::Cut => {
                self.backend.end().await?;
                strike.mark();
                self.client.reset()?;
                Err(io::Error::from(io::ErrorKind::ConnectionReset).into())
            }
            Outcome::Vanish => {
                self.backend.end().await?;
                strike.mark();
                Err(self.until_goodbye().await.into())
            }
            Outcome::Silence => Err(self.until_goodbye().await.into()),
        }
    }

    /// Hears everything and answers nothing until the client ends the session.
    async fn until_goodbye(&mut self) -> io::Error {
        while self.inbox.recv().await.is_some_and(|frame| frame.tag != b'X') {}
        io::ErrorKind::ConnectionAborted.into()
    }
}
