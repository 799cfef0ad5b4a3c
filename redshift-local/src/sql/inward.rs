//! A statement's long names on their way to PostgreSQL: everything behind this sees their stand-ins only.
//!
//! Names stand in the statement itself, in the bodies of functions, and in literals that PostgreSQL reads as names. What
//! is put together at run time cannot be seen here: PostgreSQL gives notice when it cuts a name, and that is an error.

use super::lexer::{Kind, Token, lex, literal_value};
use super::long_name::{
    LIMIT_OF_POSTGRES, LIMIT_OF_REDSHIFT, LongName, STAND_IN, for_postgres, holds_stand_in,
};
use super::quote::{identifier, literal};
use super::refusal::Refusal;
use super::rewrite::{Edits, Rewritten};
use super::statement::Statement;

/// A statement with stand-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inward {
    pub sql: Rewritten,
    pub names: Vec<LongName>,
    /// It may call something by these names that outlives it.
    defines: bool,
}

impl Inward {
    /// `None` when there is no long name in it.
    pub(crate) fn of(statement: &Statement<'_>) -> Result<Option<Self>, Refusal> {
        let found = Found::of(statement)?;
        match found.names.first() {
            None => Ok(None),
            Some(first) if is_about_who_logs_in(statement) => Err(not_covered(&first.name)),
            Some(_) => Ok(Some(Self {
                sql: found.edits.apply(statement.source),
                names: found.names,
                defines: defines(statement),
            })),
        }
    }

    /// The names that have to be kept for good.
    pub(crate) fn defined(&self) -> Vec<LongName> {
        if self.defines { self.names.clone() } else { Vec::new() }
    }

    /// What takes the place of the original.
    pub(crate) fn statement(&self, original: &Statement<'_>) -> Statement<'_> {
        // What was lexed once is lexed again: names do not change where tokens end.
        let tokens = lex(&self.sql.text).unwrap_or_default();
        Statement {
            source: &self.sql.text,
            offset: original.offset,
            tokens,
            case_sensitive: original.case_sensitive,
        }
    }
}

#[derive(Debug, Default)]
struct Found {
    edits: Edits,
    names: Vec<LongName>,
}

impl Found {
    fn of(statement: &Statement<'_>) -> Result<Self, Refusal> {
        let mut found = Self::default();
        let is_routine = is_routine(statement);
        for (index, &token) in statement.tokens.iter().enumerate() {
            // Neither a long name nor a stand-in, as nearly every token.
            if token.end - token.start < STAND_IN {
                continue;
            }
            match token.kind {
                Kind::Literal if names_a_schema(statement, index) => found.take_schema(statement, token)?,
                Kind::Literal if names_an_object(statement, index) => found.take_literal(statement, token)?,
                Kind::DollarLiteral if is_routine => found.take_body(statement, token)?,
                Kind::Word | Kind::QuotedName => found.take(statement, token)?,
                _ => {}
            }
        }
        Ok(found)
    }

    fn take(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let text = statement.text(token);
        let name = match token.kind {
            Kind::QuotedName => statement.quoted_name(text),
            _ => text.to_ascii_lowercase(),
        };
        if let Some(stand_in) = self.stand_in(&name)? {
            let is_word = token.kind == Kind::Word;
            self.edits.replace_token(token, if is_word { stand_in } else { identifier(&stand_in) });
        }
        Ok(())
    }

    /// What PostgreSQL gets for a name, if that is not the name itself.
    fn stand_in(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        if name.len() > LIMIT_OF_REDSHIFT {
            return Err(too_long(name));
        }
        if holds_stand_in(name) {
            return Err(not_covered(name));
        }
        let Some(long) = LongName::of(name) else { return Ok(None) };
        if !self.names.contains(&long) {
            self.names.push(long);
        }
        Ok(Some(for_postgres(name).into_owned()))
    }

    /// A literal with one name in it, as it is.
    fn take_schema(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let name = literal_value(statement.text(token)).to_ascii_lowercase();
        if let Some(stand_in) = self.stand_in(&name)? {
            self.edits.replace_token(token, literal(&stand_in));
        }
        Ok(())
    }

    /// A literal with names in it, as they stand in statements.
    fn take_literal(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let value = literal_value(statement.text(token));
        if let Some(inside) = self.inside(&value, statement.case_sensitive)? {
            self.edits.replace_token(token, literal(&inside));
        }
        Ok(())
    }

    /// `$tag$ ... $tag$`
    fn take_body(&mut self, statement: &Statement<'_>, token: Token) -> Result<(), Refusal> {
        let text = statement.text(token);
        let tag = text.get(1..).and_then(|rest| rest.find('$')).map_or(2, |length| length + 2);
        let body = text.get(tag..text.len() - tag).unwrap_or_default();
        if let Some(inside) = self.inside(body, statement.case_sensitive)? {
            self.edits.replace(token.start + tag..token.end - tag, inside);
        }
        Ok(())
    }

