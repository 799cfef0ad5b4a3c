use proptest::prelude::{ProptestConfig, proptest};

use super::*;
use crate::sql::statement::split;

fn shown(source: &str) -> Vec<String> {
    let statement = split(source).remove(0);
    let text = |from: usize, to: usize| {
        let words = statement.tokens[from..to].iter().map(|&token| statement.text(token));
        words.collect::<Vec<_>>().join(" ")
    };
    blocks(&statement)
        .iter()
        .map(|block| {
            let clauses = block.clauses.iter().map(|(clause, _)| format!(" {clause:?}")).collect::<String>();
            format!("{}:{clauses}{}", text(block.select, block.end), if block.in_set { " set" } else { "" })
        })
        .collect()
}

#[test]
fn each_select_has_its_own_clauses() {
    assert_eq!(
        shown(
            "with x as (select 1 from a where b) select extract(year from d) from x group by 1 order by 1 limit 2"
        ),
        [
            "select 1 from a where b: From Where",
            "select extract ( year from d ) from x group by 1 order by 1 limit 2: From Group Order Limit"
        ]
    );
    assert_eq!(
        shown("select a from b union select c from d order by 1"),
        ["select a from b: From set", "select c from d: From set"]
    );
}

#[test]
fn qualify_is_a_clause_only_between_two_expressions() {
    assert_eq!(
        shown("select a from t x qualify f() = 1"),
        ["select a from t x qualify f ( ) = 1: From Qualify"]
    );
    assert_eq!(
        shown("select a from t x where x.s[0] = x.b[1] qualify f() = 1"),
        ["select a from t x where x . s [ 0 ] = x . b [ 1 ] qualify f ( ) = 1: From Where Qualify"]
    );
    for source in [
        "select qualify from t",
        "select a from qualify where pivot",
        "select a from t qualify where b",
        "select a from t where qualify > 1",
        "select a from t x where x.qualify > 1",
    ] {
        assert!(!shown(source).concat().contains("Qualify"), "{source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_text_makes_it_panic(source in "(select|from|where|qualify|group by|union|order by|with no|[(),.1*]| |a){0,30}") {
        for statement in split(&source) {
            for block in blocks(&statement) {
                assert!(block.select < block.end && block.end <= statement.tokens.len());
                drop(block.items(&statement));
            }
        }
    }
}
