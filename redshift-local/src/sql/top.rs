//! SELECT TOP n, which is LIMIT n behind everything else of its query.

use super::lexer::Kind;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    for index in 0..statement.tokens.len() {
        let first =
            if ["distinct", "all"].iter().any(|word| statement.is_word(index + 1, word)) { 2 } else { 1 };
        let top = index + first;
        let is_count = statement.tokens.get(top + 1).is_some_and(|token| token.kind == Kind::Number);
        if !(statement.is_word(index, "select") && statement.is_word(top, "top") && is_count) {
            continue;
        }
        let count = statement.text(statement.tokens[top + 1]);
        let end = end_of_query(statement, top + 2)?;
        edits.remove(statement.tokens[top].start..statement.tokens[top + 1].end);
        edits.insert(end, format!(" LIMIT {count}"));
    }
    Ok(())
}

/// Where the query ends that the token at `from` belongs to.
fn end_of_query(statement: &Statement<'_>, from: usize) -> Result<usize, Refusal> {
    const SETS: [&str; 4] = ["union", "intersect", "except", "minus"];
    let mut depth = 0_usize;
    for index in from..statement.tokens.len() {
        match statement.tokens[index].kind {
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') if depth == 0 => return Ok(statement.tokens[index - 1].end),
            Kind::Symbol(b')') => depth -= 1,
            Kind::Word if depth == 0 && SETS.iter().any(|word| statement.is_word(index, word)) => {
                return Err(Refusal::not_covered("SELECT TOP beside UNION, INTERSECT or EXCEPT"));
            }
            _ => {}
        }
    }
    Ok(statement.tokens.last().map_or(0, |token| token.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::rewrite::rewritten_by;

    fn rewritten(source: &str) -> String {
        rewritten_by(rewrite, source)
    }

    #[test]
    fn top_is_a_limit_at_the_end_of_its_own_query() {
        assert_eq!(
            rewritten("select top 5 a from (select distinct TOP 3 b from u order by b) order by a -- last"),
            "select  a from (select distinct  b from u order by b LIMIT 3) order by a LIMIT 5 -- last"
        );
        assert_eq!(rewritten("select top from t"), "select top from t");
        assert!(
            rewritten("select top 1 a from t union select 2").ends_with("is not covered by redshift-local")
        );
    }
}
