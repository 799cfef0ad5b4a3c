//! ALTER TABLE: one ADD per statement, no change of a column but its width, keys kept by the catalog.

use super::attributes::Attributes;
use super::column::{self, end_of_element};
use super::column_type;
use super::cursor::{Cursor, TableName};
use super::foreign_key;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

/// What has to happen around an ALTER TABLE.
#[derive(Debug)]
pub(crate) enum Change {
    Anything,
    Widen(Widening),
}

/// ALTER COLUMN ... TYPE: allowed for the length of a VARCHAR only (fact 2.2), which the catalog has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Widening {
    pub table: TableName,
    pub column: String,
    /// The new length.
    pub length: u64,
}

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<Change, Refusal> {
    let mut ahead = statement.cursor();
    ahead.eat_all(&["alter", "table"]);
    ahead.eat_all(&["if", "exists"]);
    let table = ahead.expect_table()?;
    let end = end_of_element(&ahead);
    if ahead.eat("add") {
        if let Some(key) = foreign_key::take_constraint(&mut ahead)? {
            if !ahead.at_end() {
                return Err(ahead.syntax_error());
            }
            let attributes = Attributes { foreign_keys: vec![key], ..Attributes::default() };
            touch(statement, &table, &attributes, edits);
            return Ok(Change::Anything);
        }
        if !(ahead.is("constraint") || ahead.is("primary") || ahead.is("unique")) {
            add_column(&mut ahead, end, &table, edits)?;
        }
    } else if ahead.eat("rename") {
        ahead.eat("column");
        if !ahead.eat("to") && ahead.eat_name().is_some() && ahead.eat("to") {
            column::check_name(&ahead.expect_name()?)?;
        }
    } else if ahead.eat("append") {
        return Err(Refusal::not_covered("ALTER TABLE APPEND"));
    } else if ahead.eat("alter") {
        return alter(&mut ahead, table, edits);
    }
    match ahead.statement.tokens.get(end) {
        // One action per statement (fact 0.18).
        Some(_) => {
            ahead.index = end;
            Err(ahead.syntax_error())
        }
        None => Ok(Change::Anything),
    }
}

fn add_column(
    ahead: &mut Cursor<'_>,
    end: usize,
    table: &TableName,
    edits: &mut Edits,
) -> Result<(), Refusal> {
    ahead.eat("column");
    // IF would be the column's name and NOT its type.
    if ahead.clone().eat_all(&["if", "not", "exists"]) {
        ahead.index += 1;
        return Err(ahead.syntax_error());
    }
    let mut attributes = Attributes::default();
    let definition = column::rewrite(ahead, end, table.short(), &mut attributes, edits)?;
    if let Some(key) = definition.keys.first().or(definition.identity.then_some(&"IDENTITY")) {
        return Err(Refusal::unsupported(format!("ALTER TABLE ADD COLUMN with {key} is not supported")));
    }
    if definition.not_null && !definition.has_default {
        return Err(Refusal::unsupported(
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
        ));
    }
    edits.insert(ahead.statement.source.len(), attributes.comment());
    Ok(())
}

fn alter(ahead: &mut Cursor<'_>, table: TableName, edits: &mut Edits) -> Result<Change, Refusal> {
    let statement = ahead.statement;
    let keys = ["distkey", "diststyle", "sortkey", "compound", "encode"];
    if keys.iter().any(|word| ahead.is(word)) {
        alter_keys(ahead, &table, edits)?;
        return Ok(Change::Anything);
    }
    ahead.eat("column");
    let column = ahead.expect_name()?;
    if ahead.is("encode") {
        let mut attributes = Attributes::default();
        ahead.index += 1;
        attributes.take_encoding(&column, ahead)?;
        touch(statement, &table, &attributes, edits);
        return Ok(Change::Anything);
    }
    for verb in ["set", "drop"] {
        if ahead.clone().eat_all(&[verb, "not", "null"]) {
            let verb = verb.to_ascii_uppercase();
            return Err(Refusal::unsupported(format!("ALTER COLUMN {verb} NOT NULL is not supported")));
        }
        if ahead.clone().eat_all(&[verb, "default"]) {
            return Err(Refusal::unsupported("ALTER COLUMN SET/DROP DEFAULT is not supported"));
        }
    }
    ahead.eat_all(&["set", "data"]);
    ahead.expect_word("type")?;
    let length = column_type::rewrite(ahead, table.short(), &column, edits)?;
    if ahead.is("using") {
        return Err(Refusal::unsupported("ALTER TABLE ALTER COLUMN does not support USING expression"));
    }
    if !ahead.at_end() {
        return Err(ahead.syntax_error());
    }
    match length {
        Some(length) => Ok(Change::Widen(Widening { table, column, length })),
        None => {
            Err(Refusal::unsupported("ALTER COLUMN TYPE is only supported for the size of a VARCHAR column"))
        }
    }
}

