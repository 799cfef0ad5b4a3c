//! Rows of fields by their place: DELIMITER, CSV and FIXEDWIDTH (fact 1.4).

pub(crate) mod csv;
pub(crate) mod escaped;
pub(crate) mod fixed;
pub(crate) mod lines;

use std::borrow::Cow;

use super::broken::Broken;
use super::column_kind::ColumnKind;
use super::grammar::format::Format;
use super::grammar::options::Options;
use super::input::window::Window;
use super::load_error::Reject;
use super::row::RowSink;
use super::target::Column;
use super::utf8::{otherwise, text};
use lines::{Newline, next_row};

/// The values of a row; NULL is `None`.
pub(crate) type Values<'a> = Vec<Option<Cow<'a, str>>>;

/// Decodes one object of S3.
pub(crate) fn decode(
    file: &str,
    format: &Format,
    mut line: u64,
    window: &mut Window<'_>,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    let newline = match *format {
        Format::Csv { quote, .. } => Newline::OutsideOf(quote),
        Format::Delimited { escape: true, .. } => Newline::Unescaped,
        _ => Newline::Always,
    };
    while let Some(length) = next_row(window, newline)? {
        let whole = &window.bytes()[..length];
        let row = whole.strip_suffix(b"\n").unwrap_or(whole);
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        let blank = sink.options().ignore_blank_lines && row.trim_ascii().is_empty();
        if !blank {
            decode_row(row, format, file, line, sink)?;
        }
        line += memchr::memchr_iter(b'\n', whole).count() as u64;
        window.advance(length);
    }
    Ok(())
}

fn decode_row(row: &[u8], format: &Format, file: &str, line: u64, sink: &mut RowSink) -> Result<(), Broken> {
    let longest = sink.longest_row();
    if row.len() > longest.bytes() {
        let reason = format!("Input line is not valid: longer than {} MB", longest.megabytes());
        let reject = Reject::new(1216, reason);
        return Ok(sink.bad_row(file, line, row, reject)?);
    }
    let text = match text(row, sink.options()) {
        Ok(text) => text,
        Err(reject) => return Ok(sink.bad_row(file, line, row, reject)?),
    };
    let is_changed = matches!(text, Cow::Owned(_));
    match fields(&text, format, sink.columns(), sink.options()) {
        Ok(values) if is_changed => {
            let other = otherwise(row, sink.options());
            let others = fields(&other, format, sink.columns(), sink.options()).unwrap_or_default();
            Ok(sink.row_with_replacements(file, line, row, &values, &others)?)
        }
        Ok(values) => Ok(sink.row(file, line, row, &values)?),
        Err(reject) => Ok(sink.bad_row(file, line, row, reject)?),
    }
}

/// The values of a row, one per column.
fn fields<'a>(
    row: &'a str,
    format: &Format,
    columns: &[Column],
    options: &Options,
) -> Result<Values<'a>, Reject> {
    let width = columns.len();
    let null_as = options.null_as.as_str();
    let mut values = match *format {
        Format::Csv { delimiter, quote } => csv::fields(row, (delimiter, quote), width, null_as)?,
        Format::FixedWidth(ref widths) => fixed::fields(row, widths, null_as)?,
        Format::Delimited { delimiter, escape, remove_quotes } if escape || remove_quotes => {
            escaped::fields(row, escaped::Marks { delimiter, escape, remove_quotes }, width, null_as)?
        }
        Format::Delimited { delimiter, .. } => plain(row, delimiter, width, null_as)?,
        _ => Vec::new(),
    };
    if options.fill_record {
        // A missing text is empty, not NULL, unless EMPTYASNULL makes it so (fact 1.6).
        let missing = columns.get(values.len()..).unwrap_or_default();
        let empty =
            |column: &Column| matches!(column.kind, ColumnKind::Varchar { .. }).then_some(Cow::Borrowed(""));
        values.extend(missing.iter().map(empty));
    }
    if values.len() < width {
        return Err(match format {
            Format::FixedWidth(_) => Reject::new(1203, "Input row has fewer columns than expected"),
            _ => Reject::new(1214, "Delimiter not found"),
        }
        .at(row.len()));
    }
    Ok(values)
}

/// Fields between delimiters, and nothing else. The last may be followed by a delimiter too [DG t_preparing-input-data].
fn plain<'a>(row: &'a str, delimiter: u8, width: usize, null_as: &str) -> Result<Values<'a>, Reject> {
    let mut values = Vec::with_capacity(width);
    let mut rest = row;
    loop {
        let end = memchr::memchr(delimiter, rest.as_bytes());
        let (field, after) = end.and_then(|end| rest.split_at_checked(end)).unwrap_or((rest, ""));
        values.push((field != null_as).then_some(Cow::Borrowed(field)));
        let Some(after) = after.strip_prefix(char::from(delimiter)) else { return Ok(values) };
        if values.len() == width {
            return if after.is_empty() { Ok(values) } else { Err(extra(row.len() - after.len())) };
        }
        rest = after;
    }
}

fn extra(position: usize) -> Reject {
    Reject::new(1202, "Extra column(s) found").at(position)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    fn cut(row: &str, format: &Format, width: usize, options: &Options) -> String {
        let column = Column {
            name: "c".to_owned(),
            kind: ColumnKind::Varchar { length: 9 },
            not_null: false,
            default: None,
        };
        match fields(row, format, &vec![column; width], options) {
            Ok(values) => format!("{values:?}"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    #[test]
    fn delimited_fields_know_no_quotes() {
        let pipe = |row| cut(row, &Format::default(), 3, &Options::default());
        assert_eq!(pipe("\"a|b\"|\\N"), r#"[Some("\"a"), Some("b\""), None]"#);
        assert_eq!(pipe("a|b"), "1214 Delimiter not found");
        assert_eq!(pipe("a|b|c|"), r#"[Some("a"), Some("b"), Some("c")]"#);
        assert_eq!(pipe("a|b|c|d"), "1202 Extra column(s) found");
    }

    #[test]
    fn fillrecord_fills_missing_text_with_empty_text() {
        let filling = Options { fill_record: true, ..Options::default() };
        assert_eq!(cut("a", &Format::default(), 3, &filling), r#"[Some("a"), Some(""), Some("")]"#);
        assert_eq!(
            cut("a|b", &Format::FixedWidth(vec![1, 2]), 3, &filling),
            r#"[Some("a"), Some("|b"), Some("")]"#
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_row_makes_a_cutter_panic(row in "[a\"',|é \\\\\n]{0,30}", width in 0_usize..5) {
            let formats = [
                Format::default(),
                Format::Delimited { delimiter: b'|', escape: true, remove_quotes: false },
                Format::Delimited { delimiter: b'|', escape: true, remove_quotes: true },
                Format::Delimited { delimiter: b',', escape: false, remove_quotes: true },
                Format::Csv { delimiter: b',', quote: b'"' },
                Format::FixedWidth(vec![1, 3, 2]),
            ];
            for format in formats {
                drop(cut(&row, &format, width, &Options::default()));
            }
        }
    }
}
