//! Failures made of the driver's errors: what was to be done, what Redshift or the network says, and what to do next.

use std::sync::Arc;

use tokio_postgres::error::SqlState;

use crate::causes;
use crate::failure::advice::Advice;
use crate::failure::unreachable::{Server, Unreachable};
use crate::failure::{Failure, FailureKind, Stage};
use crate::telemetry::calls::CallResult;
use crate::warehouse::redshift::refusal::Refusal;
use crate::warehouse::redshift::refusal::detail::context_of;

/// A statement that was refused; `what` says what it would have done: "COPY into s.t".
pub(super) fn statement_failed(what: &str, stage: Stage, error: &tokio_postgres::Error) -> Failure {
    let Some(refused) = error.as_db_error() else {
        let sentence = format!("{what} failed: {}", causes::in_words(error));
        return Failure::new(FailureKind::WarehouseUnavailable, stage, sentence);
    };
    let refusal = Refusal::of(refused);
    let mut sentence = format!("{what} failed: {}", refused.message().trim());
    let context = context_of(refused.detail().unwrap_or_default());
    if !context.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&context);
    }
    Failure::new(refusal.kind(), stage, sentence).with_advice(refusal.advice(stage))
}

/// What the driver's error means for the count of requests.
pub(super) fn result_of(error: &tokio_postgres::Error) -> CallResult {
    match error.as_db_error().map(Refusal::of) {
        None | Some(Refusal::Unavailable | Refusal::DiskFull) => CallResult::Unreachable,
        Some(Refusal::Connections) => CallResult::Throttled,
        Some(_) => CallResult::Refused,
    }
}

/// Why no session could be had.
#[derive(Debug, Clone)]
pub(crate) enum NoSession {
    /// All of them, so many, were lent for all the time that was waited.
    AllBusy(u32),
    NoAnswer,
    Refused(Arc<tokio_postgres::Error>),
}

/// What the driver says of a password of Redshift's own kind, and of nothing else (redshift-facts 0.6).
const UNKNOWN_LOGIN: &str = "unknown authentication tag ";

impl NoSession {
    pub(super) fn result(&self) -> CallResult {
        match self {
            Self::AllBusy(_) => CallResult::Throttled,
            Self::NoAnswer => CallResult::Unreachable,
            Self::Refused(error) => result_of(error),
        }
    }

    /// `address` is `user@host:port/database`.
    pub(super) fn failure(&self, address: &str, stage: Stage) -> Failure {
        let unavailable = |text: &str| {
            let sentence = format!("cannot connect to Redshift as {address}: {text}");
            Failure::new(FailureKind::WarehouseUnavailable, stage, sentence)
        };
        let no_login = |text: &str| {
            let sentence = format!("cannot log in to Redshift as {address}: {text}");
            Failure::new(FailureKind::LoginRefused, stage, sentence)
        };
        match self {
            Self::AllBusy(sessions) => {
                let sentence = format!("no session with Redshift was free in time: all {sessions} are busy");
                Failure::new(FailureKind::WarehouseUnavailable, stage, sentence)
                    .advised(&Advice::FreeSessions)
            }
            Self::NoAnswer => unavailable("no answer in time")
                .advised(&Advice::Reach(Server::Redshift, Unreachable::NoAnswer)),
            Self::Refused(error) => match error.as_db_error() {
                Some(refused) => {
                    let (refusal, text) = (Refusal::of(refused), refused.message().trim());
                    let failure = if refusal == Refusal::Login { no_login(text) } else { unavailable(text) };
                    failure.with_advice(refusal.advice(stage))
                }
                None if causes::one_begins(error.as_ref(), UNKNOWN_LOGIN) => {
                    no_login("the user's password is stored as sha256, which this client does not speak")
                        .advised(&Advice::SetPlainPassword)
                }
                None => unavailable(&causes::in_words(error.as_ref()))
                    .advised(&Advice::Reach(Server::Redshift, causes::unreachable(error.as_ref()))),
            },
        }
    }
}

/// Whether the statement named a table or schema that is not there.
pub(super) fn relation_is_missing(error: &tokio_postgres::Error) -> bool {
    let missing = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
    error.code().is_some_and(|code| missing.contains(code))
}

/// Whether the statement named a column that is not there.
pub(super) fn column_is_missing(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_COLUMN)
}
