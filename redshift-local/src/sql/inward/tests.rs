use proptest::prelude::{ProptestConfig, proptest};

use super::*;
use crate::sql::lexer::Kind;
use crate::sql::long_name::{LIMIT_OF_POSTGRES, for_postgres};
use crate::sql::statement::split;

fn long() -> String {
    "n".repeat(64)
}

/// With `N` for the long name and `S` for its stand-in.
fn inward(source: &str) -> String {
    let source = source.replace('N', &long());
    let outcome = Inward::of(&split(&source)[0]);
    let text = match outcome {
        Ok(None) => "as it is".to_owned(),
        Ok(Some(inward)) => inward.sql.text,
        Err(refusal) => format!("{} {}", refusal.code, refusal.message),
    };
    text.replace(&*for_postgres(&long()), "S").replace(&long(), "N")
}

#[test]
fn every_name_of_a_statement_gets_its_stand_in() {
    for (source, expected) in [
        (
            "create table N.N (a int, N int sortkey, primary key (\"N\"))",
            "create table S.S (a int, S int sortkey, primary key (\"S\"))",
        ),
        ("select 'N' as N from N where a = 'N' -- N", "select 'N' as S from S where a = 'N' -- N"),
        ("copy N (N) from 's3://N'", "copy S (S) from 's3://N'"),
        ("declare N cursor for select 1", "declare S cursor for select 1"),
        ("select * from #N", "select * from #S"),
        ("select a from t", "as it is"),
    ] {
        let source = source.replace("#N", &format!("#{}", long()));
        assert_eq!(inward(&source), expected, "{source}");
    }
}

#[test]
fn names_fold_before_they_get_a_stand_in() {
    let source = format!("select {0}, \"{0}\"", long().to_uppercase());
    let names = |case_sensitive| {
        let statement = split(&source).remove(0).with_case(case_sensitive);
        let names = Inward::of(&statement).expect("it is taken").expect("it is long").names;
        names.into_iter().map(|long| long.name).collect::<Vec<_>>()
    };
    assert_eq!(names(false), [long()]);
    assert_eq!(names(true), [long(), long().to_uppercase()]);
}

#[test]
fn literals_that_postgres_reads_as_names_are_names() {
    for (source, expected) in [
        ("select 's.N'::regclass, 'N'::text", "select 's.S'::regclass, 'N'::text"),
        ("select cast('\"N\".t' as pg_catalog.regclass)", "select cast('\"S\".t' as pg_catalog.regclass)"),
        ("select regclass 'N'", "select regclass 'S'"),
        ("set session search_path to 'N', N", "set session search_path to 'S', S"),
    ] {
        assert_eq!(inward(source), expected, "{source}");
    }
}

#[test]
fn names_in_the_bodies_of_routines_are_names() {
    let body = "$$ begin delete from N where a = 'N'; perform 'N'::regclass; end $$ language plpgsql";
    assert_eq!(
        inward(&format!("create or replace procedure p() as {body}")),
        "create or replace procedure p() as $$ begin delete from S where a = 'N'; perform 'S'::regclass; end $$ \
         language plpgsql"
    );
    assert_eq!(inward(&format!("comment on table t is {body}")), "as it is");
}

#[test]
fn what_the_map_cannot_cover_is_refused() {
    for source in ["create user N", "alter database a rename to \"N\"", "drop group N"] {
        assert_eq!(
            inward(source),
            "0A000 a name longer than 63 bytes here is not covered by redshift-local: \"N\""
        );
    }
    // \44 is a dollar.
    assert_eq!(
        inward(r"create function f() as $$ select '\44\44 x \44\44 N'::regclass $$ language sql"),
        "0A000 a name longer than 63 bytes here is not covered by redshift-local: \"N\""
    );
    let longer = "ä".repeat(64);
    let message = format!("42622 identifier \"{longer}\" is longer than 127 bytes");
    assert_eq!(inward(&format!("select 1 as \"{longer}\"")), message);
    assert_eq!(inward(&format!("select '{longer}'::regclass")), message);
    let source = format!("drop table {}", for_postgres(&long()).to_uppercase());
    let refusal = Inward::of(&split(&source)[0]).expect_err("it is one of ours");
    assert!(refusal.message.starts_with("names like"), "{refusal:?}");
}

#[test]
fn only_what_defines_something_is_remembered_for_good() {
    let defines = |source: &str| {
        let source = source.replace('N', &long());
        Inward::of(&split(&source)[0]).expect("it is taken").expect("it is long").defines
    };
    for source in [
        "create table N (a int)",
        "alter table a rename to N",
        "select 1 as a into N",
        "with a as (select 1) select * into N from a",
        "explain analyze verbose create table N as select 1",
    ] {
        assert!(defines(source), "{source}");
    }
    for source in [
        "select 1 as N",
        "select \"into\" as N from t",
        "insert into N values (1)",
        "merge into N using t on true when matched then delete",
        "explain insert into N values (1)",
        "explain select 1 as N",
        "drop table N",
    ] {
        assert!(!defines(source), "{source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_went_inward_goes_no_further(source in "((create|select|into|[a-z]{60,70}|\"[A-Zä ]{30,70}\"|'x'|[$][$]|[.,]) ){0,9}") {
        for statement in split(&source) {
            let Ok(Some(inward)) = Inward::of(&statement) else { continue };
            let seen = inward.statement(&statement);
            assert_eq!(seen.tokens.len(), statement.tokens.len());
            assert!(seen.tokens.iter().all(|&token| match token.kind {
                Kind::Word => seen.text(token).len() <= LIMIT_OF_POSTGRES,
                Kind::QuotedName => seen.text(token).len() <= LIMIT_OF_POSTGRES + 2,
                _ => true,
            }));
        }
    }
}
