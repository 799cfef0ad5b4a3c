//! CREATE TEMPLATE and DROP TEMPLATE: options of COPY under a name [DG `r_CREATE_TEMPLATE`, `r_DROP_TEMPLATE`].
//!
//! Which options exclude each other is judged when a COPY uses them: only then all of them are known.

use super::authorization::Claims;
use super::clauses::Clauses;
use super::keyword::Keyword;
use crate::sql::cursor::{Cursor, TableName};
use crate::sql::quote::literal;
use crate::sql::refusal::Refusal;
use crate::sql::statement::{Statement, split};

/// What is of one command only: its source, its rights, a manifest. The pages let parameters of the format, the compression,
/// the conversion and the load into a template.
const OF_ONE_COMMAND: &[Keyword] =
    &[Keyword::Manifest, Keyword::MasterSymmetricKey, Keyword::ReadRatio, Keyword::Region, Keyword::Ssh];

pub(crate) fn is_about_a_template(statement: &Statement<'_>) -> bool {
    creates(statement) || (statement.is_word(0, "drop") && statement.is_word(1, "template"))
}

fn creates(statement: &Statement<'_>) -> bool {
    let at = if statement.is_word(1, "or") { 3 } else { 1 };
    statement.is_word(0, "create") && statement.is_word(at, "template")
}

/// What PostgreSQL runs for it, and what the client is told.
pub(crate) fn rewrite(statement: &Statement<'_>) -> Result<(String, &'static str), Refusal> {
    let mut ahead = statement.cursor();
    if !creates(statement) {
        ahead.eat_all(&["drop", "template"]);
        let name = place(&ahead.expect_table()?)?;
        return match ahead.at_end() {
            true => Ok((format!("SELECT redshift_catalog.drop_template({name})"), "DROP TEMPLATE")),
            false => Err(ahead.syntax_error()),
        };
    }
    ahead.expect_word("create")?;
    let replaces = ahead.eat_all(&["or", "replace"]);
    ahead.expect_word("template")?;
    let name = place(&ahead.expect_table()?)?;
    ahead.expect_word("for")?;
    ahead.expect_word("copy")?;
    ahead.eat("as");
    let clauses = clauses(&mut ahead)?;
    if clauses.is_empty() {
        return Err(ahead.syntax_error());
    }
    let sql = format!(
        "SELECT redshift_catalog.create_template({name}, {replaces}, {}, {})",
        literal(&clauses.to_string()),
        literal(&format!("{:#}", clauses.as_json()))
    );
    Ok((sql, "CREATE TEMPLATE"))
}

/// The question for the options of a template, which the session's user must be allowed to use.
pub(crate) fn question(name: &TableName) -> Result<String, Refusal> {
    Ok(format!("SELECT options FROM redshift_catalog.usable_template({})", place(name)?))
}

/// The answer, understood.
pub(crate) fn stored(options: &str) -> Result<Clauses, Refusal> {
    match split(options).first() {
        Some(statement) => clauses(&mut statement.cursor()),
        None => Ok(Clauses::default()),
    }
}

fn clauses(ahead: &mut Cursor<'_>) -> Result<Clauses, Refusal> {
    let mut clauses = Clauses::default();
    while !ahead.at_end() {
        let word = ahead.peek_word().unwrap_or_default().to_ascii_uppercase();
        if Claims::default().take(&mut ahead.clone()).unwrap_or(true) {
            return Err(in_no_template(&word));
        }
        if !clauses.take(ahead)? {
            return Err(ahead.syntax_error());
        }
    }
    match OF_ONE_COMMAND.iter().find(|keyword| clauses.says(**keyword)) {
        Some(keyword) => Err(in_no_template(&keyword.to_string())),
        None => Ok(clauses),
    }
}

fn in_no_template(word: &str) -> Refusal {
    Refusal::unsupported(format!("{word} is not supported in a template"))
}

/// `database, schema, name` as the functions of the catalog take them.
fn place(name: &TableName) -> Result<String, Refusal> {
    let parts: Vec<String> = name.0.iter().map(|part| literal(part)).collect();
    match parts.as_slice() {
        [name] => Ok(format!("NULL, NULL, {name}")),
        [schema, name] => Ok(format!("NULL, {schema}, {name}")),
        [database, schema, name] => Ok(format!("{database}, {schema}, {name}")),
        _ => Err(Refusal::new("42601", format!("improper qualified name (too many dotted names): {name}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &str) -> String {
        match rewrite(&split(source)[0]) {
            Ok((sql, _)) => sql,
            Err(refusal) => format!("{} {}", refusal.code, refusal.message),
        }
    }

    #[test]
    fn options_are_kept_as_show_template_writes_them() {
        let source = r"create template t for copy format json 'auto' null as '' maxerror 100 delimiter '\\t' encoding utf16";
        let options = r"FORMAT AS JSON ''auto'' DELIMITER";
        assert!(made(source).contains(options), "{}", made(source));
        let clauses = clauses(&mut split("csv null 'it''s \\\\N' compupdate off")[0].cursor()).unwrap();
        assert_eq!(clauses.to_string(), r"FORMAT AS CSV NULL 'it''s \\N' COMPUPDATE OFF");
        let again = stored(&clauses.to_string()).unwrap();
        assert_eq!(again.to_string(), clauses.to_string());
    }

    #[test]
    fn what_is_of_one_command_is_in_no_template() {
        for (source, expected) in [
            ("create template t for copy csv manifest", "0A000 MANIFEST is not supported in a template"),
            (
                "create template t for copy csv iam_role default",
                "0A000 IAM_ROLE is not supported in a template",
            ),
            (
                "create template t for copy csv access_key_id 'a'",
                "0A000 ACCESS_KEY_ID is not supported in a template",
            ),
            ("create template t for copy region 'x'", "0A000 REGION is not supported in a template"),
            ("create template t for copy as", "42601 syntax error at end of input"),
            ("create template t for copy", "42601 syntax error at end of input"),
            ("create template t for unload csv", "42601 syntax error at or near \"unload\""),
            ("create template t for copy csv csv", "42601 conflicting or redundant options: CSV"),
            ("create template t for copy 's3://b/k' csv", "42601 syntax error at or near \"'s3://b/k'\""),
            ("drop template if exists t", "42601 syntax error at or near \"exists\""),
            ("drop template t cascade", "42601 syntax error at or near \"cascade\""),
        ] {
            assert_eq!(made(source), expected, "{source}");
        }
    }
}
