//! CREATE VIEW ... WITH NO SCHEMA BINDING: a view that does not hold on to what it reads [DG `r_CREATE_VIEW`].
//!
//! PostgreSQL's views do, so the text is kept beside a view that is made anew whenever something it reads changes; the
//! catalog does that (`late_views.sql`).

use super::cursor::Cursor;
use super::quote::literal;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;
use super::touched::tables_read;

const CLAUSE: [&str; 4] = ["with", "no", "schema", "binding"];

pub(crate) fn is_late_view(statement: &Statement<'_>) -> bool {
    opening(&mut statement.cursor()).is_some() && clause(statement).is_some()
}

/// Steps over `CREATE [OR REPLACE] VIEW`; whether it replaces.
fn opening(ahead: &mut Cursor<'_>) -> Option<bool> {
    ahead.eat("create").then_some(())?;
    let replaces = ahead.eat_all(&["or", "replace"]);
    ahead.eat("view").then_some(replaces)
}

/// The last words of the statement.
fn clause(statement: &Statement<'_>) -> Option<usize> {
    let start = statement.tokens.len().checked_sub(CLAUSE.len())?;
    let stands = CLAUSE.iter().enumerate().all(|(place, word)| statement.is_word(start + place, word));
    stands.then_some(start)
}

/// The call that makes the view.
pub(crate) fn rewrite(statement: &Statement<'_>, edits: &Edits) -> Result<String, Refusal> {
    let mut ahead = statement.cursor();
    let replaces = opening(&mut ahead).ok_or_else(|| ahead.syntax_error())?;
    let view = ahead.expect_table()?;
    let columns = if statement.is_symbol(ahead.index, b'(') { ahead.expect_names()? } else { Vec::new() };
    ahead.expect_word("as")?;
    let end = clause(statement).ok_or_else(|| ahead.syntax_error())?;
    let query = ahead.index..end;
    if query.is_empty() {
        return Err(ahead.syntax_error());
    }
    if statement.is_word(query.start, "with") && statement.is_word(query.start + 1, "recursive") {
        return Err(Refusal::unsupported("Recursive CTE is not supported in a view with no schema binding"));
    }
    let reads = tables_read(statement);
    if reads.iter().any(|table| table.0.len() < 2) {
        return Err(Refusal::unsupported(
            "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.",
        ));
    }
    let bytes = statement.tokens[query.start].start..statement.tokens[query.end - 1].end;
    let array = |names: Vec<String>| {
        let items: Vec<_> = names.iter().map(|name| literal(name)).collect();
        format!("ARRAY[{}]::text[]", items.join(", "))
    };
    Ok(format!(
        "SELECT redshift_catalog.create_late_view({replaces}, {}, {}, {}, {}, {})",
        literal(&view.to_string()),
        array(columns),
        literal(&edits.within(statement.source, bytes)),
        array(reads.iter().map(ToString::to_string).collect()),
        literal(statement.source.trim()),
    ))
}

#[cfg(test)]
mod tests {
    use crate::sql::command::{Action, understand};
    use crate::sql::statement::split;

    fn made(source: &str) -> String {
        match understand(&split(source)[0]).action {
            Action::Instead { sql, tag } => format!("{tag}: {sql}"),
            Action::Refuse(refusal) => format!("{} {}", refusal.code, refusal.message),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_catalog_makes_the_view() {
        assert_eq!(
            made("create or replace view S.v (a) as select nvl(b, '1') from s.\"T\" with no schema binding"),
            "CREATE VIEW: SELECT redshift_catalog.create_late_view(true, '\"s\".\"v\"', ARRAY['a']::text[], \
             'select COALESCE(b, ''1'') from s.\"t\"', ARRAY['\"s\".\"t\"']::text[], \
             'create or replace view S.v (a) as select nvl(b, ''1'') from s.\"T\" with no schema binding')"
        );
    }

    #[test]
    fn every_table_has_its_schema() {
        let message = "0A000 All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.";
        assert_eq!(made("create view v as select 1 from s.t, u with no schema binding"), message);
        assert!(
            made("create view v as with u as (select 1 from s.t) select 1 from u with no schema binding")
                .starts_with("CREATE VIEW")
        );
    }
}
