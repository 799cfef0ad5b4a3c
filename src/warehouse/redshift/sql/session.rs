//! The words of a session itself: its settings, the ends of a transaction, and questions about sessions.

use std::time::Duration;

use crate::telemetry::calls::Call;
use crate::warehouse::redshift::sql::text::Sql;

/// Nothing, which is answered all the same.
pub(crate) const NOTHING: Sql = Sql::words("");

/// A question that no queue of queries delays.
pub(crate) const PING: Sql = Sql::words("SELECT 1");

/// The session's zone decides how text becomes TIMESTAMPTZ.
pub(crate) const USE_UTC: Sql = Sql::words("SET timezone TO 'UTC'");

/// The server's process id, and its clock in seconds since 1970.
pub(crate) const WHO_AND_WHEN: Sql =
    Sql::words("SELECT pg_backend_pid(), EXTRACT(EPOCH FROM GETDATE())::bigint");

pub(crate) const BEGIN: Sql = Sql::words("BEGIN");
pub(crate) const COMMIT: Sql = Sql::counted("COMMIT", Call::Commit);
pub(crate) const ROLLBACK: Sql = Sql::words("ROLLBACK");

/// The longest that a statement may take from now on, its wait for locks included (redshift-facts 2.7).
pub(crate) fn limit_statements(timeout: Duration) -> Sql {
    Sql::new(format!("SET statement_timeout TO {}", timeout.as_millis()))
}

/// Ends another session of the same user.
pub(crate) fn end_session(process_id: i32) -> Sql {
    Sql::new(format!("SELECT pg_terminate_backend({process_id})"))
}
