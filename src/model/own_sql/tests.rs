use proptest::prelude::*;

use super::*;

fn judged(text: &str) -> Result<String, String> {
    OwnStatement::parse(1, text).map(|own| own.text().to_owned()).map_err(|refused| refused.to_string())
}

#[test]
fn statements_that_are_rolled_back_with_the_load_are_let_in() {
    for text in [
        "SELECT 1",
        "with a as (select 1) select * from a",
        "INSERT INTO s.audit SELECT 'a;b', \"odd;name\" FROM s.t",
        "UPDATE s.t SET a = 'it''s' WHERE b ~ '\\\\d+;'",
        "delete from s.t using s.u where t.id = u.id",
        "MERGE INTO s.t USING s.u ON t.id = u.id REMOVE DUPLICATES",
        "CREATE TABLE IF NOT EXISTS s.t (a int)",
        "create local temporary table x as select 1",
        "CREATE TEMP TABLE #x (a int)",
        "CREATE OR REPLACE VIEW s.v AS SELECT 1 WITH NO SCHEMA BINDING",
        "CREATE VIEW s.v AS SELECT 1",
        "DROP TABLE IF EXISTS s.x",
        "drop view s.v",
        "ALTER TABLE s.\"t.x\" ADD COLUMN a int",
        "ALTER TABLE dev.s.t RENAME TO u",
        "ALTER TABLE t DROP COLUMN a",
        "ANALYZE s.t (a)",
        "GRANT SELECT ON s.t TO GROUP readers",
        "REVOKE ALL ON s.t FROM u",
        "COMMENT ON TABLE s.t IS 'loaded'",
    ] {
        assert_eq!(judged(text), Ok(text.to_owned()));
    }
}

#[test]
fn what_stands_around_a_statement_is_left_away() {
    for text in
        ["SELECT 1;", " SELECT 1 ; ; \n", "-- why\nSELECT 1 -- because;\n;", "/* a ; */SELECT 1/* ; */"]
    {
        assert_eq!(judged(text).as_deref(), Ok("SELECT 1"), "{text}");
    }
    assert_eq!(judged("SELECT -- one;\n 1\r\n;").as_deref(), Ok("SELECT -- one;\n 1"));
}

#[test]
fn every_refusal_has_its_reason() {
    for (text, begins) in [
        ("", "is empty"),
        (" ; ", "is empty"),
        ("-- SELECT 1", "is empty"),
        (
            "TRUNCATE s.t",
            "begins with TRUNCATE, which commits the load's transaction or ends it; write DELETE FROM",
        ),
        ("commit", "begins with COMMIT, which commits"),
        ("END", "begins with END, which commits"),
        ("Rollback", "begins with ROLLBACK, which commits"),
        ("abort", "begins with ABORT, which commits"),
        ("BEGIN", "begins with BEGIN, which commits"),
        ("START TRANSACTION", "begins with START, which commits"),
        (
            "CALL s.p()",
            "begins with CALL, which commits the load's transaction or ends it, as a procedure may",
        ),
        (
            "vacuum s.t",
            "begins with VACUUM, which Redshift does not run inside a transaction; ask for it with `meta.after`",
        ),
        (
            "ALTER TABLE s.t ALTER COLUMN a TYPE varchar(9)",
            "begins with ALTER TABLE … ALTER, which Redshift does not run",
        ),
        ("ALTER TABLE s.t APPEND FROM s.u", "begins with ALTER TABLE … APPEND, which Redshift does not run"),
        ("ALTER TABLE x.t ADD PARTITION (a=1)", "begins with ALTER TABLE … ADD, which Redshift does not run"),
        ("ALTER TABLE s.t OWNER TO u", "begins with ALTER TABLE … OWNER, and only SELECT"),
        ("ALTER USER u PASSWORD 'x'", "begins with ALTER USER, and only SELECT"),
        ("CREATE DATABASE d", "begins with CREATE DATABASE, which Redshift does not run"),
        ("DROP LIBRARY l", "begins with DROP LIBRARY, which Redshift does not run"),
        ("CREATE EXTERNAL TABLE x.t (a int)", "begins with CREATE EXTERNAL, which Redshift does not run"),
        ("CREATE OR REPLACE PROCEDURE p() AS 'x'", "begins with CREATE OR, and only SELECT"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "begins with CREATE MATERIALIZED, and only SELECT"),
        ("COPY s.t FROM 's3://b/k'", "begins with COPY, and only SELECT"),
        ("UNLOAD ('SELECT 1') TO 's3://b/k'", "begins with UNLOAD, and only SELECT"),
        ("LOCK s.t", "begins with LOCK, and only SELECT"),
        ("(SELECT 1)", "begins with `(`, and only SELECT"),
        ("\"SELECT\" 1", "begins with `\"SELECT\"`, and only SELECT"),
        ("SET search_path TO x", "SET changes the session"),
        ("PREPARE p AS SELECT 1", "PREPARE changes the session"),
        ("SELECT pg_catalog.\"SET_CONFIG\"('a', 'b', false)", "set_config changes the session"),
        ("ANALYZE COMPRESSION s.t", "begins with ANALYZE, and only SELECT"),
        ("SELECT 1; SELECT 2", "is more than one statement"),
        ("SELECT 1;;COMMIT", "is more than one statement"),
        ("SELECT 'a\\'; COMMIT; --'", "has a quote behind a backslash"),
        ("SELECT 'it\\'s'", "has a quote behind a backslash"),
        ("SELECT 'a", "has a quote or a comment that does not end"),
        ("SELECT \"a", "has a quote or a comment that does not end"),
        ("SELECT 1 /* ", "has a quote or a comment that does not end"),
        // One statement where comments stand in one another, and three where they do not.
        (
            "SELECT 1 /* /* */ ; COMMIT; SELECT 2 --*/\n+1",
            "has a quote or a comment that does not end, or a comment within a comment",
        ),
        ("SELECT pg_terminate_backend(1)", "pg_terminate_backend acts at once"),
        ("SELECT pg_catalog.\"PG_CANCEL_BACKEND\"(1)", "pg_cancel_backend acts at once"),
        (
            "GRANT SELECT ON EXTERNAL TABLE s.t TO u",
            "begins with GRANT, which Redshift does not run inside a transaction",
        ),
        ("REVOKE USAGE ON DATASHARE d FROM ACCOUNT '1'", "begins with REVOKE, which Redshift does not run"),
        ("SELECT $$ ; COMMIT; $$", "has a text in dollar quotes"),
        ("SELECT $a$x$a$", "has a text in dollar quotes"),
        ("SELECT 1 -- \rCOMMIT", "has a control character"),
        ("SELECT\0 1", "has a control character"),
    ] {
        let refused = judged(text).expect_err(text);
        assert!(refused.starts_with(begins), "{text}: {refused}");
    }
    assert!(
        judged(&format!("SELECT '{}'", "x".repeat(LONGEST_STATEMENT)))
            .unwrap_err()
            .starts_with("has 65545 bytes")
    );
    assert_eq!(
        judged("SELECT E'it\\'s'").as_deref(),
        Ok("SELECT E'it\\'s'"),
        "that is the same in every reading"
    );
}

