//! Where the rows of a text file end: at a line end that no quote and no backslash takes the meaning of.

use crate::source::head::header::{Dialect, Quoting};

/// The first row of `text` without its line end, and what follows; `None` when its end is not there.
///
/// Its last row may lack a line end where `is_whole` says that `text` ends with the file.
pub fn first_row<'a>(text: &'a str, is_whole: bool, dialect: &Dialect<'_>) -> Option<(&'a str, &'a str)> {
    if text.is_empty() {
        return None;
    }
    let (row, rest) = match row_end(text, dialect) {
        RowEnd::At(end) => (text.get(..end)?, text.get(end + 1..)?),
        RowEnd::Missing if is_whole => (text, ""),
        RowEnd::Missing | RowEnd::InQuotes => return None,
    };
    Some((row.strip_suffix('\r').unwrap_or(row), rest))
}

enum RowEnd {
    At(usize),
    /// The text ends before.
    Missing,
    /// A quote is not closed.
    InQuotes,
}

fn row_end(text: &str, dialect: &Dialect<'_>) -> RowEnd {
    let mut open: Option<char> = None;
    let mut is_start = true;
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let next = at + character.len_utf8();
        match dialect.quoting {
            Quoting::Marks { escape: true, .. } if character == '\\' => {
                let escaped = text.get(next..).and_then(|rest| rest.chars().next());
                at = next + escaped.map_or(0, char::len_utf8);
                is_start = false;
                continue;
            }
            // A doubled quote closes and opens again.
            _ if open == Some(character) => {
                open = None;
                at = next;
                is_start = matches!(dialect.quoting, Quoting::Doubled(_))
                    && text.get(next..).is_some_and(|rest| rest.starts_with(character));
                continue;
            }
            _ if open.is_some() => {
                at = next;
                continue;
            }
            _ => {}
        }
        if character == '\n' {
            return RowEnd::At(at);
        }
        if rest.starts_with(dialect.delimiter) {
            at += dialect.delimiter.len();
            is_start = true;
            continue;
        }
        let opens = match dialect.quoting {
            Quoting::Doubled(quote) => character == quote,
            Quoting::Marks { remove_quotes, .. } => remove_quotes && matches!(character, '"' | '\''),
        };
        if is_start && opens {
            open = Some(character);
        }
        // Blanks before a quotation mark are no part of a field of CSV.
        is_start =
            is_start && matches!(dialect.quoting, Quoting::Doubled(_)) && matches!(character, ' ' | '\t');
        at = next;
    }
    if open.is_some() { RowEnd::InQuotes } else { RowEnd::Missing }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CSV: Dialect<'_> = Dialect { delimiter: ",", quoting: Quoting::Doubled('"') };
    const UNLOADED: Dialect<'_> =
        Dialect { delimiter: "|", quoting: Quoting::Marks { escape: true, remove_quotes: true } };

    fn rows(mut text: &str, is_whole: bool, dialect: &Dialect<'_>) -> Vec<String> {
        let mut rows = Vec::new();
        while let Some((row, rest)) = first_row(text, is_whole, dialect) {
            rows.push(row.to_owned());
            text = rest;
        }
        rows
    }

    #[test]
    fn a_line_end_in_quotes_ends_no_row() {
        assert_eq!(rows("a,\"b\nc\"\r\nd,e\n", true, &CSV), ["a,\"b\nc\"", "d,e"]);
        assert_eq!(rows("a, \"b\"\"\n\"\"c\"\nd\n", true, &CSV), ["a, \"b\"\"\n\"\"c\"", "d"]);
        assert_eq!(rows("a\"b\nc\n", true, &CSV), ["a\"b", "c"]);
        assert_eq!(rows("a|b\\\nc\n'd\n'|e\n", true, &UNLOADED), ["a|b\\\nc", "'d\n'|e"]);
    }

    #[test]
    fn a_row_that_is_cut_is_none() {
        assert_eq!(rows("a\nb", false, &CSV), ["a"]);
        assert_eq!(rows("a\nb", true, &CSV), ["a", "b"]);
        assert_eq!(rows("a\n\"b\n", true, &CSV), ["a"]);
    }

    proptest! {
        #[test]
        fn rows_of_a_file_are_all_of_it(cells in prop::collection::vec("[a,\"\n\r ]{0,4}", 1..8)) {
            let rows_of_file: Vec<String> =
                cells.iter().map(|cell| format!("\"{}\",x", cell.replace('"', "\"\""))).collect();
            let text: String = rows_of_file.iter().map(|row| format!("{row}\n")).collect();
            prop_assert_eq!(rows(&text, false, &CSV), rows_of_file);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a,|\"'\\\\\nä\r ]{0,40}", is_whole: bool) {
            rows(&text, is_whole, &CSV);
            rows(&text, is_whole, &UNLOADED);
        }
    }
}
