//! CREATE TABLE: distribution, sort keys and encodings are taken out and left behind as a comment for the catalog.

use super::attributes::Attributes;
use super::column::{self, end_of_element};
use super::cursor::Cursor;
use super::foreign_key;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

pub(crate) fn is_create_table(statement: &Statement<'_>) -> bool {
    opening(&mut statement.cursor()).is_some()
}

/// Steps over `CREATE [LOCAL] [TEMPORARY | TEMP] TABLE`; whether it is temporary.
fn opening(ahead: &mut Cursor<'_>) -> Option<bool> {
    ahead.eat("create").then_some(())?;
    ahead.eat("local");
    let temporary = ahead.eat("temporary") || ahead.eat("temp");
    ahead.eat("table").then_some(temporary)
}

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    let temporary = opening(&mut ahead).ok_or_else(|| statement.cursor().syntax_error())?;
    ahead.eat_all(&["if", "not", "exists"]);
    let table = ahead.expect_table()?;
    if table.short().starts_with('#') && !temporary {
        edits.insert(statement.tokens[1].start, "TEMPORARY ");
    }
    let mut attributes = Attributes::default();
    if ahead.eat_symbol(b'(') {
        rewrite_body(&mut ahead, table.short(), &mut attributes, edits)?;
    }
    if attributes.like.is_some() {
        // Without effect. It tells the catalog that the encodings are those of the other table
        // [DG r_CREATE_TABLE_examples], where those of a temporary table are RAW.
        edits.insert(ahead.end_of_last(), " WITH (autovacuum_enabled = true)");
    }
    while !ahead.at_end() && !ahead.is("as") {
        let start = ahead.peek().map_or(0, |token| token.start);
        // NONE is for ALTER TABLE.
        if ahead.clone().eat_all(&["sortkey", "none"]) || !attributes.take(&mut ahead)? {
            return Err(ahead.syntax_error());
        }
        if attributes.like.is_some() {
            return Err(Refusal::unsupported(
                "CREATE TABLE LIKE takes distribution style, sort keys and BACKUP over from the other table",
            ));
        }
        edits.remove(start..statement.tokens[ahead.index - 1].end);
    }
    attributes.agree()?;
    edits.insert(statement.source.len(), attributes.comment());
    Ok(())
}

