//! SHOW of objects, and not of parameters: each form becomes a query on a view that has what the form shows.
//!
//! AWS's drivers send these with `$1` in the places of names, so a name is an expression here.

use super::cursor::Cursor;
use super::lexer::Kind;
use super::quote::literal;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

const OBJECTS: [&str; 20] = [
    "column",
    "columns",
    "constraints",
    "databases",
    "datashares",
    "external",
    "functions",
    "grants",
    "model",
    "parameters",
    "policies",
    "procedure",
    "procedures",
    "schemas",
    "table",
    "tables",
    "template",
    "templates",
    "types",
    "view",
];

pub(crate) fn is_about_objects(statement: &Statement<'_>) -> bool {
    statement.is_word(0, "show") && OBJECTS.iter().any(|object| statement.is_word(1, object))
}

/// What a form of SHOW asks: a view, and which of its rows.
struct Question {
    view: &'static str,
    columns: String,
    conditions: Vec<String>,
    /// What LIKE is about.
    name: &'static str,
    order: &'static str,
}

impl Question {
    fn of(view: &'static str, name: &'static str, order: &'static str) -> Self {
        Self { view, columns: "*".to_owned(), conditions: Vec::new(), name, order }
    }

    /// The rows whose columns have these values, the last name first.
    fn named(mut self, columns: &[&str], names: &[String]) -> Self {
        let equal = columns.iter().zip(names.iter().rev()).map(|(column, name)| format!("{column} = {name}"));
        self.conditions.extend(equal);
        self
    }

    fn on(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }
}

const IN_SCHEMA: [&str; 2] = ["schema_name", "database_name"];
const OF_TABLE: [&str; 3] = ["table_name", "schema_name", "database_name"];

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    ahead.eat("show");
    if ahead.eat("template") {
        edits.replace(0..statement.source.len(), definition_of_template(&mut ahead)?);
        return Ok(());
    }
    let Some(question) = question(&mut ahead)? else {
        let object = statement.word(1).unwrap_or_default().to_ascii_uppercase();
        return Err(Refusal::not_covered(&format!("SHOW {object}")));
    };
    let mut conditions = question.conditions;
    if ahead.eat("like") {
        conditions.push(format!("{} LIKE {}", question.name, text(&mut ahead)?));
    }
    if ahead.eat("for") {
        let kind = if ahead.eat("role") { "role" } else { "user" };
        let name = name(&mut ahead)?;
        conditions.push(format!("identity_name = {name} AND identity_type IN ('{kind}', 'public')"));
    }
    let wanted = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
    let mut query = format!(
        "SELECT {} FROM {} WHERE {wanted} ORDER BY {}",
        question.columns, question.view, question.order
    );
    if ahead.eat("limit") {
        query.push_str(&format!(" LIMIT {}", ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?));
    }
    if !ahead.at_end() {
        return Err(ahead.syntax_error());
    }
    edits.replace(0..statement.source.len(), query);
    Ok(())
}

/// [DG `r_SHOW_TEMPLATE`], which does not say how the column is called.
fn definition_of_template(ahead: &mut Cursor<'_>) -> Result<String, Refusal> {
    let mut place = Vec::new();
    loop {
        place.push(match parameter(ahead) {
            Some(parameter) => parameter,
            None => literal(&ahead.expect_name()?),
        });
        if !ahead.eat_symbol(b'.') {
            break;
        }
    }
    if !ahead.at_end() || place.len() > 3 {
        return Err(ahead.syntax_error());
    }
    while place.len() < 3 {
        place.insert(0, "NULL".to_owned());
    }
    Ok(format!(
        "SELECT redshift_catalog.template_definition(namespace, name, options) AS template_definition \
         FROM redshift_catalog.usable_template({})",
        place.join(", ")
    ))
}