/// Blanks and comments, with words in them that would be refused.
fn gap() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(" ".to_owned()),
        Just("\n\t".to_owned()),
        Just("-- SELECT '\n".to_owned()),
        Just("/* ; INSERT \" ' */".to_owned()),
    ];
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

fn in_any_case(word: &'static str) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<bool>(), word.len()).prop_map(move |capitals| {
        let letters = word.chars().zip(capitals);
        letters
            .map(|(c, capital)| if capital { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect()
    })
}

/// The first words of statements that must never be let in.
const NEVER: [&[&str]; 26] = [
    &["truncate"],
    &["truncate", "table"],
    &["commit"],
    &["end"],
    &["rollback"],
    &["abort"],
    &["begin"],
    &["start", "transaction"],
    &["vacuum"],
    &["call"],
    &["copy"],
    &["unload"],
    &["set"],
    &["reset"],
    &["prepare"],
    &["execute"],
    &["deallocate"],
    &["lock"],
    &["declare"],
    &["fetch"],
    &["close"],
    &["create", "database"],
    &["drop", "library"],
    &["create", "external", "table"],
    &["alter", "table", "\"s\"", ".", "t", "append", "from"],
    &["alter", "table", "t", "alter", "column"],
];

fn never() -> impl Strategy<Value = String> {
    proptest::sample::select(NEVER.as_slice()).prop_flat_map(|words| {
        let words: Vec<_> = words.iter().map(|word| (gap(), in_any_case(word))).collect();
        words.prop_map(|words| words.into_iter().map(|(gap, word)| gap + &word).collect::<String>() + " t")
    })
}

/// Where the first statement ends, found in another way: by eating what cannot be looked into.
fn statements(mut text: &str) -> usize {
    let mut count = 0;
    let mut is_begun = false;
    while let Some(character) = text.chars().next() {
        let eaten = match character {
            _ if text.starts_with("--") => text.find('\n').unwrap_or(text.len()),
            _ if text.starts_with("/*") => text.find("*/").map_or(text.len(), |end| end + 2),
            '\'' | '"' => {
                is_begun = true;
                text.get(1..).unwrap().find(character).map_or(text.len(), |end| end + 2)
            }
            ';' => {
                count += usize::from(is_begun);
                is_begun = false;
                1
            }
            other => {
                is_begun |= !other.is_whitespace();
                other.len_utf8()
            }
        };
        text = text.get(eaten..).unwrap();
    }
    count + usize::from(is_begun)
}

proptest! {
    #[test]
    fn what_must_be_refused_is_refused_however_it_is_written(text in never(), end in gap()) {
        prop_assert!(OwnStatement::parse(1, &format!("{text}{end}")).is_err(), "{}", text);
    }

    #[test]
    fn nothing_stands_behind_a_statement(first in gap(), between in gap(), text in never()) {
        let text = format!("{first}SELECT 'a;''b', \"c;d\"{between};{text}");
        prop_assert_eq!(OwnStatement::parse(1, &text), Err(Refused::Several));
    }

    /// Texts of the characters that matter.
    #[test]
    fn what_is_let_in_is_one_statement_to_another_reader_too(
        pieces in proptest::collection::vec(
            proptest::sample::select(&["'", "\"", ";", "--", "\n", "/*", "*/", "a", " ", "$", "ä", "E", "x", "COMMIT"][..]), 0..24),
    ) {
        if let Ok(own) = OwnStatement::parse(1, &format!("SELECT {}", pieces.concat())) {
            prop_assert_eq!(statements(own.text()), 1, "{}", own.text());
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_judged(text in "[\\PC\n\t\r\0'\"\\\\;$/*-]{0,60}") {
        if let Ok(own) = OwnStatement::parse(1, &text) {
            prop_assert_eq!(OwnStatement::parse(1, own.text()), Ok(own.clone()));
        }
    }
}
