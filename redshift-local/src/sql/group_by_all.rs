//! GROUP BY ALL: by every item of the select list that holds no aggregate, said by number [DG `r_GROUP_BY_clause`].

use std::ops::Range;

use super::block::{Block, Clause, blocks};
use super::lexer::Kind;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

const AGGREGATES: [&str; 21] = [
    "any_value",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "listagg",
    "max",
    "median",
    "min",
    "percentile_cont",
    "percentile_disc",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "hll",
];

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    for block in blocks(statement) {
        let Some(group) = block.at(Clause::Group) else { continue };
        let all = group + 2;
        if !statement.is_word(all, "all") {
            continue;
        }
        if block.end_of(group) > all + 1 {
            let mut ahead = statement.cursor();
            ahead.index = all + 1;
            return Err(ahead.syntax_error());
        }
        let keys = keys(statement, &block)?;
        edits.replace_token(
            statement.tokens[all],
            if keys.is_empty() { "()".to_owned() } else { keys.join(", ") },
        );
    }
    Ok(())
}

/// The numbers of the items to group by.
fn keys(statement: &Statement<'_>, block: &Block) -> Result<Vec<String>, Refusal> {
    let mut keys = Vec::new();
    for (place, item) in block.items(statement).into_iter().enumerate() {
        let is_star = item.end > item.start && statement.is_symbol(item.end - 1, b'*');
        let excludes = item.clone().any(|index| statement.is_word(index, "exclude"));
        if is_star || excludes {
            return Err(Refusal::not_covered("GROUP BY ALL beside *"));
        }
        match holds(statement, item) {
            Holds::Aggregate => {}
            Holds::Window => return Err(Refusal::not_covered("GROUP BY ALL beside a window function")),
            Holds::Neither => keys.push((place + 1).to_string()),
        }
    }
    Ok(keys)
}

enum Holds {
    Aggregate,
    /// And no aggregate.
    Window,
    Neither,
}

fn holds(statement: &Statement<'_>, item: Range<usize>) -> Holds {
    let mut window = false;
    let mut index = item.start;
    while index < item.end {
        let mut ahead = statement.cursor();
        ahead.index = index;
        // A subquery has aggregates of its own.
        if statement.is_symbol(index, b'(')
            && ["select", "with"].iter().any(|word| statement.is_word(index + 1, word))
        {
            ahead.eat_parenthesis();
            index = ahead.index;
            continue;
        }
        if statement.tokens[index].kind == Kind::Word && statement.is_symbol(index + 1, b'(') {
            ahead.index += 1;
            ahead.eat_parenthesis();
            if ahead.eat_all(&["within", "group"]) {
                ahead.eat_parenthesis();
            }
            ahead.eat_all(&["ignore", "nulls"]);
            ahead.eat_all(&["respect", "nulls"]);
            let is_window = ahead.is("over");
            window |= is_window;
            if !is_window && AGGREGATES.iter().any(|name| statement.is_word(index, name)) {
                return Holds::Aggregate;
            }
        }
        index += 1;
    }
    if window { Holds::Window } else { Holds::Neither }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::rewrite::rewritten_by;

    fn rewritten(source: &str) -> String {
        rewritten_by(rewrite, source)
    }

    #[test]
    fn items_without_aggregates_are_the_keys() {
        for (list, keys) in [
            ("a, b, sum(c)", "1, 2"),
            ("count(*), a + 1 as b", "2"),
            ("top 3 a, max (b) - min(b), f(c, 1)", "1, 3"),
            ("sum(sum(a)) over (), b", "2"),
            ("(select max(x) from u), count(*)", "1"),
            ("listagg(a) within group (order by b)", "()"),
            ("percentile_disc(0.5) within group (order by b), a", "2"),
        ] {
            assert_eq!(
                rewritten(&format!("select {list} from t group by all having true order by 1")),
                format!("select {list} from t group by {keys} having true order by 1")
            );
        }
        assert_eq!(
            rewritten("select a from t group by a union all select 1"),
            "select a from t group by a union all select 1"
        );
    }

    #[test]
    fn what_cannot_be_told_is_refused_by_name() {
        assert_eq!(
            rewritten("select * from t group by all"),
            "0A000 GROUP BY ALL beside * is not covered by redshift-local"
        );
        assert_eq!(
            rewritten("select a, rank() over (order by a) from t group by all"),
            "0A000 GROUP BY ALL beside a window function is not covered by redshift-local"
        );
        assert_eq!(rewritten("select a from t group by all, a"), "42601 syntax error at or near \",\"");
    }
}