/// The object and its place [DG `r_SHOW_DATABASES`, `r_SHOW_SCHEMAS`, `r_SHOW_TABLES`, `r_SHOW_COLUMNS`,
/// `r_SHOW_CONSTRAINTS`, `r_SHOW_FUNCTIONS`, `r_SHOW_PROCEDURES`, `r_SHOW_PARAMETERS`, `r_SHOW_GRANTS`,
/// `r_SHOW_COLUMN_GRANTS`]; `None` for one that is not covered
fn question(ahead: &mut Cursor<'_>) -> Result<Option<Question>, Refusal> {
    Ok(Some(if ahead.eat("databases") {
        Question::of("pg_catalog.svv_redshift_databases", "database_name", "database_name")
    } else if ahead.eat_all(&["schemas", "from", "database"]) {
        let names = [name(ahead)?];
        Question::of("pg_catalog.svv_all_schemas", "schema_name", "schema_name")
            .named(&["database_name"], &names)
    } else if ahead.eat_all(&["tables", "from", "schema"]) {
        let names = names(ahead)?;
        Question::of("redshift_catalog.show_tables", "table_name", "table_name").named(&IN_SCHEMA, &names)
    } else if ahead.eat_all(&["columns", "from", "table"]) {
        let names = names(ahead)?;
        let order = "schema_name, ordinal_position";
        Question::of("redshift_catalog.show_columns", "column_name", order)
            .on(exists(&names))
            .named(&OF_TABLE, &names)
    } else if ahead.eat_all(&["constraints", "primary", "keys", "from", "table"]) {
        let names = names(ahead)?;
        Question::of("redshift_catalog.show_primary_keys", "column_name", "key_seq")
            .on(exists(&names))
            .named(&OF_TABLE, &names)
    } else if ahead.eat_all(&["constraints", "foreign", "keys"]) {
        let exported = ahead.eat("exported");
        ahead.expect_word("from")?;
        ahead.expect_word("table")?;
        let names = names(ahead)?;
        let columns = if exported {
            ["pk_table_name", "pk_schema_name", "pk_database_name"]
        } else {
            ["fk_table_name", "fk_schema_name", "fk_database_name"]
        };
        let order = "fk_schema_name, fk_table_name, fk_name, key_seq";
        Question::of("redshift_catalog.show_foreign_keys", "fk_name", order)
            .on(exists(&names))
            .named(&columns, &names)
    } else if ahead.eat_all(&["functions", "from", "schema"]) {
        let names = names(ahead)?;
        Question::of("redshift_catalog.show_functions", "function_name", "function_name, argument_list")
            .named(&IN_SCHEMA, &names)
    } else if ahead.eat_all(&["procedures", "from", "schema"]) {
        let names = names(ahead)?;
        Question::of("redshift_catalog.show_procedures", "procedure_name", "procedure_name, argument_list")
            .named(&IN_SCHEMA, &names)
    } else if ahead.eat_all(&["parameters", "of"]) {
        let (view, column) = if ahead.eat("procedure") {
            ("redshift_catalog.show_procedure_parameters", "procedure_name")
        } else {
            ahead.expect_word("function")?;
            ("redshift_catalog.show_function_parameters", "function_name")
        };
        let names = names(ahead)?;
        let arguments = arguments(ahead)?;
        // The view has one column more, by which the routine is found.
        let columns = format!(
            "database_name, schema_name, {column}, parameter_name, ordinal_position, parameter_type, data_type, \
             character_maximum_length, numeric_precision, numeric_scale"
        );
        Question { columns, ..Question::of(view, "parameter_name", "ordinal_position") }
            .named(&[column, "schema_name", "database_name"], &names)
            .on(format!("redshift_catalog.is_called_with(routine, ARRAY[{}]::text[])", arguments.join(", ")))
    } else if ahead.eat_all(&["column", "grants", "on", "table"]) {
        let names = names(ahead)?;
        let order = "column_name, identity_name, privilege_type";
        Question::of("redshift_catalog.show_column_grants", "column_name", order)
            .on(exists(&names))
            .named(&OF_TABLE, &names)
    } else if ahead.eat_all(&["grants", "on", "table"]) {
        let names = names(ahead)?;
        let order = "schema_name, object_name, identity_name, privilege_type";
        Question::of("redshift_catalog.show_table_grants", "object_name", order)
            .on(exists(&names))
            .named(&["object_name", "schema_name", "database_name"], &names)
    } else {
        return Ok(None);
    }))
}

/// Whether there is a table of that name; 42P01 where there is none.
fn exists(names: &[String]) -> String {
    let local = names.iter().rev().take(2).rev().cloned().collect::<Vec<_>>();
    format!("redshift_catalog.table_named({}) IS NOT NULL", local.join(", "))
}

/// `[[database.]schema.]name`, each as an expression.
fn names(ahead: &mut Cursor<'_>) -> Result<Vec<String>, Refusal> {
    let mut names = vec![name(ahead)?];
    while ahead.eat_symbol(b'.') {
        names.push(name(ahead)?);
    }
    Ok(names)
}

fn name(ahead: &mut Cursor<'_>) -> Result<String, Refusal> {
    match parameter(ahead) {
        Some(parameter) => Ok(parameter),
        None => Ok(known(&ahead.expect_name()?)),
    }
}

/// A name as the catalog's views show it: the statement may have its stand-in (fact 3.6).
fn known(name: &str) -> String {
    format!("redshift_catalog.shown({})", literal(name))
}

fn text(ahead: &mut Cursor<'_>) -> Result<String, Refusal> {
    match parameter(ahead) {
        Some(parameter) => Ok(parameter),
        None => Ok(literal(&ahead.expect_literal()?)),
    }
}

fn parameter(ahead: &mut Cursor<'_>) -> Option<String> {
    let token = ahead.peek().filter(|token| token.kind == Kind::Parameter)?;
    ahead.index += 1;
    Some(format!("{}::text", ahead.statement.text(token)))
}

/// `(type, ...)`; a type may be several words.
fn arguments(ahead: &mut Cursor<'_>) -> Result<Vec<String>, Refusal> {
    ahead.expect_symbol(b'(')?;
    let mut found = Vec::new();
    while !ahead.eat_symbol(b')') {
        if let Some(parameter) = parameter(ahead) {
            found.push(parameter);
        } else {
            let mut words = vec![ahead.expect_name()?];
            while let Some(word) = ahead.eat_name() {
                words.push(word);
            }
            ahead.eat_parenthesis();
            found.push(literal(&words.join(" ")));
        }
        if !ahead.eat_symbol(b',') && !ahead.statement.is_symbol(ahead.index, b')') {
            return Err(ahead.syntax_error());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
