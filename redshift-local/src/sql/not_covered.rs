//! Grammar that Redshift has and that neither PostgreSQL nor this program knows: it is named, where PostgreSQL would call it
//! a syntax error, so that nobody takes it for Redshift's own answer.

use super::lexer::Kind;
use super::refusal::Refusal;
use super::statement::Statement;
use crate::wire::severity::LEAST_SEVERITY;

/// Statements by their first words.
const STATEMENTS: &[&[&str]] = &[
    &["alter", "datashare"],
    &["alter", "default", "privileges", "grant", "role"],
    &["alter", "external"],
    &["alter", "identity"],
    &["alter", "masking"],
    &["alter", "rls"],
    &["alter", "role"],
    &["alter", "template"],
    &["attach"],
    &["create", "datashare"],
    &["create", "external"],
    &["create", "identity"],
    &["create", "library"],
    &["create", "masking"],
    &["create", "model"],
    &["create", "rls"],
    &["desc"],
    &["detach"],
    &["drop", "datashare"],
    &["drop", "external"],
    &["drop", "identity"],
    &["drop", "library"],
    &["drop", "masking"],
    &["drop", "model"],
    &["drop", "rls"],
    &["explain", "model"],
    &["use"],
];

/// Clauses, wherever in a query they stand.
const CLAUSES: &[&[&str]] = &[
    &["with", "no", "schema", "binding"],
    &["connect", "by"],
    &["approximate", "count"],
    &["approximate", "percentile_disc"],
];

/// Types, in casts; those of columns are refused where columns are read.
const TYPES: &[&str] = &["geography", "geometry", "hllsketch"];

pub(crate) fn check(statement: &Statement<'_>) -> Result<(), Refusal> {
    let stand = |index: usize, words: &[&str]| {
        words.iter().enumerate().all(|(at, word)| statement.is_word(index + at, word))
    };
    let named = |words: &[&str]| Refusal::not_covered(&words.join(" ").to_ascii_uppercase());
    if let Some(words) = STATEMENTS.iter().find(|words| stand(0, words)) {
        return Err(named(words));
    }
    let says = |words: &[&str]| (0..statement.tokens.len()).any(|index| stand(index, words));
    if stand(0, &["alter", "table"]) && says(&["row", "level", "security"]) {
        return Err(named(&["row", "level", "security"]));
    }
    if ["grant", "revoke"].iter().any(|word| statement.is_word(0, word)) && says(&["on", "template"]) {
        return Err(named(&["grants", "on", "template"]));
    }
    if ["alter", "create"].iter().any(|word| statement.is_word(0, word)) && sets_severity(statement) {
        return Err(Refusal::not_covered(&format!("{LEAST_SEVERITY} in ALTER or CREATE")));
    }
    if !["select", "with", "insert", "create"].iter().any(|word| statement.is_word(0, word)) {
        return Ok(());
    }
    for index in 0..statement.tokens.len() {
        if let Some(words) = CLAUSES.iter().find(|words| stand(index, words)) {
            return Err(named(words));
        }
        let is_cast =
            index > 0 && (statement.is_symbol(index - 1, b':') || statement.is_word(index - 1, "as"));
        let is_type = is_cast && !statement.is_symbol(index + 1, b'.');
        if let Some(kind) = TYPES.iter().find(|kind| is_type && statement.is_word(index, kind)) {
            return Err(Refusal::not_covered(&format!("the type {}", kind.to_ascii_uppercase())));
        }
        let name = statement.word(index).unwrap_or_default().to_ascii_lowercase();
        let is_call =
            statement.is_symbol(index + 1, b'(') && !(index > 0 && statement.is_symbol(index - 1, b'.'));
        if is_call && (name.starts_with("st_") || name == "hll" || name.starts_with("hll_")) {
            return Err(Refusal::not_covered(&name.to_ascii_uppercase()));
        }
        // A clause, and no name of something.
        let opens = |word: &str| {
            statement.is_word(index, word)
                && index > 0
                && statement.tokens.get(index + 1).is_some_and(|next| {
                    !matches!(next.kind, Kind::Symbol(b',' | b')' | b'.' | b'='))
                        && !statement.is_word(index + 1, "from")
                })
                && !statement.is_symbol(index - 1, b'.')
                && !statement.is_symbol(index - 1, b',')
                && !["select", "as", "from", "join", "by", "and", "or", "where"]
                    .iter()
                    .any(|word| statement.is_word(index - 1, word))
        };
        for word in ["pivot", "unpivot"] {
            if opens(word) {
                return Err(named(&[word]));
            }
        }
    }
    Ok(())
}

/// In ALTER USER, or where a routine is made: as a clause of it, or in its body.
fn sets_severity(statement: &Statement<'_>) -> bool {
    let is_routine = statement.makes_routine();
    statement.tokens.iter().enumerate().any(|(index, &token)| match token.kind {
        Kind::Word => {
            index > 0 && statement.is_word(index, LEAST_SEVERITY) && statement.is_word(index - 1, "set")
        }
        Kind::Literal | Kind::DollarLiteral => {
            is_routine && statement.text(token).to_ascii_lowercase().contains(LEAST_SEVERITY)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::split;

    fn refused(source: &str) -> Option<String> {
        check(&split(source)[0]).err().map(|refusal| format!("{} {}", refusal.code, refusal.message))
    }

    #[test]
    fn what_only_redshift_knows_is_named() {
        for (source, what) in [
            ("create table t as select a from s.t with no schema binding", "WITH NO SCHEMA BINDING"),
            ("create external schema s from data catalog", "CREATE EXTERNAL"),
            ("select * from t pivot (sum(a) for b in (1, 2))", "PIVOT"),
            ("use other", "USE"),
            ("alter table t row level security on", "ROW LEVEL SECURITY"),
            ("select 'x'::hllsketch", "the type HLLSKETCH"),
            ("select cast(a as geometry) from t", "the type GEOMETRY"),
            ("select st_point(1, 2)", "ST_POINT"),
            ("select hll_cardinality(a) from t", "HLL_CARDINALITY"),
        ] {
            assert_eq!(
                refused(source).as_deref(),
                Some(format!("0A000 {what} is not covered by redshift-local").as_str()),
                "{source}"
            );
        }
    }

    #[test]
    fn names_are_no_clauses() {
        for source in [
            "select unpivot, t.pivot from t",
            "select st_date, s.st_point(1) from t",
            "select a as pivot from t",
            "select a from unpivot where pivot = 1",
            "select count(*) from t",
            "update t set use = 1",
        ] {
            assert_eq!(refused(source), None, "{source}");
        }
    }
}
