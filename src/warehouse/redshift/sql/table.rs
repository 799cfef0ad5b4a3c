//! CREATE TABLE and ADD COLUMN.

use std::fmt::Write;

use crate::model::ident::Ident;
use crate::model::identity::Identity;
use crate::model::table::{Column, ColumnDefault, Distribution, SortKey, TableSpec};
use crate::model::target_table::TargetTable;
use crate::schema::widening::Widening;
use crate::warehouse::redshift::sql::quote::{Name, default_value};
use crate::warehouse::redshift::sql::text::Sql;

/// Without DISTKEY or SORTKEY the table is left to Redshift: DISTSTYLE AUTO, SORTKEY AUTO (redshift-facts 2.14).
pub(crate) fn create_table(spec: &TableSpec) -> Sql {
    create_table_with(spec, &[])
}

/// The same with unique constraints, of which configs know nothing.
pub(super) fn create_table_with(spec: &TableSpec, unique: &[Vec<Ident>]) -> Sql {
    let mut lines: Vec<String> = spec.columns.iter().map(column_definition).collect();
    if !spec.primary_key.is_empty() {
        lines.push(format!("PRIMARY KEY ({})", Name::list(&spec.primary_key)));
    }
    lines.extend(unique.iter().map(|columns| format!("UNIQUE ({})", Name::list(columns))));
    let styles = [distribution(&spec.distribution), sort_key(&spec.sort_key)].concat();
    Sql::new(format!("CREATE TABLE {} (\n  {}\n){styles}", Name::of_table(&spec.target), lines.join(",\n  ")))
}

fn distribution(distribution: &Distribution) -> String {
    match distribution {
        Distribution::Auto => String::new(),
        Distribution::Even => " DISTSTYLE EVEN".to_owned(),
        Distribution::All => " DISTSTYLE ALL".to_owned(),
        Distribution::Key(column) => format!(" DISTSTYLE KEY DISTKEY ({})", Name::of(column)),
    }
}

fn sort_key(key: &SortKey) -> String {
    match key {
        SortKey::AutoOrNone => String::new(),
        SortKey::Compound(columns) => format!(" COMPOUND SORTKEY ({})", Name::list(columns)),
        SortKey::Interleaved(columns) => format!(" INTERLEAVED SORTKEY ({})", Name::list(columns)),
    }
}

/// A temporary table with these columns, for a transaction that is rolled back.
pub(crate) fn create_aside(columns: &[Column]) -> Sql {
    create_temporary(&Name::aside(), columns)
}

pub(super) fn create_temporary(table: &Name, columns: &[Column]) -> Sql {
    let columns: Vec<String> = columns.iter().map(column_definition).collect();
    Sql::new(format!("CREATE TEMP TABLE {table} ({})", columns.join(", ")))
}

/// The same with the columns of another table.
pub(crate) fn create_aside_like(like: &TargetTable) -> Sql {
    Sql::new(format!("CREATE TEMP TABLE {} (LIKE {})", Name::aside(), Name::of_table(like)))
}

/// One column a statement, which is all that Redshift takes.
pub(crate) fn add_column(target: &TargetTable, column: &Column) -> Sql {
    Sql::new(format!("ALTER TABLE {} ADD COLUMN {}", Name::of_table(target), column_definition(column)))
}

/// Cannot run inside a transaction, and is refused when the column has that length (redshift-facts 0.8, 2.2).
pub(crate) fn widen(target: &TargetTable, widening: &Widening) -> Sql {
    let Widening { column, to, .. } = widening;
    let (table, column) = (Name::of_table(target), Name::of(column));
    Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({to})"))
}

/// The grammar wants DEFAULT or IDENTITY first, then ENCODE, then NOT NULL (redshift-facts 2.14).
fn column_definition(column: &Column) -> String {
    let mut sql = format!("{} {}", Name::of(&column.name), column.column_type);
    let default = match &column.default {
        Some(ColumnDefault::Value(value)) => write!(sql, " DEFAULT {}", default_value(value)),
        Some(ColumnDefault::Identity(Identity { seed, step })) => write!(sql, " IDENTITY({seed},{step})"),
        Some(ColumnDefault::Other(_)) | None => Ok(()),
    };
    default.expect("a String takes every text");
    if let Some(encoding) = column.encoding {
        write!(sql, " ENCODE {}", encoding.word()).expect("a String takes every text");
    }
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    sql
}
