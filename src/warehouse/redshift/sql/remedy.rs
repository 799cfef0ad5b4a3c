//! What would resolve a conflict of a table with its config. Shown to people, and never run here.

use crate::model::ident::Ident;
use crate::model::shown::shown;
use crate::model::table::{Distribution, SortKey};
use crate::model::target_table::TargetTable;
use crate::schema::conflict::Conflict;
use crate::schema::remedy::{CopiedColumn, Rebuild, Remedy, Resolution};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::table::{add_column, create_table, widen};
use crate::warehouse::redshift::sql::text::Sql;

/// In their order, each with a comment that says for which conflict it is.
pub(crate) fn resolving(resolution: &Resolution) -> Vec<Sql> {
    // On one line, whatever stands in it.
    let comment = |conflict: &Conflict| Sql::new(format!("-- {}", shown(&conflict.to_string())));
    let comments = resolution.of.iter().map(comment);
    let statements = resolution.remedies.iter().flat_map(|remedy| statements(&resolution.target, remedy));
    comments.chain(statements).collect()
}

fn statements(target: &TargetTable, remedy: &Remedy) -> Vec<Sql> {
    let table = Name::of_table(target);
    let alter = |action: String| Sql::new(format!("ALTER TABLE {table} {action}"));
    match remedy {
        Remedy::AddColumn(column) => vec![add_column(target, column)],
        Remedy::Widen(widening) => vec![widen(target, widening)],
        Remedy::Encode { column, encoding } => {
            vec![alter(format!("ALTER COLUMN {} ENCODE {}", Name::of(column), encoding.word()))]
        }
        Remedy::DropConstraint(name) => vec![alter(format!("DROP CONSTRAINT {}", Name::of(name)))],
        Remedy::AddPrimaryKey(columns) => vec![alter(format!("ADD PRIMARY KEY ({})", Name::list(columns)))],
        Remedy::DropView(view) => {
            let [schema, name] = [&view.schema, &view.table].map(|part| Literal::text(part.as_str()));
            vec![
                Sql::words("-- keep what this shows; a view WITH NO SCHEMA BINDING would not be in the way"),
                Sql::new(format!(
                    "SELECT definition FROM pg_views WHERE schemaname = {schema} AND viewname = {name}"
                )),
                Sql::new(format!("DROP VIEW {}", Name::of_table(view))),
            ]
        }
        Remedy::Distribute(distribution) => vec![alter(match distribution {
            Distribution::Auto => "ALTER DISTSTYLE AUTO".to_owned(),
            Distribution::Even => "ALTER DISTSTYLE EVEN".to_owned(),
            Distribution::All => "ALTER DISTSTYLE ALL".to_owned(),
            Distribution::Key(column) => format!("ALTER DISTKEY {}", Name::of(column)),
        })],
        Remedy::Sort(key) => vec![alter(match key {
            SortKey::AutoOrNone => "ALTER SORTKEY AUTO".to_owned(),
            SortKey::Compound(columns) | SortKey::Interleaved(columns) => {
                format!("ALTER COMPOUND SORTKEY ({})", Name::list(columns))
            }
        })],
        Remedy::Rebuild(rebuild) => rebuilding(target, rebuild),
    }
}

/// All or nothing: whoever reads the table meanwhile reads the old one, and whoever writes to it waits.
fn rebuilding(target: &TargetTable, rebuild: &Rebuild) -> Vec<Sql> {
    let mut spec = rebuild.spec.clone();
    let [new, old] = ["new", "old"].map(|end| beside(&target.table, end));
    spec.target.table = new.clone();
    let names = Name::list(rebuild.copied.iter().map(|column| &column.name));
    let values: Vec<String> = rebuild.copied.iter().map(value).collect();
    let (new_table, old_table) = (Name::of_table(&spec.target), Name::of_table(target));
    let mut statements = vec![
        Sql::words(
            "-- a new table in place of this one, with its rows; grants and views stay with the old one",
        ),
        Sql::words("BEGIN"),
        Sql::words(
            "-- rows that others would add meanwhile would stay with the old table: from here on they wait",
        ),
        Sql::new(format!("DELETE FROM {old_table} WHERE false")),
        create_table(&spec),
        Sql::new(format!("INSERT INTO {new_table} ({names}) SELECT {} FROM {old_table}", values.join(", "))),
        Sql::new(format!("ALTER TABLE {old_table} RENAME TO {}", Name::of(&old))),
        Sql::new(format!("ALTER TABLE {new_table} RENAME TO {}", Name::of(&target.table))),
        Sql::words("COMMIT"),
    ];
    if rebuild.numbers_anew {
        statements.insert(1, Sql::words("-- the rows get new numbers in identity columns"));
    }
    statements
}

fn value(column: &CopiedColumn) -> String {
    let name = Name::of(&column.name);
    match column.cast {
        Some(column_type) => format!("CAST({name} AS {column_type})"),
        None => name.to_string(),
    }
}

/// A name for a table beside another one.
fn beside(table: &Ident, end: &str) -> Ident {
    let long = Ident::new(&format!("{table}_{end}"));
    long.or_else(|_| Ident::new(&format!("s3_to_redshift_{end}"))).expect("it is a name")
}
