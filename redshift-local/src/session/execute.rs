//! Running one understood statement, by whichever protocol it came: what happens before and after PostgreSQL runs it.

use super::backend::Status;
use super::failure::{Failure, transaction_is_aborted};
use super::parameters::{application_name, parameter_for_client};
use super::state::Session;
use crate::faults::order::order_in;
use crate::sql::command::{Action, Command, Question};
use crate::sql::inward::refusals::not_covered;
use crate::sql::refusal::Refusal;
use crate::wire::frame::Frame;
use crate::wire::passed_over::in_older_words;
use crate::wire::report::{NOTICE, Report};
use crate::wire::result::{Shape, described};

impl Session {
    /// Everything that has to be settled before PostgreSQL sees the statement.
    pub(crate) async fn before(&mut self, command: &Command) -> Result<(), Failure> {
        match (&command.action, self.backend.status()) {
            (Action::Refuse(_) | Action::Copy(_) | Action::Instead { .. }, Status::Failed) => {
                return Err(transaction_is_aborted().into());
            }
            (Action::Refuse(refusal), _) => return Err(refusal.clone().into()),
            (Action::Alone { what, .. }, Status::Open) => {
                return Err(Refusal::inside_transaction(what).into());
            }
            (Action::Widen { .. }, Status::Open) => {
                return Err(Refusal::inside_transaction("ALTER TABLE ALTER COLUMN").into());
            }
            (Action::Widen { column, .. }, Status::Idle) => self.check_widening(column).await?,
            (Action::Alone { reclusters: Some(table), .. }, Status::Idle) => {
                self.check_recluster(table).await?;
            }
            _ => {}
        }
        self.keep_long_names(&command.defines).await?;
        if let Some(write) = command.write.as_ref().filter(|write| self.needs_lock(write)) {
            self.lock_for(write).await?;
        }
        self.look_at_tables(command).await?;
        for question in &command.questions {
            match question {
                Question::LastCopy => self.tell_last_copy().await?,
                Question::Faults => self.tell_faults().await?,
            }
        }
        Ok(())
    }

    /// What follows once PostgreSQL has run the statement.
    pub(crate) async fn after(&mut self, command: &Command) -> Result<(), Failure> {
        if self.backend.status() == Status::Idle {
            self.watch.settle();
        }
        self.case_sensitive = command.settings.case_sensitive.unwrap_or(self.case_sensitive);
        self.least_severity = command.settings.least_severity.unwrap_or(self.least_severity);
        if let Action::Truncate(_) = command.action
            && self.backend.status() == Status::Open
        {
            self.implicit = false;
            self.commit().await?;
        }
        Ok(())
    }

    /// Runs something of ours for the statement, of which the client hears this tag.
    pub(crate) async fn run_instead(&mut self, sql: &str, tag: &str) -> Result<(), Failure> {
        self.backend.ask(sql).await?;
        Ok(self.client.complete(tag).await?)
    }

    /// Passes a frame of the answer on to the client. An order to us is carried out instead, or refused.
    pub(crate) async fn pass_on(&mut self, frame: &Frame) -> std::io::Result<Option<Report>> {
        match order_in(frame) {
            Some(Ok(order)) => Ok(self.carry_out(order).await.err()),
            Some(Err(refusal)) => Ok(Some(Report::error("22023", refusal))),
            // A statement that was put together at run time, where we see no name in time.
            None if let Some(name) = cut_name(frame) => Ok(Some(not_covered(&name).into())),
            None => self.relay(frame).await.map(|()| None),
        }
    }

    /// Passes a frame on to the client, in Redshift's form.
    pub(crate) async fn relay(&mut self, frame: &Frame) -> std::io::Result<()> {
        debug_assert!(frame.tag != b'Z', "only we say when the client may go on");
        if !self.least_severity.lets_through(frame) {
            return Ok(());
        }
        if frame.tag == b'T' {
            self.shape = Shape::of(frame);
        }
        if frame.tag != b'S' {
            let rewritten = match frame.tag {
                b'D' => self.shape.rewritten(frame),
                b'T' => Some(described(frame, self.describes_more)),
                NOTICE => in_older_words(frame),
                _ => None,
            };
            return self.client.send(rewritten.as_ref().unwrap_or(frame)).await;
        }
        if let Some(name) = application_name(frame) {
            self.application = name;
        }
        match parameter_for_client(frame) {
            Some(parameter) => self.client.send(&parameter).await,
            None => Ok(()),
        }
    }
}

/// The name that PostgreSQL has cut, when the frame is the notice that says so: one of two could be taken for the other.
fn cut_name(frame: &Frame) -> Option<String> {
    let report = (frame.tag == NOTICE).then(|| Report::decode(frame.body.clone()))?;
    (report.code == "42622").then(|| report.message.split('"').nth(1).unwrap_or_default().to_owned())
}
