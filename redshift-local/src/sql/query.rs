//! What is done to the queries in a statement, and what PostgreSQL is asked for it.

use super::alias::Mention;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;
use super::{alias, derived_table, exclude, functions, group_by_all, qualify, top, words};

/// What PostgreSQL was asked about the statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    /// The names that stand for an expression of a select list.
    pub aliases: Vec<Mention>,
    /// The columns of the queries with EXCLUDE, as far as they are known, in the order in which the queries end.
    pub columns: Vec<Vec<String>>,
}

/// A query of no rows, whose columns are those of the next query with EXCLUDE.
pub(crate) fn column_question(
    statement: &Statement<'_>,
    findings: &Findings,
) -> Result<Option<String>, Refusal> {
    let exclusions = exclude::exclusions(statement)?;
    let Some(next) = exclusions.get(findings.columns.len()) else { return Ok(None) };
    Ok(Some(next.question(statement.source, &query_edits(statement, findings)?)))
}

/// What is done to the queries in any statement.
pub(crate) fn query_edits(statement: &Statement<'_>, findings: &Findings) -> Result<Edits, Refusal> {
    let mut edits = Edits::default();
    words::rewrite(statement, &mut edits);
    derived_table::name_each(statement, &mut edits);
    functions::rewrite(statement, &mut edits)?;
    alias::substitute(statement, &findings.aliases, &mut edits);
    // From the inside to the outside: where a query ends, all of them close what they opened, and `Edits` keeps the order.
    qualify::rewrite(statement, &mut edits)?;
    group_by_all::rewrite(statement, &mut edits)?;
    top::rewrite(statement, &mut edits)?;
    for (exclusion, columns) in exclude::exclusions(statement)?.iter().zip(&findings.columns) {
        exclusion.substitute(columns, &mut edits)?;
    }
    Ok(edits)
}
