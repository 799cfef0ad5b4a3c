//! Calls that are clauses or differ in form: NVL, NVL2, LISTAGG.

use super::lexer::Kind;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

/// The parts of one call, as indexes of tokens.
struct Call {
    name: usize,
    commas: Vec<usize>,
    /// The closing parenthesis.
    end: usize,
}

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    for index in 0..statement.tokens.len() {
        if index > 0 && statement.is_symbol(index - 1, b'.') {
            continue;
        }
        if statement.is_word(index, "nvl") && statement.is_symbol(index + 1, b'(') {
            edits.replace_token(statement.tokens[index], "COALESCE");
        } else if statement.is_word(index, "nvl2") {
            if let Some(call) = call(statement, index) {
                nvl2(statement, &call, edits)?;
            }
        } else if statement.is_word(index, "listagg")
            && let Some(call) = call(statement, index)
        {
            listagg(statement, &call, edits)?;
        }
    }
    Ok(())
}

fn call(statement: &Statement<'_>, name: usize) -> Option<Call> {
    if !statement.is_symbol(name + 1, b'(') {
        return None;
    }
    let mut depth = 0_usize;
    let mut commas = Vec::new();
    for index in name + 2..statement.tokens.len() {
        match statement.tokens[index].kind {
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') if depth == 0 => return Some(Call { name, commas, end: index }),
            Kind::Symbol(b')') => depth -= 1,
            Kind::Symbol(b',') if depth == 0 => commas.push(index),
            _ => {}
        }
    }
    None
}

/// `NVL2(a, b, c)` is b where a is not null, else c.
fn nvl2(statement: &Statement<'_>, call: &Call, edits: &mut Edits) -> Result<(), Refusal> {
    let &[first, second] = call.commas.as_slice() else {
        return Err(Refusal::new("42601", "NVL2 takes three arguments"));
    };
    let opening = statement.tokens[call.name].start..statement.tokens[call.name + 1].end;
    edits.replace(opening, "CASE WHEN (");
    edits.replace_token(statement.tokens[first], ") IS NOT NULL THEN (");
    edits.replace_token(statement.tokens[second], ") ELSE (");
    edits.replace_token(statement.tokens[call.end], ") END");
    Ok(())
}

/// `LISTAGG([DISTINCT] a [, delimiter]) [WITHIN GROUP (ORDER BY ...)]` [DG `r_LISTAGG`]
fn listagg(statement: &Statement<'_>, call: &Call, edits: &mut Edits) -> Result<(), Refusal> {
    let mut behind = statement.cursor();
    behind.index = call.end + 1;
    let is_ordered = behind.eat_all(&["within", "group"]) && statement.is_symbol(behind.index, b'(');
    let order = behind.index;
    if is_ordered {
        behind.eat_parenthesis();
    }
    if behind.is("over") {
        return Err(Refusal::not_covered("LISTAGG ... OVER"));
    }
    if is_ordered && statement.is_word(call.name + 2, "distinct") {
        return Err(Refusal::not_covered("LISTAGG(DISTINCT ...) WITHIN GROUP"));
    }
    let tokens = &statement.tokens;
    let first = call.name + 2 + usize::from(statement.is_word(call.name + 2, "distinct"));
    edits.replace_token(tokens[call.name], "redshift_catalog.listagg_within(pg_catalog.string_agg");
    if first == call.end {
        return Ok(());
    }
    edits.insert(tokens[first].start, "(");
    match call.commas.first() {
        Some(&comma) => edits.insert(tokens[comma].start, ")::text"),
        None => edits.insert(tokens[call.end - 1].end, ")::text, ''"),
    }
    if is_ordered {
        edits.replace(tokens[call.end].start..tokens[order].end, " ");
    }
    edits.insert(tokens[behind.index - 1].end, ")");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::rewrite::rewritten_by;

    fn rewritten(source: &str) -> String {
        rewritten_by(rewrite, source)
    }

    #[test]
    fn calls_become_those_of_postgres() {
        const AGGREGATE: &str = "redshift_catalog.listagg_within(pg_catalog.string_agg";
        for (source, expected) in [
            ("select nvl(a, b, 1), t.nvl", "select COALESCE(a, b, 1), t.nvl".to_owned()),
            (
                "select nvl2(f(a, b), c, nvl(d, 1))",
                "select CASE WHEN (f(a, b)) IS NOT NULL THEN ( c) ELSE ( COALESCE(d, 1)) END".to_owned(),
            ),
            ("select listagg(a)", format!("select {AGGREGATE}((a)::text, ''))")),
            (
                "select listagg(a, ', ') within group (order by b desc) from t",
                format!("select {AGGREGATE}((a)::text, ', ' order by b desc)) from t"),
            ),
            (
                "select nvl2(listagg(a) within group (order by b),c,d)",
                format!(
                    "select CASE WHEN ({AGGREGATE}((a)::text, '' order by b))) IS NOT NULL THEN (c) ELSE (d) END"
                ),
            ),
            ("select listagg(distinct a, ',')", format!("select {AGGREGATE}(distinct (a)::text, ','))")),
            (
                "select listagg(a) over ()",
                "0A000 LISTAGG ... OVER is not covered by redshift-local".to_owned(),
            ),
        ] {
            assert_eq!(rewritten(source), expected, "{source}");
        }
    }
}
