//! A new table with the rows of the old one in its place. Shown to people, and never run here.

use crate::model::ident::Ident;
use crate::model::shown::shown;
use crate::model::table::Constraint;
use crate::model::target_table::TargetTable;
use crate::schema::rebuild::{CopiedColumn, LeftBehind, Rebuild};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::table::create_table_with;
use crate::warehouse::redshift::sql::text::Sql;

/// All or nothing: whoever reads the table meanwhile reads the old one, and whoever writes to it waits.
pub(super) fn rebuilding(target: &TargetTable, rebuild: &Rebuild) -> Vec<Sql> {
    let mut spec = rebuild.spec.clone();
    let [new, old] = ["new", "old"].map(|end| beside(&target.table, end));
    spec.target.table = new.clone();
    let names = Name::list(rebuild.copied.iter().map(|column| &column.name));
    let values: Vec<String> = rebuild.copied.iter().map(value).collect();
    let (new_table, old_table) = (Name::of_table(&spec.target), Name::of_table(target));
    let mut statements = vec![Sql::words(
        "-- a new table in place of this one, with its rows; owner, comments, grants, foreign keys and views stay with the old \
         one: give the new one what it is to have of what the next statements show, and make the views anew",
    )];
    statements.extend(showing(target));
    statements.extend(rebuild.left_behind.iter().map(of_left_behind));
    if rebuild.keeps_sort_key {
        statements.push(Sql::words(
            "-- the sort key is the one that the table has; if Redshift has chosen it, leave it away, so that it may again",
        ));
    }
    if rebuild.numbers_anew {
        statements.push(Sql::words("-- the rows get new numbers in identity columns"));
    }
    statements.push(Sql::new(format!(
        "-- the old table stays as {}; one of an earlier time has to be dropped or renamed before",
        Name::of(&old)
    )));
    statements.extend([
        Sql::words("BEGIN"),
        Sql::words(
            "-- rows that others would add meanwhile would stay with the old table: from here on they wait",
        ),
        Sql::new(format!("DELETE FROM {old_table} WHERE false")),
        create_table_with(&spec, &rebuild.unique),
        Sql::new(format!("INSERT INTO {new_table} ({names}) SELECT {} FROM {old_table}", values.join(", "))),
        Sql::new(format!("ALTER TABLE {old_table} RENAME TO {}", Name::of(&old))),
        Sql::new(format!("ALTER TABLE {new_table} RENAME TO {}", Name::of(&target.table))),
        Sql::words("COMMIT"),
    ]);
    statements
}

/// What no load ever asks of a table [DG `r_SHOW_GRANTS`, `r_SHOW_CONSTRAINTS`].
fn showing(target: &TargetTable) -> [Sql; 5] {
    let table = Name::of_table(target);
    let [schema, name] = [&target.schema, &target.table].map(|part| Literal::text(part.as_str()));
    [
        Sql::new(format!(
            "SELECT pg_get_userbyid(c.relowner) AS owner, a.attname AS column_name, d.description AS comment \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_description d ON d.objoid = c.oid \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 \
             WHERE n.nspname = {schema} AND c.relname = {name}"
        )),
        Sql::new(format!("SHOW GRANTS ON TABLE {table}")),
        Sql::new(format!("SHOW COLUMN GRANTS ON TABLE {table}")),
        Sql::new(format!("SHOW CONSTRAINTS FOREIGN KEYS FROM TABLE {table}")),
        Sql::new(format!("SHOW CONSTRAINTS FOREIGN KEYS EXPORTED FROM TABLE {table}")),
    ]
}

/// In a comment, on one line, whatever stands in it.
fn of_left_behind(left_behind: &LeftBehind) -> Sql {
    let text = match left_behind {
        LeftBehind::ForeignKey(Constraint { name, columns, .. }) => {
            format!("left behind: the foreign key {} of ({})", Name::of(name), Name::list(columns))
        }
        LeftBehind::Default { column, text } => {
            format!("left behind: the default of {}, {text}", Name::of(column))
        }
        LeftBehind::Encodings(encodings) => {
            let each = encodings
                .iter()
                .map(|(column, encoding)| format!("{} {}", Name::of(column), encoding.word()));
            let each: Vec<String> = each.collect();
            format!("left behind: encodings, which Redshift chooses anew: {}", each.join(", "))
        }
    };
    Sql::new(format!("-- {}", shown(&text)))
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
