//! Functions that exist on Redshift's leader node only, and so cannot meet a user's table (fact 3.4).

use super::statement::Statement;

const FUNCTIONS: [&str; 8] = [
    "now",
    "age",
    "isfinite",
    "generate_series",
    "format_type",
    "current_schema",
    "current_schemas",
    "pg_backend_pid",
];
/// Called without parentheses.
const WORDS: [&str; 3] = ["current_time", "current_timestamp", "localtime"];

/// Those that the statement calls.
pub(crate) fn functions_called(statement: &Statement<'_>) -> Vec<String> {
    let mut called = Vec::new();
    for index in 0..statement.tokens.len() {
        let Some(word) = statement.word(index).map(str::to_ascii_lowercase) else { continue };
        let is_call = statement.is_symbol(index + 1, b'(');
        let is_privilege = word.starts_with("has_") && word.ends_with("_privilege");
        let leads = (is_call && (FUNCTIONS.contains(&word.as_str()) || is_privilege))
            || (WORDS.contains(&word.as_str()) && !is_column(statement, index));
        if leads && !called.contains(&word) {
            called.push(word);
        }
    }
    called
}

/// `t.localtime`, `x AS localtime`
fn is_column(statement: &Statement<'_>, index: usize) -> bool {
    index > 0 && (statement.is_symbol(index - 1, b'.') || statement.is_word(index - 1, "as"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::split;

    #[test]
    fn calls_are_told_from_names() {
        let called = |source: &str| functions_called(&split(source)[0]);
        assert_eq!(
            called("select Now(), has_table_privilege('t', 'select'), current_timestamp from t"),
            ["now", "has_table_privilege", "current_timestamp"]
        );
        assert!(called("select now, age, t.localtime, 'now()', getdate() from t").is_empty());
    }
}
