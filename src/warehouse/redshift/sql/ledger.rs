//! The ledger table: its definition, the row of a load, and the questions that are asked of it.

use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::warehouse::HistoryFilter;
use crate::warehouse::redshift::sql::quote::{Literal, Name};

/// The ledger's columns in plain types, in the order in which `history` reads them.
const COLUMNS: [(&str, &str); 14] = [
    ("load_id", "varchar(64) NOT NULL"),
    ("target_schema", "varchar(127) NOT NULL"),
    ("target_table", "varchar(127) NOT NULL"),
    ("data_date", "timestamp NOT NULL"),
    ("source_url", "varchar(2048) NOT NULL"),
    ("fingerprint", "varchar(64) NOT NULL"),
    ("message_id", "varchar(256) NOT NULL"),
    ("mode", "varchar(16) NOT NULL"),
    ("forced", "boolean NOT NULL"),
    ("rows_loaded", "bigint NOT NULL"),
    ("bytes_loaded", "bigint NOT NULL"),
    ("started_at", "timestamp NOT NULL"),
    ("finished_at", "timestamp NOT NULL"),
    ("loader", "varchar(256) NOT NULL"),
];

/// Messages that were answered by a load that was made for another one, which asked the same.
const SUPERSEDED_COLUMNS: [(&str, &str); 5] = [
    ("message_id", "varchar(256) NOT NULL"),
    ("target_schema", "varchar(127) NOT NULL"),
    ("target_table", "varchar(127) NOT NULL"),
    ("load_id", "varchar(64) NOT NULL"),
    ("recorded_at", "timestamp NOT NULL"),
];

/// The ledger of one daemon or of several that share it: a table of loads, and one of the messages that they answered
/// besides their own.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    loads: TargetTable,
    superseded: TargetTable,
}

impl Ledger {
    pub(crate) fn in_schema(schema: Ident) -> Self {
        let table =
            |name| TargetTable { schema: schema.clone(), table: Ident::new(name).expect("it is a name") };
        Self { loads: table("loads"), superseded: table("superseded_messages") }
    }

    /// The table of loads.
    pub(crate) fn loads(&self) -> &TargetTable {
        &self.loads
    }

    /// The table of messages that were answered by the load of another one.
    pub(crate) fn superseded(&self) -> &TargetTable {
        &self.superseded
    }

    pub(crate) fn create_schema(&self) -> String {
        format!("CREATE SCHEMA IF NOT EXISTS {}", Name::of(&self.loads.schema))
    }

    /// Each table with the statement that makes it. Sorted by time, because that is how they are asked and cut.
    pub(crate) fn tables(&self) -> [(&TargetTable, String); 2] {
        let create = |table, columns: &[(&str, &str)], sort_key| {
            let columns: Vec<String> =
                columns.iter().map(|(name, kind)| format!("  {name} {kind}")).collect();
            format!(
                "CREATE TABLE IF NOT EXISTS {} (\n{}\n) DISTSTYLE EVEN COMPOUND SORTKEY ({sort_key})",
                Name::of_table(table),
                columns.join(",\n")
            )
        };
        [
            (&self.loads, create(&self.loads, &COLUMNS, "finished_at")),
            (&self.superseded, create(&self.superseded, &SUPERSEDED_COLUMNS, "recorded_at")),
        ]
    }

    /// A pure write: a load transaction that also read the shared ledger would be the classic cause of error 1023
    /// (redshift-facts 2.4). `rows` is a number, or what stands for it in a text for people.
    pub(crate) fn insert(&self, plan: &LoadPlan, rows: &str, loader: &str) -> String {
        let LoadPlan { key, ledger_row: row, .. } = plan;
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        let values = [
            Literal::text(&row.load_id.0).to_string(),
            Literal::text(key.target.schema.as_str()).to_string(),
            Literal::text(key.target.table.as_str()).to_string(),
            Literal::timestamp(key.data_date.instant()).to_string(),
            Literal::text(&row.source_url.to_string()).to_string(),
            Literal::text(&key.fingerprint.0).to_string(),
            Literal::text(&row.message_id).to_string(),
            Literal::text(row.mode.label()).to_string(),
            row.forced.to_string(),
            rows.to_owned(),
            row.bytes.to_string(),
            Literal::timestamp(row.started_at).to_string(),
            "GETDATE()".to_owned(),
            Literal::text(loader).to_string(),
        ];
        format!("INSERT INTO {} ({}) VALUES ({})", self.name(), names.join(", "), values.join(", "))
    }