    /// A text of its own with stand-ins, if it holds long names.
    fn inside(&mut self, text: &str, case_sensitive: bool) -> Result<Option<String>, Refusal> {
        let tokens = lex(text).unwrap_or_default();
        let own = Self::of(&Statement { source: text, offset: 0, tokens, case_sensitive })?;
        if own.names.is_empty() {
            return Ok(None);
        }
        self.names.extend(own.names);
        Ok(Some(own.edits.apply(text).text))
    }
}

/// Names of users and databases come with the login, where they have to be PostgreSQL's own.
fn is_about_who_logs_in(statement: &Statement<'_>) -> bool {
    const WHO: [&str; 4] = ["user", "group", "role", "database"];
    ["create", "alter", "drop"].iter().any(|verb| statement.is_word(0, verb))
        && WHO.iter().any(|who| statement.is_word(1, who))
}

fn is_routine(statement: &Statement<'_>) -> bool {
    let at = if statement.is_word(1, "or") { 3 } else { 1 };
    statement.is_word(0, "create") && ["function", "procedure"].iter().any(|kind| statement.is_word(at, kind))
}

fn defines(statement: &Statement<'_>) -> bool {
    // SELECT ... INTO makes a table, also behind WITH and EXPLAIN ANALYZE; INSERT INTO does not, and is none the worse.
    ["create", "alter"].iter().any(|verb| statement.is_word(0, verb))
        || (!statement.is_word(0, "insert")
            && (0..statement.tokens.len()).any(|at| statement.is_word(at, "into")))
        || statement.is_word(0, "explain")
}

/// `SET search_path TO 'name'`
fn names_a_schema(statement: &Statement<'_>, index: usize) -> bool {
    let at = if ["session", "local"].iter().any(|word| statement.is_word(1, word)) { 2 } else { 1 };
    statement.is_word(0, "set") && statement.is_word(at, "search_path") && index > at
}

/// `'name'::regclass`, `CAST ('name' AS regclass)`, `regclass 'name'`
fn names_an_object(statement: &Statement<'_>, index: usize) -> bool {
    const TYPES: [&str; 5] = ["regclass", "regnamespace", "regproc", "regprocedure", "regtype"];
    let is_type = |at: usize| {
        // With or without its schema.
        let at = if statement.is_symbol(at + 1, b'.') { at + 2 } else { at };
        TYPES.iter().any(|kind| statement.is_word(at, kind))
    };
    let casts = statement.is_symbol(index + 1, b':') && statement.is_symbol(index + 2, b':');
    (casts && is_type(index + 3))
        || (statement.is_word(index + 1, "as") && is_type(index + 2))
        || (index > 0 && TYPES.iter().any(|kind| statement.is_word(index - 1, kind)))
}

/// Behind the last character of what can be a name without quotes.
fn ends_word(character: char) -> bool {
    character.is_ascii() && !character.is_ascii_alphanumeric() && !matches!(character, '_' | '$')
}

/// The `options` of a login, where `-c search_path=...` may hold names.
pub(crate) fn login_options(options: &str) -> String {
    if !options.contains("search_path") {
        return options.to_owned();
    }
    let with_stand_in = |piece: &str| {
        let word = piece.trim_end_matches(ends_word);
        let end = piece.strip_prefix(word).unwrap_or_default();
        match LongName::of(&word.to_ascii_lowercase()) {
            Some(long) => format!("{}{end}", long.stand_in),
            None => piece.to_owned(),
        }
    };
    options.split_inclusive(ends_word).map(with_stand_in).collect()
}

fn too_long(name: &str) -> Refusal {
    Refusal::new("42622", format!("identifier \"{name}\" is longer than {LIMIT_OF_REDSHIFT} bytes"))
}

/// A long name that PostgreSQL would get to see.
pub(crate) fn not_covered(name: &str) -> Refusal {
    let name = name.trim_matches('"');
    Refusal::unsupported(if holds_stand_in(name) {
        format!("names like \"{name}\" are not covered by redshift-local, which calls its own things so")
    } else {
        format!(
            "a name longer than {LIMIT_OF_POSTGRES} bytes here is not covered by redshift-local: \"{name}\""
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;
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
            (
                "select cast('\"N\".t' as pg_catalog.regclass)",
                "select cast('\"S\".t' as pg_catalog.regclass)",
            ),
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
        let longer = "ä".repeat(64);
        let message = format!("42622 identifier \"{longer}\" is longer than 127 bytes");
        assert_eq!(inward(&format!("select 1 as \"{longer}\"")), message);
        assert_eq!(inward(&format!("select '{longer}'::regclass")), message);
        let source = format!("drop table {}", for_postgres(&long()).to_uppercase());
        let refusal = Inward::of(&split(&source)[0]).expect_err("it is one of ours");
        assert!(refusal.message.starts_with("names like"), "{refusal:?}");
    }

    #[test]
    fn a_search_path_may_come_with_the_login() {
        let options = format!("-c search_path={},b -c a=1", long());
        assert_eq!(login_options(&options), options.replace(&long(), &for_postgres(&long())));
        assert_eq!(login_options(&format!("-c a={}", long())), format!("-c a={}", long()));
    }

    #[test]
    fn only_what_defines_something_is_remembered_for_good() {
        let defines = |source: &str| {
            let source = source.replace('N', &long());
            Inward::of(&split(&source)[0]).expect("it is taken").expect("it is long").defines
        };
        for source in ["create table N (a int)", "alter table a rename to N", "select 1 as a into N"] {
            assert!(defines(source), "{source}");
        }
        for source in ["select 1 as N", "insert into N values (1)", "drop table N"] {
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
}
