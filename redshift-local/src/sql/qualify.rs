//! QUALIFY, which PostgreSQL has not: the condition becomes the first key of an ORDER BY, where it may hold window
//! functions, and where a row of which it is not true has no place.
//!
//! `generate_series(1, 0)` has no rows, and a row of a query whose set-returning function has none is none. All that is
//! left has the key 1, so what the query was ordered by orders it still. The condition stays where it was written, and
//! so do the places of its errors.

use super::block::{Block, Clause, blocks};
use super::lexer::Kind;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    for block in blocks(statement) {
        let Some(qualify) = block.at(Clause::Qualify) else { continue };
        check(statement, &block, qualify)?;
        let end = block.end_of(qualify);
        if block.in_set {
            edits.insert(statement.tokens[block.select].start, "(");
        }
        edits.replace_token(statement.tokens[qualify], "ORDER BY pg_catalog.generate_series(1, CASE WHEN (");
        let closing = ") THEN 1 ELSE 0 END)";
        match block.at(Clause::Order) {
            // Two words: ORDER BY.
            Some(order) => {
                let words = statement.tokens[order].start..statement.tokens[order + 1].end;
                edits.replace(words, format!("{closing},"));
            }
            None => {
                let outer = if block.in_set { ")" } else { "" };
                edits.insert(statement.tokens[end - 1].end, format!("{closing}{outer}"));
            }
        }
    }
    Ok(())
}

fn check(statement: &Statement<'_>, block: &Block, qualify: usize) -> Result<(), Refusal> {
    if block.is_distinct(statement) {
        return Err(Refusal::not_covered("SELECT DISTINCT with QUALIFY"));
    }
    let from = block.at(Clause::From).unwrap_or(block.select);
    // Directly behind FROM, the table must have an alias, or QUALIFY is taken for it [DG r_QUALIFY_clause].
    if block.end_of(from) == qualify && !last_table_has_alias(statement, from, qualify) {
        let mut ahead = statement.cursor();
        ahead.index = qualify + 1;
        return Err(ahead.syntax_error());
    }
    Ok(())
}

/// The tables between FROM and `end` end with an alias, or with the condition of a join.
fn last_table_has_alias(statement: &Statement<'_>, from: usize, end: usize) -> bool {
    let mut depth = 0_usize;
    let mut last = from;
    for index in from..end {
        match statement.tokens[index].kind {
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') => depth = depth.saturating_sub(1),
            Kind::Symbol(b',') if depth == 0 => last = index,
            Kind::Word
                if depth == 0
                    && ["join", "on", "using"].iter().any(|word| statement.is_word(index, word)) =>
            {
                last = index;
            }
            _ => {}
        }
    }
    if ["on", "using"].iter().any(|word| statement.is_word(last, word)) {
        return true;
    }
    // `t` and `s.t` have none, and neither has a subquery.
    let before = statement.tokens[end - 1].kind;
    let is_bare = end - 1 == last + 1 || statement.is_symbol(end - 2, b'.');
    matches!(before, Kind::Word | Kind::QuotedName) && !is_bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::rewrite::rewritten_by;

    fn rewritten(source: &str) -> String {
        rewritten_by(rewrite, source)
    }

    #[test]
    fn the_condition_is_the_first_key_of_the_order() {
        assert_eq!(
            rewritten("select * from t x qualify rank() over (order by a) = 1 order by b desc limit 3"),
            "select * from t x ORDER BY pg_catalog.generate_series(1, CASE WHEN ( rank() over (order by a) = 1 \
             ) THEN 1 ELSE 0 END), b desc limit 3"
        );
        assert_eq!(
            rewritten("select a from t where b qualify c union select a from u x qualify d order by 1"),
            "(select a from t where b ORDER BY pg_catalog.generate_series(1, CASE WHEN ( c) THEN 1 ELSE 0 END)) \
             union (select a from u x ORDER BY pg_catalog.generate_series(1, CASE WHEN ( d) THEN 1 ELSE 0 END)) order by 1"
        );
    }

    #[test]
    fn a_table_directly_before_it_needs_an_alias() {
        for source in ["select * from t qualify f() = 1", "select * from a x, s.t qualify f() = 1"] {
            assert_eq!(rewritten(source), "42601 syntax error at or near \"f\"", "{source}");
        }
        for source in [
            "select * from t x qualify f() = 1",
            "select * from s.t as x qualify f() = 1",
            "select * from a join t on a.i = t.i qualify f() = 1",
            "select * from a join t using (i) qualify f() = 1",
            "select * from (select 1) x qualify f() = 1",
        ] {
            assert!(rewritten(source).contains("ORDER BY"), "{source}");
        }
    }

    #[test]
    fn distinct_rows_are_refused_by_name() {
        assert_eq!(
            rewritten("select distinct a from t where b qualify c"),
            "0A000 SELECT DISTINCT with QUALIFY is not covered by redshift-local"
        );
    }
}
