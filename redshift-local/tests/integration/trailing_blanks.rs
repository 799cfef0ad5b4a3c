//! Blanks at the end of a text mean nothing where texts are compared, and count where they are looked at one by one
//! [DG `r_Character_types`, `r_Examples_with_character_types`, `r_patternmatching_condition_like`] (fact 3.2b).

use crate::support::Fixture;
use crate::support::session::Session;

async fn texts(session: &Session) {
    session
        .run(
            "CREATE TABLE t (n int, a varchar(9), c char(5));
             INSERT INTO t VALUES (1, 'x', 'x'), (2, 'x ', 'x '), (3, 'x   ', 'x'), (4, 'y', 'y'), (5, ' x', ' x'),
                                  (6, '', ''), (7, '  ', ' '), (8, NULL, NULL)",
        )
        .await;
}

#[tokio::test]
async fn comparisons_pass_over_blanks_at_the_end() {
    let Fixture { session, .. } = Fixture::new("blanks_compared").await;
    texts(&session).await;
    for (condition, found) in [
        ("a = 'x'", "1,2,3"),
        ("a = 'x  '", "1,2,3"),
        ("a <> 'x'", "4,5,6,7"),
        ("a < 'x '", "5,6,7"),
        ("a <= 'x'", "1,2,3,5,6,7"),
        ("a > 'x'", "4"),
        ("a BETWEEN 'x ' AND 'x'", "1,2,3"),
        ("a IN ('x ', 'y   ')", "1,2,3,4"),
        ("a NOT IN ('x', 'y')", "5,6,7"),
        // So many that they are hashed.
        ("a IN ('x', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k')", "1,2,3"),
        ("a = ''", "6,7"),
        ("a = c", "1,2,3,4,5,6,7"),
        ("upper(a) = 'X'", "1,2,3"),
        ("a || '' = c || ' '", "1,2,3,4,5,6,7"),
        ("a IS NOT DISTINCT FROM 'x'", "1,2,3"),
        ("CASE a WHEN 'x' THEN true END", "1,2,3"),
        ("NULLIF(a, 'x') IS NULL", "1,2,3,8"),
        // Looked at one by one.
        ("a LIKE 'x'", "1"),
        ("a LIKE 'x _'", ""),
        ("a LIKE 'x  _'", "3"),
        ("c LIKE 'x'", ""),
        ("c LIKE 'x    '", "1,2,3"),
        ("a ~ ' $'", "2,3,7"),
        ("LENGTH(a) = 2", "2,5,7"),
    ] {
        let rows = session.rows(&format!("SELECT n FROM t WHERE {condition} ORDER BY n")).await;
        assert_eq!(rows.join(","), found, "{condition}");
    }
    let lengths = "SELECT LEN(a), TEXTLEN(a), CHAR_LENGTH(a), OCTET_LENGTH(a), LEN(c), OCTET_LENGTH(c) FROM t WHERE n = 3";
    assert_eq!(session.value(lengths).await, "4|4|4|4|1|5");
    assert_eq!(session.value("SELECT LEN('äöü'), OCTET_LENGTH('äöü'), LEN('äöü'::varbyte)").await, "3|6|6");
}

#[tokio::test]
async fn texts_that_are_equal_but_for_blanks_at_the_end_are_one_group() {
    let Fixture { session, .. } = Fixture::new("blanks_grouped").await;
    texts(&session).await;
    for (query, rows) in [
        ("SELECT count(*) FROM (SELECT DISTINCT a FROM t)", vec!["5"]),
        ("SELECT count(DISTINCT a), count(DISTINCT c) FROM t", vec!["4|4"]),
        (
            "SELECT rtrim(a), count(*) FROM t GROUP BY a ORDER BY a",
            vec!["|2", " x|1", "x|3", "y|1", "NULL|1"],
        ),
        ("SELECT max(n) FROM t GROUP BY a HAVING count(*) > 1 ORDER BY 1", vec!["3", "7"]),
        (
            "SELECT n FROM (SELECT n, ROW_NUMBER() OVER (PARTITION BY a ORDER BY n DESC) AS place FROM t) WHERE place = 1 ORDER BY n",
            vec!["3", "4", "5", "7", "8"],
        ),
        ("SELECT n FROM t WHERE a IS NOT NULL ORDER BY a, n", vec!["6", "7", "5", "1", "2", "3", "4"]),
        ("SELECT n FROM t WHERE a IS NOT NULL ORDER BY a DESC, n", vec!["4", "1", "2", "3", "5", "6", "7"]),
        ("SELECT count(*) FROM (SELECT a FROM t UNION SELECT 'y  ')", vec!["5"]),
        ("SELECT rtrim(a) FROM t EXCEPT SELECT 'x ' ORDER BY 1", vec!["", " x", "y", "NULL"]),
    ] {
        assert_eq!(session.rows(query).await, rows, "{query}");
    }
}

#[tokio::test]
async fn joins_and_what_is_changed_by_them_pass_over_blanks_at_the_end() {
    let Fixture { session, .. } = Fixture::new("blanks_joined").await;
    texts(&session).await;
    session.run("CREATE TABLE u (a varchar(20), n int); INSERT INTO u VALUES ('x  ', 10), ('z', 20)").await;
    for planner in ["hashjoin", "mergejoin", "nestloop"] {
        let others = ["hashjoin", "mergejoin", "nestloop"].into_iter().filter(|other| *other != planner);
        let off: Vec<_> = others.map(|other| format!("SET LOCAL enable_{other} TO off")).collect();
        session.run(&format!("BEGIN; {}", off.join("; "))).await;
        let joined = session.rows("SELECT t.n FROM t JOIN u ON t.a = u.a ORDER BY 1").await;
        assert_eq!(joined, ["1", "2", "3"], "{planner}");
        session.run("COMMIT").await;
    }
    session.run("UPDATE u SET n = t.n FROM t WHERE u.a = t.a AND t.n = 3").await;
    assert_eq!(session.rows("SELECT n FROM u ORDER BY n").await, ["3", "20"]);
    session
        .run("INSERT INTO u SELECT t.a, t.n FROM t LEFT JOIN u ON u.a = t.a WHERE u.a IS NULL AND t.n = 4")
        .await;
    assert_eq!(session.value("SELECT count(*) FROM u WHERE a = 'y '").await, "1");
    session.run("DELETE FROM t USING u WHERE t.a = u.a").await;
    assert_eq!(session.rows("SELECT n FROM t ORDER BY n").await, ["5", "6", "7", "8"]);
}

/// The index of a key that is not enforced keeps every text as it is.
#[tokio::test]
async fn keys_keep_texts_that_differ_by_blanks() {
    let Fixture { session, .. } = Fixture::new("blanks_keyed").await;
    session
        .run("CREATE TABLE t (a varchar(9) PRIMARY KEY); INSERT INTO t VALUES ('x'), ('x '), ('x  ')")
        .await;
    session.run("INSERT INTO t SELECT a FROM t").await;
    session.run("BEGIN; SET LOCAL enable_seqscan TO off").await;
    assert_eq!(
        session.rows("SELECT '[' || a || ']', count(*) FROM t WHERE a = 'x' GROUP BY 1 ORDER BY 1").await,
        ["[x  ]|2", "[x ]|2", "[x]|2"]
    );
    assert_eq!(session.value("SELECT count(*) FROM t WHERE a LIKE 'x %'").await, "4");
    assert_eq!(session.value("SELECT count(*) FROM t WHERE a LIKE 'x '").await, "2");
    session.run("COMMIT").await;
}
