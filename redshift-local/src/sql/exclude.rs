//! `SELECT * EXCLUDE (a, b)`: all columns but these [DG `r_EXCLUDE_list`].
//!
//! PostgreSQL has no such clause, and only PostgreSQL knows the columns. So it is asked for them first; then the query
//! becomes the source of another one, which names those that stay.

use std::ops::Range;

use super::block::{Block, Clause, blocks};
use super::lexer::Kind;
use super::quote::identifier;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

/// An EXCLUDE that waits for the columns of its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exclusion {
    /// Bytes of the query.
    query: Range<usize>,
    /// Bytes of EXCLUDE and its list.
    clause: Range<usize>,
    /// Common table expressions that the query may read, in bytes.
    with: Option<Range<usize>>,
    names: Vec<String>,
    in_set: bool,
}

pub(crate) fn exclusions(statement: &Statement<'_>) -> Result<Vec<Exclusion>, Refusal> {
    let mut found = Vec::new();
    if !(0..statement.tokens.len()).any(|index| statement.is_word(index, "exclude")) {
        return Ok(found);
    }
    for block in blocks(statement) {
        let end = block.end_of(block.select);
        let Some(exclude) = (block.select + 1..end).find(|&index| is_clause(statement, &block, index)) else {
            continue;
        };
        let is_star = |item: &Range<usize>| {
            let last = item.end.min(exclude);
            last > item.start && statement.is_symbol(last - 1, b'*')
        };
        // Without parentheses the names look like items.
        if block.items(statement).iter().any(|item| item.start < exclude && !is_star(item)) {
            return Err(Refusal::not_covered("EXCLUDE behind anything but *"));
        }
        if block.at(Clause::Into).is_some() {
            return Err(Refusal::not_covered("EXCLUDE with INTO"));
        }
        if block.in_set && block.at(Clause::Qualify).is_some() {
            return Err(Refusal::not_covered("EXCLUDE with QUALIFY beside UNION, INTERSECT or EXCEPT"));
        }
        let names = names(statement, exclude + 1, end)?;
        found.push(Exclusion {
            query: statement.tokens[block.select].start..statement.tokens[block.end - 1].end,
            clause: statement.tokens[exclude].start..statement.tokens[end - 1].end,
            with: with(statement, &block),
            names,
            in_set: block.in_set,
        });
    }
    Ok(found)
}

/// EXCLUDE at the level of the select list, and no name of a column or a function.
fn is_clause(statement: &Statement<'_>, block: &Block, index: usize) -> bool {
    let depth = (block.select..index).fold(0_i32, |depth, at| match statement.tokens[at].kind {
        Kind::Symbol(b'(') => depth + 1,
        Kind::Symbol(b')') => depth - 1,
        _ => depth,
    });
    let is_item = ["select", "distinct", "all", "as"].iter().any(|word| statement.is_word(index - 1, word))
        || [b',', b'.'].iter().any(|&symbol| statement.is_symbol(index - 1, symbol));
    let leads_to_names = statement.is_symbol(index + 1, b'(')
        || statement.tokens.get(index + 1).is_some_and(|next| {
            next.kind == Kind::QuotedName
                || (next.kind == Kind::Word && !statement.is_word(index + 1, "from"))
        });
    depth == 0 && statement.is_word(index, "exclude") && !is_item && leads_to_names
}

/// `a, b` or `(a, b)`
fn names(statement: &Statement<'_>, start: usize, end: usize) -> Result<Vec<String>, Refusal> {
    let mut ahead = statement.cursor();
    ahead.index = start;
    let names = if statement.is_symbol(start, b'(') {
        ahead.expect_names()?
    } else {
        let mut names = vec![ahead.expect_name()?];
        while ahead.eat_symbol(b',') {
            names.push(ahead.expect_name()?);
        }
        names
    };
    if ahead.index == end { Ok(names) } else { Err(ahead.syntax_error()) }
}

/// `WITH ...` before the query itself.
fn with(statement: &Statement<'_>, block: &Block) -> Option<Range<usize>> {
    let first = (0..block.select).find(|&index| statement.is_word(index, "with"))?;
    (block.depth == 0 && first < block.select)
        .then(|| statement.tokens[first].start..statement.tokens[block.select - 1].end)
}

