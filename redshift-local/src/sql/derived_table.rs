//! A subquery in FROM without a name: Redshift takes it, and the metadata queries of its own drivers count on that.
//! PostgreSQL does only from 16 on, so it gets a name.

use super::lexer::Kind;
use super::rewrite::Edits;
use super::statement::Statement;

/// One parenthesis, or the statement itself.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// A query, and not the arguments of `EXTRACT (year FROM ...)`.
    is_query: bool,
    /// A comma leads to another table.
    in_list: bool,
    /// It stands where a table could.
    is_table: bool,
}

const QUERIES: [&str; 2] = ["select", "with"];
const BEFORE_TABLES: [&str; 3] = ["from", "join", "lateral"];
const ENDS_OF_LIST: [&str; 5] = ["select", "where", "group", "having", "order"];
/// What may follow a table that has no name of its own; any other word is the name.
const AFTER_TABLES: [&str; 24] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "fetch",
    "union",
    "intersect",
    "except",
    "minus",
    "on",
    "using",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "window",
    "qualify",
    "for",
    "when",
];

pub(crate) fn name_each(statement: &Statement<'_>, edits: &mut Edits) {
    let any = |words: &[&str], index: usize| words.iter().any(|word| statement.is_word(index, word));
    let mut levels = vec![Level::default()];
    for (index, token) in statement.tokens.iter().enumerate() {
        let Some(level) = levels.last_mut() else { return };
        match token.kind {
            Kind::Symbol(b'(') => {
                // In a list, so after its FROM.
                let before = index.saturating_sub(1);
                let expected =
                    level.in_list && (any(&BEFORE_TABLES, before) || statement.is_symbol(before, b','));
                levels.push(Level { is_table: expected && any(&QUERIES, index + 1), ..Level::default() });
            }
            Kind::Symbol(b')') => {
                let is_named = statement.tokens.get(index + 1).is_some_and(|next| match next.kind {
                    Kind::Word => !any(&AFTER_TABLES, index + 1),
                    Kind::QuotedName => true,
                    _ => false,
                });
                if level.is_table && !is_named {
                    edits.insert(token.end, format!(" AS \"unnamed {index}\""));
                }
                levels.pop();
            }
            Kind::Word if any(&["from"], index) => {
                level.in_list = level.is_query && !(index > 0 && statement.is_word(index - 1, "distinct"));
            }
            Kind::Word => {
                level.is_query |= any(&["select", "delete", "update"], index);
                level.in_list &= !any(&ENDS_OF_LIST, index);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;
    use crate::sql::statement::split;

    fn named(source: &str) -> String {
        let mut edits = Edits::default();
        let statements = split(source);
        if let Some(statement) = statements.first() {
            name_each(statement, &mut edits);
        }
        edits.apply(source).text
    }

    #[test]
    fn only_a_subquery_in_from_without_a_name_gets_one() {
        assert_eq!(
            named("select * from (select 1) where true"),
            "select * from (select 1) AS \"unnamed 6\" where true"
        );
        assert_eq!(
            named(
                "select * from a, (with b as (select 1) select * from b), lateral (select 2) join (select 3) on true"
            ),
            "select * from a, (with b as (select 1) select * from b) AS \"unnamed 17\", lateral (select 2) AS \"unnamed 23\" \
             join (select 3) AS \"unnamed 28\" on true"
        );
        for complete in [
            "select * from (select 1) a, (select 2) as b, (select 3) \"c\"",
            "select (select 1), extract(year from (select now())), a is distinct from (select 2) from b",
            "select * from a where i in (select 1) group by (select 2), (select 3)",
            "insert into t (a, b) (select 1, 2)",
            "select * from (a join b on true)",
        ] {
            assert_eq!(named(complete), complete);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_text_makes_it_panic(source in "(select|from|[(),]| |a|join|\"b\"){0,30}") {
            named(&source);
        }
    }
}
