//! Quoting of names and values, and back.

/// Quotes a name.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What stands between the double quotes of a name.
pub(crate) fn unquoted(identifier: &str) -> String {
    let inner = identifier.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(identifier);
    inner.replace("\"\"", "\"")
}

/// Quotes a value for PostgreSQL, whichever way backslashes are read.
pub(crate) fn literal(value: &str) -> String {
    let quotes_doubled = value.replace('\'', "''");
    if value.contains('\\') {
        format!("E'{}'", quotes_doubled.replace('\\', "\\\\"))
    } else {
        format!("'{quotes_doubled}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(unquoted("\"a\"\"b\""), "a\"b");
    }

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"\' or 1=1 --"), r"E'\\'' or 1=1 --'");
    }
}