/// `ALTER DISTKEY c`, `ALTER DISTSTYLE KEY DISTKEY c`, `ALTER DISTSTYLE x`, `ALTER [COMPOUND] SORTKEY (...)`,
/// `ALTER SORTKEY {AUTO | NONE}`, `ALTER ENCODE AUTO`.
fn alter_keys(ahead: &mut Cursor<'_>, table: &TableName, edits: &mut Edits) -> Result<(), Refusal> {
    let mut attributes = Attributes::default();
    if ahead.eat_all(&["diststyle", "key", "distkey"]) || ahead.eat("distkey") {
        attributes.set_distkey(ahead.expect_name()?)?;
        attributes.agree()?;
    } else {
        attributes.take(ahead)?;
    }
    if !ahead.at_end() {
        return Err(ahead.syntax_error());
    }
    touch(ahead.statement, table, &attributes, edits);
    Ok(())
}

/// An ALTER TABLE without effect on PostgreSQL's side, so that permission, locks and the event trigger are an ALTER TABLE's.
fn touch(statement: &Statement<'_>, table: &TableName, attributes: &Attributes, edits: &mut Edits) {
    let altering = Attributes { alters: true, ..attributes.clone() };
    edits.replace(
        0..statement.source.len(),
        format!("ALTER TABLE {table} RESET (fillfactor){}", altering.comment()),
    );
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::sql::command::{Action, understand};
    use crate::sql::statement::split;

    fn check(source: &str, expected: &Expect) {
        let text = match understand(&split(source)[0]).action {
            Action::Run(sql) => sql.text,
            Action::Widen { column, sql } => {
                format!("widen {}.{}: {}", column.table, column.column, sql.text)
            }
            Action::Refuse(refusal) => format!("{}: {}", refusal.code, refusal.message),
            other => format!("{other:?}"),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn add_column_takes_redshifts_types_and_encodings() {
        check(
            "alter table s.t add column c text encode lzo default 'x' not null",
            &expect![[r#"
                alter table s.t add column c varchar(256)  default 'x' not null
                /* redshift-local: {"encodings":{"c":"lzo"}} */"#]],
        );
    }

    #[test]
    fn add_column_is_one_per_statement_and_not_null_needs_a_default() {
        check("alter table t add a int, add b int", &expect![[r#"42601: syntax error at or near ",""#]]);
        check(
            "alter table t add column if not exists a int",
            &expect![[r#"42601: syntax error at or near "not""#]],
        );
        let refused = expect![
            "0A000: ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression"
        ];
        check("alter table t add a int not null", &refused);
        check("alter table t add a int default null not null", &refused);
        check(
            "alter table t add a int unique",
            &expect!["0A000: ALTER TABLE ADD COLUMN with UNIQUE is not supported"],
        );
    }

    #[test]
    fn only_the_width_of_a_column_can_change() {
        check(
            "alter table t alter column c type varchar(max)",
            &expect![[r#"widen "t".c: alter table t alter column c type varchar(65535)"#]],
        );
        check(
            "alter table t alter c set not null",
            &expect!["0A000: ALTER COLUMN SET NOT NULL is not supported"],
        );
        check(
            "alter table t alter c drop default",
            &expect!["0A000: ALTER COLUMN SET/DROP DEFAULT is not supported"],
        );
    }

    #[test]
    fn keys_are_altered_in_the_catalog_only() {
        check(
            "alter table t alter diststyle key distkey id",
            &expect![[r#"
                ALTER TABLE "t" RESET (fillfactor)
                /* redshift-local: {"diststyle":"key","distkey":"id","alters":true} */"#]],
        );
        check(
            "alter table t alter sortkey none",
            &expect![[r#"
                ALTER TABLE "t" RESET (fillfactor)
                /* redshift-local: {"sortkey":[],"alters":true} */"#]],
        );
        check(
            "alter table t alter interleaved sortkey (a)",
            &expect![[r#"42601: syntax error at or near "sortkey""#]],
        );
    }
}
