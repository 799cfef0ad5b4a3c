//! How a statement fails: with a report the client reads, or with the end of the session.

use std::io;

use crate::sql::refusal::Refusal;
use crate::wire::report::Report;

#[derive(Debug)]
pub(crate) enum Failure {
    /// The statement failed; the session goes on.
    Statement(Box<Report>),
    /// One of the two connections is gone.
    Connection(io::Error),
}

impl Failure {
    /// With the place of a statement's error where `place` leads from where it is.
    pub(crate) fn at(self, place: impl FnOnce(usize) -> usize) -> Self {
        match self {
            Self::Statement(report) => {
                Self::Statement(Box::new(Report { position: report.position.map(place), ..*report }))
            }
            lost @ Self::Connection(_) => lost,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Statement(Box::new(report))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Report::from(refusal).into()
    }
}

/// What PostgreSQL answers while a transaction waits for its ROLLBACK.
pub(crate) fn transaction_is_aborted() -> Report {
    Report::error("25P02", "current transaction is aborted, commands ignored until end of transaction block")
}
