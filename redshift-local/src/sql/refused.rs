//! Statements and clauses that PostgreSQL has and Redshift has not (facts 0.9, 3.5).

use super::refusal::Refusal;
use super::statement::Statement;

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
        ("update" | "delete", _) => refuse_clauses(statement, &[&["returning"]]),
        ("merge", _) => check_merge(statement),
        ("values", _) => Err(statement.cursor().syntax_error()),
        ("select" | "with", _) => {
            refuse_clauses(
                statement,
                &[&["for", "update"], &["for", "share"], &["lateral"], &["returning"]],
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

/// The source is a table, and both clauses are there (fact 2.8).
fn check_merge(statement: &Statement<'_>) -> Result<(), Refusal> {
    if has(statement, &["remove", "duplicates"]) {
        return Err(Refusal::not_covered("MERGE ... REMOVE DUPLICATES"));
    }
    let mut ahead = statement.cursor();
    while !ahead.at_end() {
        if ahead.eat("using") && ahead.eat_symbol(b'(') {
            ahead.index -= 1;
            return Err(ahead.syntax_error());
        }
        ahead.index += 1;
    }
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
