//! Maintenance: until when logins are refused, and whose are not.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::wire::report::Report;

/// A superuser's session under this name is let in and left alone, so that somebody can end the maintenance.
pub(crate) const ADMIN: &str = "redshift_local admin";

#[derive(Debug, Default)]
pub(crate) struct Maintenance {
    until: Mutex<Option<Instant>>,
}

impl Maintenance {
    pub(crate) fn set(&self, until: Option<Instant>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    pub(crate) fn goes_on(&self, now: Instant) -> bool {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

/// What a login is told meanwhile.
pub(crate) fn refused() -> Report {
    Report::fatal("57P03", "the database system is starting up")
}

/// What a session is told when it begins.
pub(crate) fn killed() -> Report {
    Report::fatal("57P01", "terminating connection due to administrator command")
}
