//! Roles: CREATE ROLE, DROP ROLE, GRANT ROLE, and roles as those who get a right.

use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

pub(crate) fn is_about_roles(statement: &Statement<'_>) -> bool {
    statement.is_word(0, "grant")
        || statement.is_word(0, "revoke")
        || (["create", "drop", "alter"].iter().any(|word| statement.is_word(0, word))
            && statement.is_word(1, "role"))
}

/// To PostgreSQL a role is a user who cannot log in, and is granted without the word.
pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    if !statement.is_word(0, "grant") && !statement.is_word(0, "revoke") {
        return about_the_role(statement, edits);
    }
    let target = ["to", "from"].iter().filter_map(|word| last(statement, word)).max();
    let on = (0..statement.tokens.len()).find(|&index| statement.is_word(index, "on"));
    check_rights(statement, on.or(target).unwrap_or(statement.tokens.len()))?;
    let objects = ["copy", "datashare", "external", "language", "model"];
    if let Some(object) = on.and_then(|on| objects.iter().find(|object| statement.is_word(on + 1, object))) {
        let verb = statement.word(0).unwrap_or_default().to_ascii_uppercase();
        return Err(Refusal::not_covered(&format!("{verb} ... ON {}", object.to_ascii_uppercase())));
    }
    for index in 1..statement.tokens.len() {
        let before = index - 1;
        // In a list, and no name of its own.
        let opens = statement.is_symbol(before, b',')
            || ["grant", "revoke", "to", "from", "for"].iter().any(|word| statement.is_word(before, word));
        let names = !statement.is_symbol(index + 1, b',') && index + 1 < statement.tokens.len();
        if statement.is_word(index, "role") && opens && names {
            edits.remove(statement.tokens[index].start..statement.tokens[index].end);
        }
    }
    Ok(())
}

fn about_the_role(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    let is_drop = ahead.eat("drop");
    ahead.index = 2;
    if statement.is_word(0, "alter") {
        return Err(Refusal::not_covered("ALTER ROLE"));
    }
    ahead.expect_name()?;
    if ahead.is("externalid") {
        return Err(Refusal::not_covered("EXTERNALID"));
    }
    if let Some(token) = ahead.peek().filter(|_| is_drop && ahead.is("restrict")) {
        // What it does anyway.
        edits.remove(token.start..token.end);
        ahead.index += 1;
    } else if is_drop && ahead.is("force") {
        return Err(Refusal::not_covered("DROP ROLE ... FORCE"));
    }
    if ahead.at_end() { Ok(()) } else { Err(ahead.syntax_error()) }
}

/// Rights that PostgreSQL does not have, between the first word and `end`.
fn check_rights(statement: &Statement<'_>, end: usize) -> Result<(), Refusal> {
    const UNKNOWN: [&str; 12] = [
        "access",
        "alter",
        "analyze",
        "assumerole",
        "cancel",
        "drop",
        "explain",
        "ignore",
        "share",
        "vacuum",
        "user",
        "schema",
    ];
    let verb = statement.word(0).unwrap_or_default().to_ascii_uppercase();
    let is_scoped =
        (1..end).any(|index| statement.is_word(index, "for") && statement.is_word(index + 2, "in"));
    if is_scoped {
        return Err(Refusal::not_covered(&format!("{verb} ... FOR ... IN")));
    }
    let mut depth = 0_usize;
    for index in 1..end {
        depth += usize::from(statement.is_symbol(index, b'('));
        depth = depth.saturating_sub(usize::from(statement.is_symbol(index, b')')));
        let right = UNKNOWN.iter().find(|word| depth == 0 && statement.is_word(index, word));
        if right.is_none() || statement.is_word(index - 1, "role") {
            continue;
        }
        let first =
            (1..=index).rev().find(|&at| at == 1 || statement.is_symbol(at - 1, b',')).unwrap_or(index);
        let words = (first..=index).filter_map(|at| statement.word(at)).collect::<Vec<_>>().join(" ");
        return Err(Refusal::not_covered(&format!("{verb} {}", words.to_ascii_uppercase())));
    }
    Ok(())
}

fn last(statement: &Statement<'_>, word: &str) -> Option<usize> {
    (1..statement.tokens.len()).rev().find(|&index| statement.is_word(index, word))
}

#[cfg(test)]
mod tests {
    use crate::sql::command::{Action, understand};
    use crate::sql::statement::split;

    fn rewritten(source: &str) -> String {
        match understand(&split(source)[0]).action {
            Action::Run(sql) => sql.text.split_whitespace().collect::<Vec<_>>().join(" "),
            Action::Refuse(refusal) => format!("{} {}", refusal.code, refusal.message),
            other => panic!("{source}: {other:?}"),
        }
    }

    #[test]
    fn a_role_is_granted_without_the_word() {
        for (source, expected) in [
            ("create role r", "create role r"),
            ("drop role r restrict", "drop role r"),
            ("grant role r, role s to u with admin option", "grant r, s to u with admin option"),
            ("grant role r to role s", "grant r to s"),
            ("revoke admin option for role r from u", "revoke admin option for r from u"),
            (
                "grant select, insert on table t to role r, u, group g",
                "grant select, insert on table t to r, u, group g",
            ),
            ("grant all on schema s to role r", "grant all on schema s to r"),
        ] {
            assert_eq!(rewritten(source), expected, "{source}");
        }
    }

    #[test]
    fn rights_that_only_redshift_has_are_named() {
        for (source, what) in [
            ("grant drop on table t to u", "GRANT DROP"),
            ("grant select, alter on t to role r", "GRANT ALTER"),
            ("grant select, create user to role r", "GRANT CREATE USER"),
            ("grant usage on datashare d to account '1'", "GRANT ... ON DATASHARE"),
            ("grant assumerole on all to u for copy", "GRANT ASSUMEROLE"),
            ("grant select for tables in schema s to u", "GRANT ... FOR ... IN"),
            ("create role r externalid 'x'", "EXTERNALID"),
            ("drop role r force", "DROP ROLE ... FORCE"),
        ] {
            assert_eq!(
                rewritten(source),
                format!("0A000 {what} is not covered by redshift-local"),
                "{source}"
            );
        }
    }
}
