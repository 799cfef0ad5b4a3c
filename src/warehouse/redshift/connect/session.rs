//! One session with Redshift, and how a statement on it is stopped.
//!
//! Statements go as simple queries: everything comes back as text, so no type is looked up in catalogs that Redshift
//! lacks and no NUMERIC is misread (redshift-facts 0.4, 0.5).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::sync::CancellationToken;

use crate::config::ending;
use crate::telemetry::calls::{Call, CallResult};
use crate::telemetry::labels::SessionUse;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::metrics::news::InProgress;
use crate::warehouse::redshift::errors;
use crate::warehouse::redshift::sql::session::{COMMIT, ROLLBACK, USE_UTC, WHO_AND_WHEN, limit_statements};
use crate::warehouse::redshift::sql::text::Sql;

/// A cancel request that arrives before its statement has no effect, so it is repeated.
const CANCEL_EVERY: Duration = Duration::from_secs(1);
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);
/// No firewall forgets a connection within this time of its last answer.
const FRESH: Duration = Duration::from_secs(5);

pub(crate) struct Session {
    client: Client,
    tls: MakeRustlsConnect,
    /// A statement was sent and its answer is not read; stays set when the reader is dropped in between.
    is_busy: bool,
    is_in_transaction: bool,
    /// Not to be lent again, whatever else is known.
    is_discarded: bool,
    /// Rows that the last statement has inserted, updated or deleted, by its own word.
    pub(crate) rows_changed: u64,
    /// The server's process id, which error views call the session.
    pub(crate) process_id: i32,
    /// By the server's clock, in seconds since 1970.
    pub(crate) opened_at: i64,
    answered_at: Instant,
    is_new: bool,
    metrics: Arc<Metrics>,
    /// It is counted as open.
    _open: InProgress,
}

/// Why a statement gave no result.
pub(crate) enum Interrupted {
    Refused(tokio_postgres::Error),
    /// Stopped on demand. The server has let go of it, unless the session is unanswered by now.
    Aborted,
}

impl Session {
    /// Prepares a fresh connection for our statements.
    pub(crate) async fn new(
        client: Client,
        tls: MakeRustlsConnect,
        statement_timeout: Duration,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, tokio_postgres::Error> {
        let mut session = Self {
            client,
            tls,
            is_busy: false,
            is_in_transaction: false,
            is_discarded: false,
            rows_changed: 0,
            process_id: 0,
            opened_at: 0,
            answered_at: Instant::now(),
            is_new: true,
            metrics: Arc::clone(metrics),
            _open: metrics.session_is(SessionUse::Open),
        };
        let first = [&USE_UTC, &limit_statements(statement_timeout), &WHO_AND_WHEN];
        let answers = session.answers(first).await?;
        session.is_new = true;
        if let Some(row) = answers.last().and_then(|rows| rows.first()) {
            let number = |index| row.get(index).and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
            session.process_id = i32::try_from(number(0)).unwrap_or_default();
            session.opened_at = number(1);
        }
        Ok(session)
    }

    /// Whether the next borrower would find it as new.
    pub(crate) fn is_reusable(&self) -> bool {
        !self.is_busy && !self.is_in_transaction && !self.is_discarded && !self.client.is_closed()
    }

    /// Runs one statement and returns its rows as text.
    pub(crate) async fn rows(
        &mut self,
        statement: &Sql,
    ) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
        Ok(self.answers([statement]).await?.pop().unwrap_or_default())
    }

