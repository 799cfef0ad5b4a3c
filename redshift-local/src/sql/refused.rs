//! Statements and clauses that PostgreSQL has and Redshift has not (facts 0.9, 3.5).

use super::cursor::TableName;
use super::refusal::Refusal;
use super::statement::Statement;
use super::touched::tables_read;

pub(crate) fn check(statement: &Statement<'_>) -> Result<(), Refusal> {
    let first = statement.word(0).unwrap_or_default().to_ascii_lowercase();
    let second = statement.word(1).unwrap_or_default().to_ascii_lowercase();
    match (first.as_str(), second.as_str()) {
        (
            "savepoint" | "release" | "discard" | "listen" | "notify" | "unlisten" | "do" | "checkpoint"
            | "cluster",
            _,
        )
        | ("deallocate", "all")
        | (
            "create",
            "index" | "unique" | "trigger" | "rule" | "sequence" | "extension" | "type" | "domain",
        ) => Err(not_a_command(statement)),
        ("rollback", _) if has(statement, &["to"]) => Err(not_a_command(statement)),
        ("unload", _) => Err(Refusal::not_covered("UNLOAD")),
        ("alter", "database") if has(statement, &["isolation", "level"]) => {
            Err(Refusal::not_covered("ALTER DATABASE ... ISOLATION LEVEL (see --isolation)"))
        }
        ("insert", _) => {
            refuse_clauses(statement, &[&["on", "conflict"], &["returning"]])?;
            refuse_tables_of_values(statement)
        }
        ("delete", _) => {
            refuse_clauses(statement, &[&["returning"]])?;
            check_delete(statement)
        }
        ("update", _) => refuse_clauses(statement, &[&["returning"]]),
        ("merge", _) => check_merge(statement),
        ("values", _) => Err(statement.cursor().syntax_error()),
        ("select" | "with", _) => {
            refuse_clauses(
                statement,
                &[&["for", "update"], &["for", "share"], &["lateral"], &["returning"], &["merge", "into"]],
            )?;
            refuse_tables_of_values(statement)
        }
        ("lock", _) => refuse_clauses(statement, &[&["in"], &["nowait"]]),
        _ => Ok(()),
    }
}

fn not_a_command(statement: &Statement<'_>) -> Refusal {
    Refusal::unsupported(format!("SQL command \"{}\" not supported.", statement.source.trim()))
}

fn refuse_clauses(statement: &Statement<'_>, clauses: &[&[&str]]) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    while !ahead.at_end() {
        if clauses.iter().any(|clause| ahead.clone().eat_all(clause)) {
            return Err(ahead.syntax_error());
        }
        ahead.index += 1;
    }
    Ok(())
}

/// `FROM (VALUES ...)`
fn refuse_tables_of_values(statement: &Statement<'_>) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    while !ahead.at_end() {
        if ahead.eat_symbol(b'(') && ahead.is("values") {
            return Err(ahead.syntax_error());
        }
        ahead.index += 1;
    }
    Ok(())
}

/// The target has no alias, and USING needs FROM (fact 2.8b).
fn check_delete(statement: &Statement<'_>) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    ahead.eat("delete");
    let from = ahead.eat("from");
    ahead.expect_table()?;
    if ahead.at_end() || ahead.is("where") || (from && ahead.is("using")) {
        Ok(())
    } else {
        Err(ahead.syntax_error())
    }
}

/// The source is a table, a view or a query that does not read the target, the target has no alias, and both clauses
/// are there (fact 2.8).
fn check_merge(statement: &Statement<'_>) -> Result<(), Refusal> {
    if has(statement, &["remove", "duplicates"]) {
        return Err(Refusal::not_covered("MERGE ... REMOVE DUPLICATES"));
    }
    let mut ahead = statement.cursor();
    ahead.eat_all(&["merge", "into"]);
    let target = ahead.expect_table()?;
    if !ahead.is("using") {
        return Err(ahead.syntax_error());
    }
    // One of the names may lack its schema.
    let is_target =
        |table: &TableName| table.0.iter().rev().zip(target.0.iter().rev()).all(|(one, other)| one == other);
    if tables_read(statement).iter().any(is_target) {
        return Err(Refusal::unsupported(
            "Source view/subquery in Merge statement cannot reference target table.",
        ));
    }
    ahead.index = statement.tokens.len();
    let whole =
        has(statement, &["when", "matched", "then"]) && has(statement, &["when", "not", "matched", "then"]);
    if whole { refuse_clauses(statement, &[&["returning"]]) } else { Err(ahead.syntax_error()) }
}

fn has(statement: &Statement<'_>, words: &[&str]) -> bool {
    let mut ahead = statement.cursor();
    while !ahead.at_end() {
        if ahead.clone().eat_all(words) {
            return true;
        }
        ahead.index += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::split;

    fn refused(source: &str) -> Option<&'static str> {
        check(&split(source)[0]).err().map(|refusal| refusal.code)
    }

    #[test]
    fn savepoints_and_their_kin_are_no_commands_of_redshift() {
        for source in
            ["savepoint a", "rollback to savepoint a", "discard all", "deallocate all", "do $$begin end$$"]
        {
            assert_eq!(refused(source), Some("0A000"), "{source}");
        }
        assert_eq!(refused("rollback"), None);
    }

    #[test]
    fn a_merge_has_a_table_a_view_or_a_query_for_source_and_no_alias_for_its_target() {
        const THEN: &str = "when matched then update set a = s.a when not matched then insert values (s.a)";
        let message = |source: &str| {
            let outcome = check(&split(&format!("merge into {source} {THEN}"))[0]);
            outcome.err().map_or_else(|| "taken".to_owned(), |refusal| refusal.message)
        };
        for source in [
            "t using s on t.a = s.a",
            "x.t using v as s on t.a = s.a",
            "t using (select a from u group by 1) as s on t.a = s.a",
        ] {
            assert_eq!(message(source), "taken", "{source}");
        }
        assert_eq!(message("t as x using s on x.a = s.a"), "syntax error at or near \"as\"");
        assert_eq!(message("t x using s on x.a = s.a"), "syntax error at or near \"x\"");
        let own = "Source view/subquery in Merge statement cannot reference target table.";
        assert_eq!(message("t using (select * from T) s on t.a = s.a"), own);
        assert_eq!(message("x.t using (select * from u, x.t) s on t.a = s.a"), own);
        assert_eq!(refused("with s as (select 1) merge into t using s on true"), Some("42601"));
    }

    #[test]
    fn a_delete_has_no_alias_and_using_needs_from() {
        for source in [
            "delete from t x",
            "delete from t as x where x.a = 1",
            "delete t x",
            "delete t using s where t.a = s.a",
        ] {
            assert_eq!(refused(source), Some("42601"), "{source}");
        }
        for source in
            ["delete t", "delete from x.t", "delete t where a = 1", "delete from t using s x where t.a = x.a"]
        {
            assert_eq!(refused(source), None, "{source}");
        }
    }

    #[test]
    fn postgres_clauses_are_syntax_errors() {
        for source in [
            "insert into t values (1) on conflict do nothing",
            "delete from t returning a",
            "select * from t for update",
            "lock table t in share mode",
        ] {
            assert_eq!(refused(source), Some("42601"), "{source}");
        }
    }
}
