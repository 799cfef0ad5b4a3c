//! The tables that a statement touches: whether they go with its functions, and whether an order of transactions is left.

use super::backend::Status;
use super::failure::Failure;
use super::state::Session;
use crate::cli::Isolation;
use crate::conflict::precedence::TableId;
use crate::sql::command::Command;
use crate::sql::cursor::TableName;
use crate::sql::quote::literal;
use crate::sql::refusal::Refusal;
use crate::sql::write::WriteKind;
use crate::wire::diagnosis::serializable;
use crate::wire::report::{NOTICE, Report};

impl Session {
    /// Looks at what the statement reads and writes: after every wait for a lock, before PostgreSQL runs it.
    pub(crate) async fn look_at_tables(&mut self, command: &Command) -> Result<(), Failure> {
        if self.backend.status() == Status::Failed {
            return Ok(());
        }
        self.check_visible(command)?;
        if !self.asks_about_tables(command) {
            return Ok(());
        }
        let reads = self.user_tables(&command.reads).await?;
        if !reads.is_empty() && !command.leader_only.is_empty() {
            return self.refuse_on_tables(&command.leader_only).await;
        }
        if !self.is_ordered() {
            return Ok(());
        }
        match &command.write {
            Some(write) => {
                let writes = self.user_tables(std::slice::from_ref(&write.table)).await?;
                let changes = write.kind == WriteKind::Change;
                // UPDATE, DELETE and MERGE look for the rows that they change.
                let reads = reads.into_iter().chain(writes.iter().copied().filter(|_| changes));
                self.note_access(&reads.collect::<Vec<_>>(), &writes)
            }
            None => self.note_access(&reads, &[]),
        }
    }

    /// Whether the statement's tables have to be found out.
    pub(crate) fn asks_about_tables(&self, command: &Command) -> bool {
        let touches = command.write.is_some() || !command.reads.is_empty();
        (self.is_ordered() && touches) || !(command.leader_only.is_empty() || command.reads.is_empty())
    }

    /// Which views there are is a matter of the kind of Redshift.
    pub(crate) fn check_visible(&self, command: &Command) -> Result<(), Refusal> {
        let hidden = command.reads.iter().map(TableName::short).find(|name| !self.shared.kind.shows(name));
        match hidden {
            Some(view) => Err(Refusal::new("42501", format!("permission denied for relation {view}"))),
            None => Ok(()),
        }
    }

    /// COPY writes without reading.
    pub(crate) fn note_load(&mut self, table: TableId) -> Result<(), Failure> {
        if self.is_ordered() { self.note_access(&[], &[table]) } else { Ok(()) }
    }

    /// A statement of its own, which only reads, has an order by itself.
    fn is_ordered(&self) -> bool {
        self.shared.isolation == Isolation::Serializable && self.backend.status() == Status::Open
    }

    fn note_access(&mut self, reads: &[TableId], writes: &[TableId]) -> Result<(), Failure> {
        self.watch
            .access(reads, writes)
            .map_err(|cycle| serializable(cycle.table, &cycle.transactions, self.key.0).into())
    }

    /// The tables behind the names, also behind views. Catalogs take no part (fact 2.4).
    async fn user_tables(&mut self, names: &[TableName]) -> Result<Vec<TableId>, Failure> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<String> =
            names.iter().map(|name| format!("(to_regclass({})::oid)", literal(&name.to_string()))).collect();
        let query = format!(
            "WITH RECURSIVE named (oid) AS (
                 VALUES {}
                 UNION
                 SELECT read.oid FROM named, LATERAL (
                     SELECT d.refobjid FROM pg_catalog.pg_rewrite r
                       JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                                                  AND d.refclassid = 1259
                      WHERE r.ev_class = named.oid
                     UNION ALL
                     SELECT pg_catalog.postgres_unnest(l.found) FROM redshift_catalog.late_views l
                      WHERE l.relation = named.oid) AS read (oid))
             SELECT c.oid FROM named JOIN pg_catalog.postgres_class c USING (oid)
              WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND c.relnamespace <> 'redshift_catalog'::regnamespace",
            names.join(", ")
        );
        let rows = self.backend.ask(&query).await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()?.parse().ok()).collect())
    }

    /// Functions that only the leader node has cannot be called where the data is (fact 3.4).
    async fn refuse_on_tables(&mut self, functions: &[String]) -> Result<(), Failure> {
        for function in functions {
            let info = Report::info(format!("Function \"{function}()\" not supported."));
            self.client.send(&info.encode(NOTICE)).await?;
        }
        Err(Refusal::unsupported(
            "Specified types or functions (one per INFO message) not supported on Redshift tables.",
        )
        .into())
    }
}
