//! What would resolve a conflict of a table with its config. Shown to people, and never run here.

use crate::model::shown::shown;
use crate::model::table::{Distribution, SortKey};
use crate::model::target_table::TargetTable;
use crate::schema::conflict::Conflict;
use crate::schema::remedy::{Remedy, Resolution};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::rebuild::rebuilding;
use crate::warehouse::redshift::sql::table::{add_column, widen};
use crate::warehouse::redshift::sql::text::Sql;

/// In their order, each with a comment that says for which conflict it is.
pub(crate) fn resolving(resolution: &Resolution) -> Vec<Sql> {
    // On one line, whatever stands in it.
    let comment = |conflict: &Conflict| Sql::new(format!("-- {}", shown(&conflict.to_string())));
    let comments = resolution.of.iter().map(comment);
    let statements = resolution.remedies.iter().flat_map(|remedy| statements(&resolution.target, remedy));
    comments.chain(statements).collect()
}

fn sort(key: &SortKey) -> String {
    match key {
        SortKey::AutoOrNone => "ALTER SORTKEY AUTO".to_owned(),
        SortKey::Compound(columns) | SortKey::Interleaved(columns) => {
            format!("ALTER COMPOUND SORTKEY ({})", Name::list(columns))
        }
    }
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
        Remedy::Sort(key) => vec![alter(sort(key))],
        Remedy::SortAgain(key) => vec![
            Sql::words(
                "-- the sort key that the table had; if Redshift has chosen it, say ALTER SORTKEY AUTO instead",
            ),
            alter(sort(key)),
        ],
        Remedy::Unsort => vec![alter("ALTER SORTKEY NONE".to_owned())],
        Remedy::Rebuild(rebuild) => rebuilding(target, rebuild),
    }
}
