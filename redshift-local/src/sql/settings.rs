//! SET, SHOW and RESET: parameters that only Redshift has live under a prefix; those it lacks are refused.

use super::cursor::Cursor;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;
use crate::wire::diagnosis::float_digits_outside;
use crate::wire::severity::{LEAST_SEVERITY, Severity};

/// What a statement changes in how the session goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Whether quoted names keep their case.
    pub case_sensitive: Option<bool>,
    /// Which notices the client gets.
    pub least_severity: Option<Severity>,
}

const CASE_SENSITIVITY: &str = "enable_case_sensitive_identifier";

/// Redshift's parameters and what they are until somebody sets them. They are remembered; case sensitivity and the
/// severity of notices have an effect.
pub(crate) const DEFAULTS: &[(&str, &str)] = &[
    ("analyze_threshold_percent", "10"),
    ("cast_super_null_on_error", "on"),
    (LEAST_SEVERITY, "notice"),
    ("describe_field_name_in_uppercase", "off"),
    (CASE_SENSITIVITY, "off"),
    ("enable_result_cache_for_session", "on"),
    ("enable_vacuum_boost", "off"),
    ("error_on_nondeterministic_update", "off"),
    ("json_parse_truncate_strings", "off"),
    ("max_cursor_result_set_size", "default"),
    ("mv_enable_aqmv_for_session", "on"),
    ("query_group", "unset"),
    // How JDBC asks for a transaction that only reads (fact 4.5).
    ("readonly", "0"),
    ("spectrum_enable_pseudo_columns", "on"),
    ("use_fips_ssl", "off"),
    ("wlm_query_slot_count", "1"),
    // Not parameters of Redshift: where the proxy leaves what pg_last_copy_id() and pg_last_copy_count() answer.
    ("last_copy_id", "-1"),
    ("last_copy_count", "0"),
    ("ignored", ""),
];

/// The name under which PostgreSQL keeps a parameter that it does not know.
pub(crate) fn stand_in(parameter: &str) -> String {
    format!("redshift_local.{parameter}")
}

pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    let setting = ahead.eat("set");
    if !setting && !ahead.eat("show") {
        ahead.expect_word("reset")?;
    }
    let isolation = (0..statement.tokens.len()).any(|index| statement.is_word(index, "isolation"));
    if setting && isolation && (ahead.is("transaction") || ahead.eat_all(&["session", "characteristics"])) {
        // Accepted and without effect, as in BEGIN.
        edits.replace(0..statement.source.len(), format!("SET {} = ''", stand_in("ignored")));
        return Ok(());
    }
    if !ahead.eat("session") {
        ahead.eat("local");
    }
    let Some(token) = ahead.peek() else { return Ok(()) };
    let name = ahead.peek_word().unwrap_or_default();
    match name.as_str() {
        "standard_conforming_strings"
        | "backslash_quote"
        | "escape_string_warning"
        | "server_version_num" => {
            Err(Refusal::new("42704", format!("unrecognized configuration parameter \"{name}\"")))
        }
        "server_version" if !setting => {
            edits.replace(0..statement.source.len(), "SELECT '8.0.2'::text AS server_version");
            Ok(())
        }
        "extra_float_digits" if setting => {
            ahead.index += 1;
            check_float_digits(ahead)
        }
        name if DEFAULTS.iter().any(|(known, _)| *known == name) => {
            if setting && name == LEAST_SEVERITY {
                ahead.index += 1;
                check_severity(ahead)?;
            }
            edits.replace_token(token, stand_in(name));
            // PostgreSQL keeps a stand-in as it was written, and SHOW says on or off.
            if let Some(sensitive) = case_sensitivity(statement).filter(|_| setting) {
                let value = if sensitive { " = 'on'" } else { " = 'off'" };
                edits.replace(token.end..statement.source.len(), value);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `{TO | =} n`
fn check_float_digits(mut ahead: Cursor<'_>) -> Result<(), Refusal> {
    if !ahead.eat("to") {
        ahead.eat_symbol(b'=');
    }
    let digits = match ahead.eat_integer() {
        Some(digits) => i32::try_from(digits).ok(),
        None => ahead.eat_literal().and_then(|digits| digits.parse().ok()),
    };
    match digits.and_then(float_digits_outside) {
        Some(words) => Err(Refusal::new("22023", words)),
        None => Ok(()),
    }
}

/// `{TO | =} value`
fn check_severity(mut ahead: Cursor<'_>) -> Result<(), Refusal> {
    let value = value(&mut ahead).unwrap_or_default();
    match Severity::of(&value) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            "22023",
            format!("invalid value for parameter \"{LEAST_SEVERITY}\": \"{value}\""),
        )),
    }
}

/// What stands behind a parameter's name, in small letters.
fn value(ahead: &mut Cursor<'_>) -> Option<String> {
    if !(ahead.eat("to") || ahead.eat_symbol(b'=')) {
        return None;
    }
    let value = ahead.eat_literal().or_else(|| ahead.peek_word()).unwrap_or_default();
    Some(value.to_ascii_lowercase())
}

pub(crate) fn change(statement: &Statement<'_>) -> Change {
    Change { case_sensitive: case_sensitivity(statement), least_severity: least_severity(statement) }
}

fn least_severity(statement: &Statement<'_>) -> Option<Severity> {
    let mut ahead = statement.cursor();
    if ahead.eat("reset") {
        return (ahead.is(LEAST_SEVERITY) || ahead.is("all")).then_some(Severity::default());
    }
    // SET LOCAL ends with its transaction, which is not seen here: the client gets more than it wants.
    ahead.eat("set").then_some(())?;
    ahead.eat("session");
    ahead.eat(LEAST_SEVERITY).then_some(())?;
    Severity::of(&value(&mut ahead)?)
}

/// Whether quoted names keep their case from here on, when the statement says so (fact 3.6).
fn case_sensitivity(statement: &Statement<'_>) -> Option<bool> {
    let mut ahead = statement.cursor();
    if ahead.eat("reset") {
        return (ahead.is(CASE_SENSITIVITY) || ahead.is("all")).then_some(false);
    }
    if !ahead.eat("set") {
        return None;
    }
    if !ahead.eat("session") {
        ahead.eat("local");
    }
    ahead.eat(CASE_SENSITIVITY).then_some(())?;
    let value = value(&mut ahead)?;
    Some(matches!(value.as_str(), "true" | "on" | "yes" | "1"))
}
