//! SHOW COLUMNS, which becomes a query, and the other forms of SHOW that tell of objects and not of parameters.

use super::cursor::Cursor;
use super::quote::literal;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

const OBJECTS: [&str; 12] = [
    "columns",
    "tables",
    "schemas",
    "databases",
    "constraints",
    "grants",
    "functions",
    "procedures",
    "parameters",
    "table",
    "view",
    "datashares",
];

/// A name as the catalog's views show it, where the statement may have a stand-in for it.
fn known(name: &str) -> String {
    format!("redshift_catalog.shown({})", literal(name))
}

pub(crate) fn is_about_objects(statement: &Statement<'_>) -> bool {
    statement.is_word(0, "show") && OBJECTS.iter().any(|object| statement.is_word(1, object))
}

/// `SHOW DATABASES`, `SHOW SCHEMAS FROM DATABASE d`, `SHOW TABLES FROM SCHEMA [d.]s`, each with `[LIKE pattern]
/// [LIMIT n]` [DG `r_SHOW_DATABASES`, `r_SHOW_SCHEMAS`, `r_SHOW_TABLES`]; `None` for another object
fn query(ahead: &mut Cursor<'_>) -> Result<Option<String>, Refusal> {
    let (view, name, of) = if ahead.eat("databases") {
        ("svv_redshift_databases", "database_name", String::new())
    } else if ahead.eat("schemas") {
        ahead.expect_word("from")?;
        ahead.expect_word("database")?;
        ("svv_all_schemas", "schema_name", format!(" AND database_name = {}", known(&ahead.expect_name()?)))
    } else if ahead.eat("tables") {
        ahead.expect_word("from")?;
        ahead.expect_word("schema")?;
        let schema = ahead.expect_table()?;
        let mut of = String::new();
        for (column, part) in ["schema_name", "database_name"].iter().zip(schema.0.iter().rev()) {
            of.push_str(&format!(" AND {column} = {}", known(part)));
        }
        ("svv_all_tables", "table_name", of)
    } else {
        return Ok(None);
    };
    let mut query = format!("SELECT * FROM pg_catalog.{view} WHERE true{of}");
    if ahead.eat("like") {
        query.push_str(&format!(" AND {name} LIKE {}", literal(&ahead.expect_literal()?)));
    }
    query.push_str(&format!(" ORDER BY {name}"));
    if ahead.eat("limit") {
        query.push_str(&format!(" LIMIT {}", ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?));
    }
    if ahead.at_end() { Ok(Some(query)) } else { Err(ahead.syntax_error()) }
}

/// `SHOW COLUMNS FROM TABLE [[database.]schema.]table [LIKE pattern] [LIMIT n]` (fact 3.3)
pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    ahead.eat("show");
    if let Some(query) = query(&mut ahead)? {
        edits.replace(0..statement.source.len(), query);
        return Ok(());
    }
    let mut ahead = statement.cursor();
    if !ahead.eat_all(&["show", "columns"]) {
        let object = statement.word(1).unwrap_or_default().to_ascii_uppercase();
        return Err(Refusal::not_covered(&format!("SHOW {object}")));
    }
    ahead.expect_word("from")?;
    ahead.expect_word("table")?;
    let table = ahead.expect_table()?;
    let mut query = format!(
        "SELECT * FROM redshift_catalog.show_columns WHERE {}::regclass IS NOT NULL",
        literal(&table.to_string())
    );
    for (column, part) in ["table_name", "schema_name", "database_name"].iter().zip(table.0.iter().rev()) {
        query.push_str(&format!(" AND {column} = {}", known(part)));
    }
    if ahead.eat("like") {
        query.push_str(&format!(" AND column_name LIKE {}", literal(&ahead.expect_literal()?)));
    }
    query.push_str(" ORDER BY schema_name, ordinal_position");
    if ahead.eat("limit") {
        let rows = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
        query.push_str(&format!(" LIMIT {rows}"));
    }
    if !ahead.at_end() {
        return Err(ahead.syntax_error());
    }
    edits.replace(0..statement.source.len(), query);
    Ok(())
}