fn rewrite_body(
    ahead: &mut Cursor<'_>,
    table: &str,
    attributes: &mut Attributes,
    edits: &mut Edits,
) -> Result<(), Refusal> {
    let mut previous_comma: Option<usize> = None;
    loop {
        let end = end_of_element(ahead);
        let start = ahead.peek().map_or(0, |token| token.start);
        let mut probe = ahead.clone();
        if probe.eat("constraint") {
            probe.index += 1;
        }
        if probe.is("check") || probe.is("exclude") {
            return Err(Refusal::unsupported("CHECK constraints are not supported"));
        } else if let Some(key) = foreign_key::take_constraint(ahead)? {
            if ahead.index != end {
                return Err(ahead.syntax_error());
            }
            attributes.foreign_keys.push(key);
            // It goes together with the comma before it.
            edits.remove(previous_comma.unwrap_or(start)..ahead.end_of_last());
        } else if probe.eat("like") {
            ahead.index = probe.index;
            attributes.like = Some(ahead.expect_table()?.to_string());
            let including = ahead.eat("including");
            if including || ahead.eat("excluding") {
                ahead.expect_word("defaults")?;
                attributes.like_defaults = including;
            }
            if ahead.index != end {
                return Err(ahead.syntax_error());
            }
        } else if !(probe.is("primary") || probe.is("unique")) && end > ahead.index + 1 {
            // A lone name is a column of CREATE TABLE t (a, b) AS SELECT.
            column::rewrite(ahead, end, table, attributes, edits)?;
        }
        ahead.index = end;
        previous_comma = ahead.peek().map(|token| token.start);
        if !ahead.eat_symbol(b',') {
            return ahead.expect_symbol(b')');
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::sql::command::{Action, understand};
    use crate::sql::statement::split;

    fn check(source: &str, expected: &Expect) {
        let text = match understand(&split(source)[0]).action {
            Action::Run(sql) => sql.text,
            Action::Refuse(refusal) => format!("{}: {}", refusal.code, refusal.message),
            other => format!("{other:?}"),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn attributes_of_the_table_go_into_the_comment() {
        check(
            "CREATE TABLE s.t (id bigint, at timestamp) BACKUP NO DISTSTYLE KEY DISTKEY (id) COMPOUND SORTKEY (at, id)",
            &expect![[r#"
                CREATE TABLE s.t (id bigint, at timestamp)    
                /* redshift-local: {"diststyle":"key","distkey":"id","sortkey":["at","id"]} */"#]],
        );
    }

    #[test]
    fn attributes_of_columns_go_into_the_comment() {
        check(
            r#"create table t ("Id" int identity(1,1) not null encode az64 distkey, b text default 'distkey' sortkey encode zstd)"#,
            &expect![[r#"
                create table t ("id" int GENERATED ALWAYS AS IDENTITY(START WITH 1 INCREMENT BY 1 MINVALUE 1) not null  , b varchar(256) default 'distkey'  )
                /* redshift-local: {"diststyle":"key","distkey":"id","sortkey":["b"],"encodings":{"b":"zstd","id":"az64"}} */"#]],
        );
    }

    #[test]
    fn types_are_as_narrow_as_redshift_reads_them() {
        check(
            "create table t (a varchar, b varchar(max), c character varying (10), d char, e numeric, f decimal(10,2), g nvarchar(9), h bpchar)",
            &expect![
                "create table t (a varchar(256), b varchar(65535), c varchar(10), d char, e numeric(18,0), f decimal(10,2), g varchar(9), h char(256))"
            ],
        );
        check(
            "create table t (a varchar(65536))",
            &expect!["22023: length for type character varying cannot exceed 65535"],
        );
        check("create table t (a jsonb)", &expect![[r#"0A000: Column "t.a" has unsupported type "jsonb"."#]]);
        check("create table t (a int[])", &expect![[r#"0A000: Column "t.a" has unsupported type "int[]"."#]]);
        check(
            "create table t (a serial)",
            &expect![[r#"0A000: Column "t.a" has unsupported type "serial"."#]],
        );
    }

    #[test]
    fn system_columns_lend_their_names_to_no_other() {
        check(
            "create table t (oid int)",
            &expect![[r#"42701: column name "oid" conflicts with a system column name"#]],
        );
        check(
            "alter table t add column \"OID\" int",
            &expect![[r#"42701: column name "oid" conflicts with a system column name"#]],
        );
        check(
            "alter table t rename column a to oid",
            &expect![[r#"42701: column name "oid" conflicts with a system column name"#]],
        );
        check("create table oid (a int)", &expect!["create table oid (a int)"]);
    }

    #[test]
    fn identities_begin_anywhere_and_need_not_say_where() {
        check(
            "create table t (a bigint identity(0,1), b bigint identity not null, c int generated by default as identity (5,10))",
            &expect![
                "create table t (a bigint GENERATED ALWAYS AS IDENTITY(START WITH 0 INCREMENT BY 1 MINVALUE 0), b bigint GENERATED ALWAYS AS IDENTITY not null, c int generated by default as identity (START WITH 5 INCREMENT BY 10 MINVALUE 5))"
            ],
        );
    }

    #[test]
    fn identities_are_integers_or_wider() {
        for kind in ["smallint", "varchar(9)", "decimal(18,0)"] {
            for identity in ["identity(1,1)", "generated by default as identity(1,1)"] {
                check(
                    &format!("create table t (a {kind} {identity})"),
                    &expect!["22023: identity column type must be integer or bigint"],
                );
            }
        }
    }

    #[test]
    fn foreign_keys_go_into_the_comment_because_nothing_enforces_them() {
        check(
            "create table t (a int references u (x) not null, primary key (a), constraint c foreign key (a) references s.u)",
            &expect![[r#"
                create table t (a int  not null, primary key (a))
                /* redshift-local: {"foreign_keys":[{"columns":["a"],"table":"\"u\"","referenced":["x"]},{"name":"c","columns":["a"],"table":"\"s\".\"u\"","referenced":[]}]} */"#]],
        );
    }

    #[test]
    fn like_takes_over_the_keys_and_hash_names_are_temporary() {
        check(
            "create table #stage (like s.t including defaults)",
            &expect![[r##"
                create TEMPORARY table "#stage" (like s.t including defaults) WITH (autovacuum_enabled = true)
                /* redshift-local: {"like":"\"s\".\"t\"","like_defaults":true} */"##]],
        );
        check(
            "create temp table stage (like t excluding defaults)",
            &expect![[r#"
                create temp table stage (like t excluding defaults) WITH (autovacuum_enabled = true)
                /* redshift-local: {"like":"\"t\""} */"#]],
        );
        check(
            "create temp table stage (like t including all)",
            &expect![[r#"42601: syntax error at or near "all""#]],
        );
        check(
            "create temp table stage (like t including constraints)",
            &expect![[r#"42601: syntax error at or near "constraints""#]],
        );
        for attribute in ["diststyle even", "distkey (a)", "sortkey (a)", "backup no"] {
            check(
                &format!("create temp table stage (like t) {attribute}"),
                &expect![
                    "0A000: CREATE TABLE LIKE takes distribution style, sort keys and BACKUP over from the other table"
                ],
            );
        }
    }

    #[test]
    fn create_table_as_keeps_its_query() {
        check(
            "create table t diststyle all sortkey (a) as select 1 as a -- the end",
            &expect![[r#"
                create table t   as select 1 as a -- the end
                /* redshift-local: {"diststyle":"all","sortkey":["a"]} */"#]],
        );
    }

    #[test]
    fn what_there_is_one_of_is_said_once() {
        let twice = expect!["42601: multiple sort keys specified"];
        check("create table t (a int sortkey, b int sortkey)", &twice);
        check("create table t (a int sortkey, b int) sortkey (b)", &twice);
        check("create table t (a int) sortkey (a) sortkey auto", &twice);
        check(
            "create table t (a int) sortkey (a, a)",
            &expect![[r#"42701: column "a" is in the sort key twice"#]],
        );
        check(
            "create table t (a int) diststyle even diststyle all",
            &expect!["42601: multiple distribution styles specified"],
        );
        check(
            "create table t (a int distkey, b int distkey)",
            &expect!["42601: multiple distribution keys specified"],
        );
        check(
            "create table t (a int) sortkey none",
            &expect![[r#"42601: syntax error at or near "sortkey""#]],
        );
        check(
            "create table t (a int, b int) diststyle all distkey (a)",
            &expect!["42601: Cannot specify distribution key for distribution style ALL"],
        );
    }

    #[test]
    fn a_sort_key_has_400_columns_an_interleaved_one_8() {
        for (words, most) in [("", 400), ("compound ", 400), ("interleaved ", 8)] {
            let table = |columns: usize| {
                let columns: Vec<String> = (0..columns).map(|place| format!("c{place}")).collect();
                let source = format!("create table t (c0 int) {words}sortkey ({})", columns.join(", "));
                match understand(&split(&source)[0]).action {
                    Action::Refuse(refusal) => format!("{}: {}", refusal.code, refusal.message),
                    _ => "taken".to_owned(),
                }
            };
            assert_eq!(table(most), "taken");
            assert_eq!(
                table(most + 1),
                format!("54011: maximum number of sortkeys exceeded. The maximum is {most}.")
            );
        }
    }

    #[test]
    fn clauses_of_postgres_are_syntax_errors() {
        check(
            "create table t (a int) tablespace x",
            &expect![[r#"42601: syntax error at or near "tablespace""#]],
        );
        check(
            "create table t (a int distkey) diststyle even",
            &expect!["42601: Cannot specify distribution key for distribution style EVEN"],
        );
    }
}