impl Exclusion {
    /// A query that has the columns of this one, and no rows.
    pub(crate) fn question(&self, source: &str, edits: &Edits) -> String {
        let mut edits = edits.clone();
        edits.remove(self.clause.clone());
        let with = self.with.clone().map(|with| edits.within(source, with)).unwrap_or_default();
        format!(
            "{with} SELECT * FROM ({}) AS redshift_local LIMIT 0",
            edits.within(source, self.query.clone())
        )
    }

    pub(crate) fn substitute(&self, columns: &[String], edits: &mut Edits) -> Result<(), Refusal> {
        if let Some(missing) = self.names.iter().find(|name| !columns.contains(name)) {
            return Err(Refusal::new("42703", format!("column \"{missing}\" does not exist")));
        }
        // By numbers, since two may have the same name.
        let all: Vec<_> = (1..=columns.len()).map(|place| format!("column{place}")).collect();
        let kept: Vec<_> = columns
            .iter()
            .zip(&all)
            .filter(|(name, _)| !self.names.contains(name))
            .map(|(name, place)| format!("{place} AS {}", identifier(name)))
            .collect();
        if kept.is_empty() {
            return Err(Refusal::new("42601", "EXCLUDE leaves no column"));
        }
        let (opening, closing) = if self.in_set { ("(", ")") } else { ("", "") };
        edits.insert(self.query.start, format!("{opening}SELECT {} FROM (", kept.join(", ")));
        edits.remove(self.clause.clone());
        edits.insert(self.query.end, format!(") AS \"all columns\" ({}){closing}", all.join(", ")));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::split;

    fn rewritten(source: &str, columns: &[&str]) -> String {
        let statement = split(source).remove(0);
        let mut edits = Edits::default();
        let columns: Vec<_> = columns.iter().map(|&name| name.to_owned()).collect();
        let substituted = exclusions(&statement).and_then(|found| {
            found.iter().try_for_each(|exclusion| exclusion.substitute(&columns, &mut edits))
        });
        match substituted {
            Ok(()) => edits.apply(source).text,
            Err(refusal) => format!("{} {}", refusal.code, refusal.message),
        }
    }

    #[test]
    fn the_columns_that_stay_are_named() {
        for list in ["* exclude (b)", "* exclude B"] {
            assert_eq!(
                rewritten(
                    &format!("create view v as select {list} from t order by b limit 1"),
                    &["a", "b", "a"]
                ),
                "create view v as SELECT column1 AS \"a\", column3 AS \"a\" FROM (select *  from t order by b limit 1) \
                 AS \"all columns\" (column1, column2, column3)"
            );
        }
        assert_eq!(
            rewritten("select x.*, y.* exclude a, c from x, y", &["a", "b", "c"]),
            "SELECT column2 AS \"b\" FROM (select x.*, y.*  from x, y) AS \"all columns\" (column1, column2, column3)"
        );
        assert_eq!(rewritten("select * exclude (c) from t", &["a"]), "42703 column \"c\" does not exist");
        assert_eq!(rewritten("select * exclude (a) from t", &["a"]), "42601 EXCLUDE leaves no column");
    }

    #[test]
    fn names_are_no_clauses() {
        for source in [
            "select exclude from t",
            "select exclude, a from t",
            "select \"exclude\" from t",
            "select exclude(a), s.exclude(a) from t",
            "select 1 as exclude from t",
            "select a exclude from t",
        ] {
            assert_eq!(rewritten(source, &[]), source);
        }
    }

    #[test]
    fn what_is_not_all_columns_is_refused_by_name() {
        for source in [
            "select *, null as e exclude (a) from t",
            "select a, b exclude (b) from t",
            "select *, 1 exclude (a) from t",
        ] {
            assert_eq!(
                rewritten(source, &["a"]),
                "0A000 EXCLUDE behind anything but * is not covered by redshift-local",
                "{source}"
            );
        }
    }
}
