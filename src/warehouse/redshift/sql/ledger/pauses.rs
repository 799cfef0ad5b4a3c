//! The table of pauses, beside the ledger: for all daemons that share it.

use crate::model::ident::Ident;
use crate::model::pause::{PauseTarget, WhoAndWhy};
use crate::warehouse::redshift::sql::ledger::Ledger;
use crate::warehouse::redshift::sql::ledger::version::Column;
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

/// Both names are empty where every load is meant, and the schema alone where it is a table in every schema.
/// deploy/sql/ledger.sql makes the same.
const COLUMNS: [Column; 5] = [
    ("target_schema", "varchar(127) NOT NULL"),
    ("target_table", "varchar(127) NOT NULL"),
    ("paused_at", "timestamp NOT NULL"),
    ("paused_by", "varchar(256) NOT NULL"),
    ("reason", "varchar(1024) NOT NULL"),
];
/// More than anybody pauses.
pub(crate) const MOST: usize = 10_000;

impl Ledger {
    /// It is small and read whole. Whoever may use the schema may read it, as every daemon must, whoever has made it.
    pub(crate) fn create_pauses(&self) -> [Sql; 2] {
        let name = Name::of_table(self.pauses());
        let columns = COLUMNS.map(|(name, kind)| format!("{name} {kind}")).join(", ");
        [
            Sql::new(format!("CREATE TABLE IF NOT EXISTS {name} ({columns}) DISTSTYLE ALL")),
            Sql::new(format!("GRANT SELECT ON {name} TO PUBLIC")),
        ]
    }

    /// Schema, table, beginning in seconds since 1970, who and why; one more than [`MOST`] when there are more.
    pub(crate) fn read_pauses(&self) -> Sql {
        Sql::new(format!(
            "SELECT target_schema, target_table, EXTRACT(EPOCH FROM paused_at)::bigint, paused_by, reason FROM {} \
             ORDER BY target_table, target_schema, paused_at LIMIT {}",
            Name::of_table(self.pauses()),
            MOST + 1
        ))
    }

    pub(crate) fn insert_pause(&self, target: &PauseTarget, who: &WhoAndWhy) -> Sql {
        let [schema, table] = names(target).map(Literal::text);
        Sql::new(format!(
            "INSERT INTO {} ({}) VALUES ({schema}, {table}, GETDATE(), {}, {})",
            Name::of_table(self.pauses()),
            COLUMNS.map(|(name, _)| name).join(", "),
            Literal::text(&who.by),
            Literal::text(&who.reason)
        ))
    }

    /// The pause of this target and no other.
    pub(crate) fn delete_pause(&self, target: &PauseTarget) -> Sql {
        let [schema, table] = names(target).map(Literal::text);
        Sql::new(format!(
            "DELETE FROM {} WHERE target_table = {table} AND target_schema = {schema}",
            Name::of_table(self.pauses())
        ))
    }

    /// Every pause that a resume of this target ends: a table in every schema is each of them.
    pub(crate) fn delete_pauses(&self, target: &PauseTarget) -> Sql {
        match target {
            PauseTarget::All | PauseTarget::Table { schema: Some(_), .. } => self.delete_pause(target),
            PauseTarget::Table { schema: None, table } => Sql::new(format!(
                "DELETE FROM {} WHERE target_table = {}",
                Name::of_table(self.pauses()),
                Literal::text(table.as_str())
            )),
        }
    }
}

/// Schema and table.
fn names(target: &PauseTarget) -> [&str; 2] {
    match target {
        PauseTarget::All => ["", ""],
        PauseTarget::Table { schema, table } => [schema.as_ref().map_or("", Ident::as_str), table.as_str()],
    }
}
