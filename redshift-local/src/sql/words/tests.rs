use super::*;
use crate::sql::rewrite::rewritten_by;

fn rewritten(source: &str) -> String {
    let rewrite = |statement: &Statement<'_>, edits: &mut Edits| {
        rewrite(statement, edits);
        Ok(())
    };
    rewritten_by(rewrite, source)
}

#[test]
fn quoted_names_fold_and_literals_do_not() {
    assert_eq!(
        rewritten(r#"select "UserId", 'UserId', SYSDATE from #Stage"#),
        r##"select "userid", 'UserId', sysdate() from "#stage""##
    );
}

#[test]
fn words_of_redshift_become_those_of_postgres() {
    for (source, expected) in [
        (
            "select a::varchar(max), cast(b as character varying (MAX))",
            "select a::varchar(65535), cast(b as character varying (65535))",
        ),
        ("select max(a), greatest (max(b))", "select max(a), greatest (max(b))"),
        (
            "select dateadd(day, -1, a), DATEDIFF( month , a, b)",
            "select dateadd('day', -1, a), DATEDIFF( 'month' , a, b)",
        ),
        ("select dateadd('day', 1, a), day from t", "select dateadd('day', 1, a), day from t"),
        (
            "select a from t minus select a from u minus (select 1)",
            "select a from t EXCEPT select a from u EXCEPT (select 1)",
        ),
        ("select minus from t", "select minus from t"),
        (
            "select convert(varchar(max), a + f(1, 2)), convert(int, b)",
            "select CAST( a + f(1, 2) AS varchar(65535)), CAST( b AS int)",
        ),
        ("select convert('a', 'b')", "select convert('a', 'b')"),
    ] {
        assert_eq!(rewritten(source), expected, "{source}");
    }
}

#[test]
fn words_of_newer_grammars_are_names() {
    assert_eq!(
        rewritten("select JSON_SERIALIZE(s), json_value, system_user from json_table"),
        r#"select "json_serialize"(s), json_value, "system_user" from json_table"#
    );
}
