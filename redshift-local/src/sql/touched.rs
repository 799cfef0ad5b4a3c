//! The tables that a statement reads, by their names in FROM, JOIN and USING, at any depth.

use std::collections::BTreeSet;

use super::cursor::TableName;
use super::lexer::Kind;
use super::statement::Statement;

/// One parenthesis, or the statement itself.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// A comma leads to another table.
    in_list: bool,
    expects_table: bool,
    /// `EXTRACT (year FROM a)`: a FROM that names no table.
    is_call: bool,
}

const FIRST_WORDS: [&str; 7] = ["select", "with", "insert", "update", "delete", "merge", "create"];
const CALLS_WITH_FROM: [&str; 5] = ["extract", "trim", "substring", "overlay", "position"];
/// What ends the list of tables.
const ENDS_OF_LIST: [&str; 15] = [
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
    "set",
    "when",
    "qualify",
    "window",
];

/// What is not a table (a common table expression, a column) is for whoever looks the names up to find out, as far as
/// it is not seen here.
pub(crate) fn tables_read(statement: &Statement<'_>) -> Vec<TableName> {
    if !FIRST_WORDS.iter().any(|word| statement.is_word(0, word)) {
        return Vec::new();
    }
    let local = common_table_expressions(statement);
    let mut found = Vec::new();
    let mut levels = vec![Level::default()];
    let mut ahead = statement.cursor();
    // INSERT INTO t (a, b) names its table outside of any list.
    while let Some(token) = ahead.peek() {
        let level = levels.last_mut().expect("the statement itself is never left");
        let word = ahead.peek_word().unwrap_or_default();
        match token.kind {
            Kind::Symbol(b'(') => {
                let is_call = ahead.index > 0
                    && CALLS_WITH_FROM.iter().any(|call| statement.is_word(ahead.index - 1, call));
                // `FROM (a JOIN b ...)` as well as `FROM (SELECT ...)`.
                let expects_table = std::mem::take(&mut level.expects_table);
                levels.push(Level { expects_table, in_list: expects_table, is_call });
            }
            Kind::Symbol(b')') => {
                levels.pop();
                if levels.is_empty() {
                    return found;
                }
            }
            Kind::Symbol(b',') => level.expects_table = level.in_list,
            Kind::Word if word == "from" => {
                let compares = ahead.index > 0 && statement.is_word(ahead.index - 1, "distinct");
                level.in_list = !(level.is_call || compares);
                level.expects_table = level.in_list;
            }
            Kind::Word if word == "join" => level.expects_table = true,
            // `JOIN b USING (column)` names no table.
            Kind::Word if word == "using" => {
                let columns = statement.is_symbol(ahead.index + 1, b'(')
                    && !["select", "with"].iter().any(|query| statement.is_word(ahead.index + 2, query));
                (level.in_list, level.expects_table) = (!columns || level.in_list, !columns);
            }
            Kind::Word if ["only", "lateral"].contains(&word.as_str()) => {}
            Kind::Word if ["select", "with", "values"].contains(&word.as_str()) => {
                (level.in_list, level.expects_table) = (false, false);
            }
            Kind::Word if ENDS_OF_LIST.contains(&word.as_str()) => {
                (level.in_list, level.expects_table) = (false, false);
            }
            Kind::Word | Kind::QuotedName if level.expects_table => {
                level.expects_table = false;
                let Ok(table) = ahead.expect_table() else { continue };
                let is_function = statement.is_symbol(ahead.index, b'(');
                let is_local = table.0.len() == 1 && local.contains(table.short());
                if !is_function && !is_local && !found.contains(&table) {
                    found.push(table);
                }
                continue;
            }
            _ => level.expects_table = false,
        }
        ahead.index += 1;
    }
    found
}

/// The names before `AS (`.
fn common_table_expressions(statement: &Statement<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for index in 0..statement.tokens.len() {
        let mut ahead = statement.cursor();
        ahead.index = index;
        let Some(name) = ahead.eat_name() else { continue };
        ahead.eat_parenthesis();
        if ahead.eat("as") && statement.is_symbol(ahead.index, b'(') {
            names.insert(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;
    use crate::sql::statement::split;

    fn read(source: &str) -> Vec<String> {
        tables_read(&split(source)[0]).iter().map(|table| table.0.join(".")).collect()
    }

    #[test]
    fn tables_are_found_in_lists_joins_and_subqueries() {
        assert_eq!(
            read("select * from a x, S.B as y join c on x.i = y.i, d where x.i in (select i from e), f"),
            ["a", "s.b", "c", "d", "e"]
        );
        assert_eq!(
            read("select (select max(i) from a), b from (c join d using (i)), e order by f, g"),
            ["a", "c", "d", "e"]
        );
        assert_eq!(read("insert into a (x, y) select x, y from b union all select x, y from c"), ["b", "c"]);
        assert_eq!(read("delete from a using b, c where a.i = b.i"), ["a", "b", "c"]);
        assert_eq!(read("update a set i = 1, j = 2 from b where a.i = b.i"), ["b"]);
        assert_eq!(read("merge into a using b on a.i = b.i when matched then delete"), ["b"]);
        assert_eq!(read("create table a as select * from b"), ["b"]);
    }

    #[test]
    fn what_is_no_table_is_left_out() {
        assert_eq!(read("with a as (select * from b), c (i) as (select 1) select * from a, c"), ["b"]);
        assert_eq!(
            read("select extract(year from at), trim(both ' ' from x) from a where i is distinct from j"),
            ["a"]
        );
        assert_eq!(read("select * from generate_series(1, 2) g, a"), ["a"]);
        assert_eq!(read("copy a from 's3://b/c'"), [""; 0]);
        assert_eq!(read("select 1, 2"), [""; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_it_panic(text in "(select|with|delete)( |from|join|using|as|a|b|[(),.']|only|select|extract){0,20}") {
            for statement in split(&text) {
                drop(tables_read(&statement));
            }
        }
    }
}
