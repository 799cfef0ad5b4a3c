//! What parts the fields of a `.csv`, where it is no comma.

use crate::model::delimiter::Delimiter;
use crate::source::head::header::{Dialect, Quoting, fields};
use crate::source::head::rows::first_row;
use crate::source::table_config::written::scalar;

/// What may stand in place of a comma.
const OTHERS: [&str; 3] = [";", "\t", "|"];
/// Rows that must agree.
const ROWS: usize = 20;

/// The delimiter of a file in which no comma parts anything, and another one parts every row into as many fields.
pub fn other_delimiter(start: &[u8], is_whole: bool) -> Option<Delimiter> {
    let text = String::from_utf8_lossy(start);
    if widths(&text, is_whole, Delimiter::COMMA).iter().any(|width| *width > 1) {
        return None;
    }
    let parts_all = |delimiter: &&&str| {
        let widths = widths(&text, is_whole, delimiter);
        widths.first().is_some_and(|first| *first > 1 && widths.iter().all(|width| width == first))
    };
    OTHERS.iter().find(parts_all).and_then(|delimiter| Delimiter::parse(delimiter).ok())
}

fn widths(text: &str, is_whole: bool, delimiter: &str) -> Vec<usize> {
    let dialect = Dialect { delimiter, quoting: Quoting::Doubled('"') };
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut widths = Vec::new();
    while widths.len() < ROWS
        && let Some((row, behind)) = first_row(rest, is_whole, &dialect)
    {
        if let (false, Ok(found)) = (row.is_empty(), fields(row, &dialect)) {
            widths.push(found.len());
        }
        rest = behind;
    }
    widths
}

/// As a table config writes it.
pub fn written(delimiter: &Delimiter) -> String {
    let spelt = |character: char| match character {
        '\t' => r"\t".to_owned(),
        _ if character.is_ascii_graphic() => character.to_string(),
        _ => format!(r"\{:03o}", u32::from(character)),
    };
    scalar(&delimiter.as_str().chars().map(spelt).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_delimiter_is_taken_only_where_all_rows_agree_on_it_and_no_comma_parts_any() {
        for (text, expected) in [
            ("a;b\n1;2\n", Some("';'")),
            ("a\tb\n1\t2\n", Some(r"'\t'")),
            ("a|b\n1|2\n", Some("'|'")),
            ("a;b\n1;2;3\n", None),
            ("a;b,c\n1;2\n", None),
            ("a\n1\n", None),
            ("a;b\n\"1;1\";2\n\n", Some("';'")),
        ] {
            assert_eq!(
                other_delimiter(text.as_bytes(), true).as_ref().map(written).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_delimiter_is_written_as_it_is_read() {
        for text in [";", "\t", "|~|", "\u{1}", " ", "'", "\\001"] {
            let delimiter = Delimiter::parse(text).unwrap();
            let written = written(&delimiter);
            let bare = written.trim_matches('\'').replace("''", "'");
            let bare = if text == "'" { "'".to_owned() } else { bare };
            assert_eq!(Delimiter::parse(&bare).unwrap(), delimiter, "{written}");
        }
    }
}
