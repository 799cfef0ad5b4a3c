//! BEGIN, VACUUM, ANALYZE and CANCEL: words that Redshift knows and PostgreSQL does not, taken out.

use super::cursor::TableName;
use super::refusal::Refusal;
use super::rewrite::Edits;
use super::statement::Statement;

/// Isolation words are accepted and mean the database's level (fact 2.4); READ ONLY is kept.
pub(crate) fn plain_begin(statement: &Statement<'_>, edits: &mut Edits) {
    let read_only = (0..statement.tokens.len())
        .any(|index| statement.is_word(index, "read") && statement.is_word(index + 1, "only"));
    let mut ahead = statement.cursor();
    if !ahead.eat_all(&["start", "transaction"]) {
        ahead.eat("begin");
        if !ahead.eat("work") {
            ahead.eat("transaction");
        }
    }
    if let Some(token) = ahead.peek() {
        edits.replace(token.start..statement.source.len(), if read_only { "READ ONLY" } else { "" });
    }
}

/// `VACUUM [FULL | SORT ONLY | DELETE ONLY | REINDEX | RECLUSTER] [table] [TO n PERCENT] [BOOST]`: there is nothing to
/// sort here, so each form becomes the plain one. What goes with what says [DG `r_VACUUM_command`], in no words of its own.
/// The table that is to be reclustered, which not every table can be.
pub(crate) fn plain_vacuum(
    statement: &Statement<'_>,
    edits: &mut Edits,
) -> Result<Option<TableName>, Refusal> {
    let mut ahead = statement.cursor();
    ahead.expect_word("vacuum")?;
    let forms: [&[&str]; 5] =
        [&["full"], &["sort", "only"], &["delete", "only"], &["reindex"], &["recluster"]];
    let of_one_table = ahead.is("reindex") || ahead.is("recluster");
    let (reclusters, no_boost) = (ahead.is("recluster"), ahead.is("reindex"));
    forms.iter().any(|form| ahead.eat_all(form));
    let bare = ahead.at_end() || ahead.is("to") || ahead.is("boost");
    if bare && (of_one_table || !ahead.at_end()) {
        return Err(ahead.syntax_error());
    }
    let table = if bare { None } else { Some(ahead.expect_table()?) };
    if !of_one_table && ahead.eat("to") {
        let threshold = ahead.clone().eat_integer().filter(|percent| (0..=100).contains(percent));
        threshold.ok_or_else(|| ahead.syntax_error())?;
        ahead.index += 1;
        ahead.expect_word("percent")?;
    }
    if !no_boost {
        ahead.eat("boost");
    }
    if !ahead.at_end() {
        return Err(ahead.syntax_error());
    }
    let plain = table.as_ref().map_or_else(|| "VACUUM".to_owned(), |table| format!("VACUUM {table}"));
    edits.replace(0..statement.source.len(), plain);
    Ok(table.filter(|_| reclusters))
}

/// `ANALYZE [VERBOSE] [table [(columns)]] [PREDICATE COLUMNS | ALL COLUMNS]`
pub(crate) fn plain_analyze(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    if statement.is_word(1, "compression") {
        return Err(Refusal::not_covered("ANALYZE COMPRESSION"));
    }
    for (index, pair) in statement.tokens.windows(2).enumerate() {
        if statement.is_word(index + 1, "columns")
            && (statement.is_word(index, "predicate") || statement.is_word(index, "all"))
        {
            edits.remove(pair[0].start..pair[1].end);
        }
    }
    Ok(())
}

/// `CANCEL pid ['message']` (fact 4.7), which answers without rows.
pub(crate) fn cancel(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let mut ahead = statement.cursor();
    ahead.expect_word("cancel")?;
    let session = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
    ahead.eat_literal();
    if !ahead.at_end() {
        return Err(ahead.syntax_error());
    }
    let call = format!("DO 'BEGIN PERFORM pg_cancel_backend({session}); END'");
    edits.replace(0..statement.source.len(), call);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::rewrite::rewritten_by;

    fn vacuum(statement: &Statement<'_>, edits: &mut Edits) -> Result<(), Refusal> {
        plain_vacuum(statement, edits).map(drop)
    }

    #[test]
    fn vacuum_has_the_words_that_go_together() {
        for (source, plain) in [
            ("vacuum", "VACUUM"),
            ("vacuum sort only", "VACUUM"),
            ("vacuum full t boost", "VACUUM \"t\""),
            ("vacuum s.t to 100 percent boost", "VACUUM \"s\".\"t\""),
            ("vacuum delete only t to 0 percent", "VACUUM \"t\""),
            ("vacuum reindex t", "VACUUM \"t\""),
            ("vacuum recluster t boost", "VACUUM \"t\""),
        ] {
            assert_eq!(rewritten_by(vacuum, source), plain, "{source}");
        }
        for source in [
            "vacuum reindex",
            "vacuum recluster",
            "vacuum boost",
            "vacuum to 75 percent",
            "vacuum reindex t to 75 percent",
            "vacuum recluster t to 75 percent",
            "vacuum reindex t boost",
            "vacuum t to 101 percent",
            "vacuum t to percent",
            "vacuum t, u",
            "vacuum t (a)",
            "vacuum analyze t",
            "vacuum (full) t",
        ] {
            assert!(rewritten_by(vacuum, source).starts_with("42601"), "{source}");
        }
    }
}