    /// One statement for all of them: the other ledger lock is taken for as short a time as the first.
    pub(crate) fn insert_superseded(&self, plan: &LoadPlan, message_ids: &[String]) -> String {
        let LoadPlan { key, ledger_row, .. } = plan;
        let names: Vec<&str> = SUPERSEDED_COLUMNS.iter().map(|(name, _)| *name).collect();
        let row = |message_id: &String| {
            let texts =
                [message_id, key.target.schema.as_str(), key.target.table.as_str(), &ledger_row.load_id.0];
            let texts = texts.map(|text| Literal::text(text).to_string());
            format!("({}, GETDATE())", texts.join(", "))
        };
        let rows: Vec<String> = message_ids.iter().map(row).collect();
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            Name::of_table(&self.superseded),
            names.join(", "),
            rows.join(", ")
        )
    }

    pub(crate) fn loads_of_target(&self, target: &TargetTable) -> String {
        format!("SELECT COUNT(*)::bigint FROM {} WHERE {}", self.name(), is_target(target))
    }

    pub(crate) fn load_of_message(&self, message_id: &str, target: &TargetTable) -> String {
        let condition = format!("message_id = {} AND {}", Literal::text(message_id), is_target(target));
        format!(
            "SELECT load_id FROM {} WHERE {condition} UNION ALL SELECT load_id FROM {} WHERE {condition} LIMIT 1",
            self.name(),
            Name::of_table(&self.superseded),
        )
    }

    pub(crate) fn recent_row_counts(&self, target: &TargetTable, limit: u32) -> String {
        format!(
            "SELECT rows_loaded FROM {} WHERE {} ORDER BY finished_at DESC LIMIT {limit}",
            self.name(),
            is_target(target)
        )
    }

    pub(crate) fn rows_of_load(&self, load_id: &LoadId) -> String {
        format!("SELECT rows_loaded FROM {} WHERE load_id = {}", self.name(), Literal::text(&load_id.0))
    }

    /// Epochs, because they read the same in every session time zone.
    pub(crate) fn freshness(&self) -> String {
        format!(
            "SELECT target_schema, target_table, EXTRACT(EPOCH FROM MAX(data_date))::bigint, \
             EXTRACT(EPOCH FROM MAX(finished_at))::bigint FROM {} GROUP BY target_schema, target_table",
            self.name()
        )
    }

    /// Every column of the loads, and the number of messages that each answered besides its own.
    pub(crate) fn history(&self, filter: &HistoryFilter) -> String {
        let names: Vec<String> = COLUMNS.iter().map(|(name, _)| format!("l.{name}")).collect();
        let schema = filter.schema.as_ref().map(|name| ("target_schema", name));
        let table = filter.table.as_ref().map(|name| ("target_table", name));
        let conditions: Vec<String> = [schema, table]
            .into_iter()
            .flatten()
            .map(|(column, name)| format!("l.{column} = {}", Literal::text(name.as_str())))
            .collect();
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        format!(
            "SELECT {}, COALESCE(s.messages, 0) FROM {} l LEFT JOIN (SELECT load_id, COUNT(*) AS messages FROM {} \
             GROUP BY load_id) s ON s.load_id = l.load_id{condition} ORDER BY l.finished_at DESC, l.load_id DESC LIMIT {}",
            names.join(", "),
            self.name(),
            Name::of_table(&self.superseded),
            filter.limit
        )
    }

    fn name(&self) -> Name {
        Name::of_table(&self.loads)
    }
}

fn is_target(target: &TargetTable) -> String {
    format!(
        "target_schema = {} AND target_table = {}",
        Literal::text(target.schema.as_str()),
        Literal::text(target.table.as_str())
    )
}
