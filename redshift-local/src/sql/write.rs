//! Which table a statement writes, and how, as far as locks are concerned.

use super::cursor::{Cursor, TableName};
use super::statement::Statement;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    pub table: TableName,
    pub kind: WriteKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteKind {
    /// COPY, INSERT
    Add,
    /// UPDATE, DELETE, MERGE
    Change,
}

impl Write {
    /// `None` for a statement that is not about the rows of a table.
    pub(crate) fn of(statement: &Statement<'_>) -> Option<Self> {
        let mut ahead: Cursor<'_> = statement.cursor();
        let kind = if ahead.eat_all(&["insert", "into"]) {
            WriteKind::Add
        } else if ahead.eat("delete") {
            ahead.eat("from");
            WriteKind::Change
        } else if ahead.eat("update") || ahead.eat_all(&["merge", "into"]) {
            WriteKind::Change
        } else {
            return None;
        };
        ahead.eat("only");
        Some(Self { table: ahead.expect_table().ok()?, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::split;

    fn write(source: &str) -> Option<(String, WriteKind)> {
        let write = Write::of(&split(source)[0]);
        write.map(|write| (write.table.to_string(), write.kind))
    }

    #[test]
    fn writers_name_the_table_they_lock() {
        assert_eq!(write("insert into S.T values (1)"), Some(("\"s\".\"t\"".to_owned(), WriteKind::Add)));
        assert_eq!(write("DELETE \"T\" where a = 1"), Some(("\"t\"".to_owned(), WriteKind::Change)));
        assert_eq!(write("update t set a = 1"), Some(("\"t\"".to_owned(), WriteKind::Change)));
        assert_eq!(write("select 1"), None);
    }
}
