//! Foreign keys: nothing enforces them, neither on Redshift nor here, but the catalog shows them (fact 0.12).

use serde::Serialize;

use super::cursor::Cursor;
use super::refusal::Refusal;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ForeignKey {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub columns: Vec<String>,
    /// Quoted.
    pub table: String,
    /// Of the other table; none where its primary key is meant.
    pub referenced: Vec<String>,
}

/// `[CONSTRAINT name] FOREIGN KEY (column, ...) REFERENCES table [(column, ...)]`, if that is ahead.
pub(crate) fn take_constraint(ahead: &mut Cursor<'_>) -> Result<Option<ForeignKey>, Refusal> {
    let mut probe = ahead.clone();
    let name = if probe.eat("constraint") { Some(probe.expect_name()?) } else { None };
    if !probe.eat_all(&["foreign", "key"]) {
        return Ok(None);
    }
    let columns = probe.expect_names()?;
    probe.expect_word("references")?;
    *ahead = probe;
    take_reference(ahead, name, columns).map(Some)
}

/// `table [(column, ...)]`; the word REFERENCES is already behind us.
pub(crate) fn take_reference(
    ahead: &mut Cursor<'_>,
    name: Option<String>,
    columns: Vec<String>,
) -> Result<ForeignKey, Refusal> {
    let table = ahead.expect_table()?.to_string();
    let is_listed = ahead.peek().is_some_and(|_| ahead.statement.is_symbol(ahead.index, b'('));
    let referenced = if is_listed { ahead.expect_names()? } else { Vec::new() };
    Ok(ForeignKey { name, columns, table, referenced })
}
