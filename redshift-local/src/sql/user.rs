//! CREATE USER and ALTER USER: passwords as the proxy keeps them, and options that only Redshift has.

use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;
use crate::passwords::stored::Stored;

pub(crate) fn is_about_a_user(statement: &Statement<'_>) -> bool {
    (statement.is_word(0, "create") || statement.is_word(0, "alter")) && statement.is_word(1, "user")
}

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    ahead.index = 2;
    let user = ahead.expect_name()?;
    while let Some(token) = ahead.peek() {
        if ahead.eat("password") {
            let Some(value) = ahead.peek() else { return Err(ahead.syntax_error()) };
            if ahead.eat("disable") {
                edits.replace_token(value, "NULL");
            } else if let Some(password) = ahead.eat_literal() {
                let stored = Stored::parse(&user, &password).ok_or_else(broken_digest)?;
                edits.replace_token(value, format!("'{}'", stored.to_catalog()));
            }
        } else if ahead.eat("createuser") {
            edits.replace_token(token, "SUPERUSER");
        } else if ahead.eat("nocreateuser") {
            edits.replace_token(token, "NOSUPERUSER");
        } else if ahead.eat_all(&["syslog", "access"]) {
            let Some(level) = ahead.peek() else { return Err(ahead.syntax_error()) };
            edits.remove(token.start..level.end);
            ahead.index += 1;
        } else if ahead.eat_all(&["connection", "limit", "unlimited"]) {
            edits.replace(token.start..ahead.end_of_last(), "CONNECTION LIMIT -1");
        } else if ahead.is("externalid") {
            return Err(Refusal::not_covered("EXTERNALID"));
        } else if ahead.eat_all(&["session", "timeout"]) {
            return Err(Refusal::not_covered("SESSION TIMEOUT"));
        } else {
            ahead.index += 1;
        }
    }
    Ok(())
}

fn broken_digest() -> Refusal {
    Refusal::new("22023", "a sha256 password is sha256|digest|salt in hexadecimal digits, or sha256|password")
}

#[cfg(test)]
mod tests {
    use crate::sql::command::{Action, understand};
    use crate::sql::statement::split;

    fn rewritten(source: &str) -> String {
        match understand(&split(source)[0]).action {
            Action::Run(sql) => sql.text,
            other => panic!("{source}: {other:?}"),
        }
    }

    #[test]
    fn a_password_reaches_postgres_in_the_form_that_we_keep() {
        let sql =
            rewritten("CREATE USER Loader WITH PASSWORD 'Secret12' NOCREATEUSER SYSLOG ACCESS RESTRICTED");
        assert!(sql.starts_with("CREATE USER Loader WITH PASSWORD 'SCRAM-SHA-256$1:"), "{sql}");
        assert!(sql.ends_with("' NOSUPERUSER "), "{sql}");
        assert_eq!(rewritten("alter user x password disable"), "alter user x password NULL");
        assert_eq!(rewritten("alter user x connection limit unlimited"), "alter user x CONNECTION LIMIT -1");
        assert_eq!(rewritten("alter user x rename to y"), "alter user x rename to y");
    }

    #[test]
    fn a_broken_digest_is_refused() {
        let refused = understand(&split("create user x password 'sha256|1234|zz'")[0]).action;
        assert!(matches!(refused, Action::Refuse(refusal) if refusal.code == "22023"));
    }
}