    /// Sends statements that need no answer of one another together, and returns the rows of each as text. They may
    /// be one transaction or several (redshift-facts 2.12): nothing may rest on either.
    pub(crate) async fn answers<'a>(
        &mut self,
        statements: impl IntoIterator<Item = &'a Sql>,
    ) -> Result<Vec<Vec<SimpleQueryRow>>, tokio_postgres::Error> {
        let mut call = Call::Statement;
        let name = |statement: &'a Sql| {
            call = statement.call();
            statement.to_send()
        };
        let statements: Vec<&str> = statements.into_iter().map(name).collect();
        let mut asked = Asked { metrics: Arc::clone(&self.metrics), call, result: CallResult::Unreachable };
        self.is_busy = true;
        let answer = self.client.simple_query(&statements.join("; ")).await;
        self.is_busy = false;
        asked.result = answer.as_ref().map_or_else(errors::result_of, |_| CallResult::Ok);
        drop(asked);
        let answer = answer?;
        self.answered_at = Instant::now();
        self.is_new = false;
        let (mut answers, mut rows) = (Vec::with_capacity(statements.len()), Vec::new());
        for message in answer {
            match message {
                SimpleQueryMessage::Row(row) => rows.push(row),
                SimpleQueryMessage::CommandComplete(count) => {
                    self.rows_changed = count;
                    answers.push(std::mem::take(&mut rows));
                }
                _ => {}
            }
        }
        Ok(answers)
    }

    /// The same for questions of people, which the server itself ends when they take longer than `longest`: whoever asked may
    /// have gone by then, and to let go of a session does not end its statement.
    pub(crate) async fn answers_in_time<'a>(
        &mut self,
        questions: impl IntoIterator<Item = &'a Sql>,
        longest: Duration,
        usual: Duration,
    ) -> Result<Vec<Vec<SimpleQueryRow>>, tokio_postgres::Error> {
        let (brief, usual) = (limit_statements(longest.min(usual)), limit_statements(usual));
        let mut all: Vec<&Sql> = vec![&brief];
        for question in questions {
            all.push(question);
        }
        all.push(&usual);
        let count = all.len();
        match self.answers(all).await {
            Ok(mut answers) => {
                answers.truncate(count - 1);
                answers.drain(..1.min(answers.len()));
                Ok(answers)
            }
            Err(error) => {
                // Nobody knows which limit it has.
                self.discard();
                Err(error)
            }
        }
    }

    /// Whether nothing was asked since it was opened.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Whether it has answered a moment ago, so that it need not be asked whether it is still there.
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_reusable() && self.answered_at.elapsed() < FRESH
    }

    /// Runs a statement that `abort` cancels on the server. A session on which that happened is not lent again: a
    /// late cancel request would hit the next borrower's statement.
    pub(crate) async fn rows_unless_aborted(
        &mut self,
        statement: &Sql,
        abort: &CancellationToken,
    ) -> Result<Vec<SimpleQueryRow>, Interrupted> {
        if abort.is_cancelled() {
            return Err(Interrupted::Aborted);
        }
        let (cancel, tls) = (self.client.cancel_token(), self.tls.clone());
        let mut running = Box::pin(self.rows(statement));
        tokio::select! {
            biased;
            result = &mut running => return result.map_err(Interrupted::Refused),
            () = abort.cancelled() => {}
        }
        // Where even that is not answered in time, the session stays unanswered.
        drop(end_of(running, || request_cancel(&cancel, &tls)).await);
        self.discard();
        Err(Interrupted::Aborted)
    }

    /// The session is closed when it is given back.
    pub(crate) fn discard(&mut self) {
        self.is_discarded = true;
    }

    /// To be said before BEGIN is sent, whose answer may be lost.
    pub(crate) fn enters_transaction(&mut self) {
        self.is_in_transaction = true;
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        self.is_in_transaction
    }

    pub(crate) async fn commit(&mut self) -> Result<(), tokio_postgres::Error> {
        self.rows(&COMMIT).await?;
        self.is_in_transaction = false;
        Ok(())
    }

    /// Rolls back; a session that cannot even do that is not lent again.
    pub(crate) async fn roll_back(&mut self) {
        let rolled_back = tokio::time::timeout(ending::ROLL_BACK, self.rows(&ROLLBACK)).await;
        self.is_in_transaction = !matches!(rolled_back, Ok(Ok(_)));
    }

    /// Whether a statement was given up on without an answer. To let go of such a session does not close it: the driver
    /// says goodbye only when every answer has come, and until then the server keeps its transaction, locks and all.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.is_busy
    }
}

/// A request, which is counted when its end is known: when it is dropped before, nobody has waited for its answer any more.
struct Asked {
    metrics: Arc<Metrics>,
    call: Call,
    result: CallResult,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.metrics.called(self.call, self.result);
    }
}

/// The end of a statement that is to be cancelled, which is awaited in any case: only it tells that the server has let go
/// of its locks. `None` when it has not come in time.
async fn end_of<T, R: Future<Output = ()>>(
    running: impl Future<Output = T>,
    request: impl Fn() -> R,
) -> Option<T> {
    let requests = async {
        loop {
            request().await;
            tokio::time::sleep(CANCEL_EVERY).await;
        }
    };
    // Side by side: a request takes a way of its own, which may be the slower one.
    tokio::select! {
        biased;
        end = running => Some(end),
        never = requests => never,
        () = tokio::time::sleep(ending::CANCEL) => None,
    }
}

async fn request_cancel(cancel: &CancelToken, tls: &MakeRustlsConnect) {
    match tokio::time::timeout(CANCEL_TIMEOUT, cancel.cancel_query(tls.clone())).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cancel request to Redshift failed"),
        Err(_) => tracing::warn!("cancel request to Redshift was not answered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request that nobody answers.
    async fn silence() {
        drop(tokio::time::timeout(CANCEL_TIMEOUT, std::future::pending::<()>()).await);
    }

    async fn ended_after(seconds: u64) -> &'static str {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        "ended"
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_is_seen_to_end_while_a_request_to_cancel_it_is_under_way() {
        assert_eq!(end_of(ended_after(7), silence).await, Some("ended"));
        assert_eq!(end_of(ended_after(9), silence).await, None, "it has had its time");
    }
}
