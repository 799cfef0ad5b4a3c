//! Transactions that nobody asked for, and the write locks of fact 2.4b.
//!
//! PostgreSQL takes a statement's lock after its snapshot. A DELETE that waited for another writer would then not see
//! what that writer did. Redshift's snapshot begins after the wait, so the lock is taken by a statement of its own, in
//! a transaction that we open if none is.

use std::io;

use super::backend::Status;
use super::failure::Failure;
use super::state::Session;
use crate::cli::Isolation;
use crate::sql::refusal::SETS_IDENTITY;
use crate::sql::settings::stand_in;
use crate::sql::write::{Write, WriteKind};
use crate::wire::diagnosis::{conflict, null_in_column, numeric_overflow, serializable};
use crate::wire::report::Report;

/// What PostgreSQL says of a statement that was cancelled or took too long.
const TIMELY_ENDS: [&str; 2] =
    ["canceling statement due to user request", "canceling statement due to statement timeout"];

impl Session {
    /// Opens a transaction around what follows, if none is open.
    pub(crate) async fn open_implicit(&mut self) -> Result<(), Failure> {
        if self.backend.status() == Status::Idle {
            self.backend.ask("BEGIN").await?;
            self.implicit = true;
        }
        Ok(())
    }

    /// Ends a transaction that we opened: by COMMIT, or by ROLLBACK when it failed.
    pub(crate) async fn close_implicit(&mut self) -> Result<(), Failure> {
        if !std::mem::take(&mut self.implicit) {
            return Ok(());
        }
        match self.backend.status() {
            Status::Idle => Ok(()),
            Status::Open => self.commit().await,
            Status::Failed => {
                self.backend.ask("ROLLBACK").await?;
                self.watch.settle();
                Ok(())
            }
        }
    }

    /// COMMIT of a transaction that we opened, or that TRUNCATE ends.
    pub(crate) async fn commit(&mut self) -> Result<(), Failure> {
        self.watch.committing();
        let committed = self.backend.ask("COMMIT").await;
        if committed.is_err() {
            self.watch.not_committed();
        }
        self.watch.settle();
        committed.map(drop)
    }

    /// Waits for the table's write lock and keeps it until the transaction ends.
    pub(crate) async fn lock_for(&mut self, write: &Write) -> Result<(), Failure> {
        if self.backend.status() == Status::Failed {
            return Ok(());
        }
        let mode = match (self.shared.isolation, write.kind) {
            (Isolation::Snapshot, WriteKind::Add) => "ROW EXCLUSIVE",
            (Isolation::Snapshot, WriteKind::Change) | (Isolation::Serializable, _) => "SHARE ROW EXCLUSIVE",
        };
        self.open_implicit().await?;
        let lock = format!("LOCK TABLE {} IN {mode} MODE", write.table);
        self.backend.ask(&lock).await.map_err(|failure| match failure {
            // The place is one in our statement, not in the client's.
            Failure::Statement(report) => Report { position: None, ..*report }.into(),
            connection @ Failure::Connection(_) => connection,
        })?;
        Ok(())
    }

    /// INSERT under snapshot takes what PostgreSQL takes anyway.
    pub(crate) fn needs_lock(&self, write: &Write) -> bool {
        self.shared.isolation == Isolation::Serializable || write.kind == WriteKind::Change
    }

    /// Leaves what `pg_last_copy_id()` and `pg_last_copy_count()` shall answer where PostgreSQL finds it.
    pub(crate) async fn tell_last_copy(&mut self) -> Result<(), Failure> {
        if self.backend.status() != Status::Failed {
            let (id, count) = (self.last_copy.id, self.last_copy.count);
            let (id_name, count_name) = (stand_in("last_copy_id"), stand_in("last_copy_count"));
            self.backend.ask(&format!("SET {id_name} = '{id}'; SET {count_name} = '{count}'")).await?;
        }
        Ok(())
    }

    /// Redshift's own errors come as XX000 (fact 0.2); everything else keeps PostgreSQL's code.
    fn translate(&self, report: Report) -> Report {
        match (report.code.as_str(), self.shared.isolation) {
            ("40001", Isolation::Serializable) => serializable(0, &[0, 0], self.key.0),
            ("40001", Isolation::Snapshot) => conflict(),
            // Fact 2.8
            ("21000", _) if report.message.starts_with("MERGE command cannot affect row a second time") => {
                Report::error("XX000", "Found multiple matches to update the same tuple.")
            }
            ("23502", _) => match report.message.strip_prefix("null value in column \"") {
                Some(rest) => null_in_column(rest.split('"').next().unwrap_or_default(), self.key.0),
                None => report,
            },
            ("428C9", _) => Report::error("0A000", SETS_IDENTITY),
            ("22003", _) if report.message == "numeric field overflow" => numeric_overflow(self.key.0),
            // Both ways alike [DG r_statement_timeout].
            ("57014", _) if TIMELY_ENDS.contains(&report.message.as_str()) => self.cancelled_report(),
            _ => report,
        }
    }

    pub(crate) fn cancelled_report(&self) -> Report {
        Report::error("57014", format!("Query ({}) canceled on user's request", self.shared.next_query_id()))
    }

    /// Tells the client that its statement failed, and makes the transaction as failed as it now believes.
    pub(crate) async fn refuse(&mut self, report: Report) -> io::Result<()> {
        self.watch.not_committed();
        if self.backend.status() == Status::Open {
            self.backend.fail_transaction().await?;
        }
        self.report(report).await
    }

    /// Tells the client of an error, whoever made it, in Redshift's words.
    pub(crate) async fn report(&mut self, report: Report) -> io::Result<()> {
        let report = self.translate(report);
        self.client.report_error(&report).await
    }
}
