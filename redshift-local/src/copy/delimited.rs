//! DELIMITER and CSV: rows of fields by their place (fact 1.4).

use std::borrow::Cow;
use std::io;

use super::broken::Broken;
use super::grammar::format::Format;
use super::grammar::options::Options;
use super::input::{LONGEST_ROW, Window};
use super::load_error::Reject;
use super::row::{RowSink, text};

/// How a file of fields is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub delimiter: u8,
    pub quote: Option<u8>,
}

impl Cut {
    pub(crate) fn of(format: &Format) -> Option<Self> {
        match *format {
            Format::Delimited { delimiter, .. } => Some(Self { delimiter, quote: None }),
            Format::Csv { delimiter, quote } => Some(Self { delimiter, quote: Some(quote) }),
            _ => None,
        }
    }
}

/// Decodes one object of S3.
pub(crate) fn decode(
    file: &str,
    cut: Cut,
    window: &mut Window<'_>,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    let mut line = 1;
    for _ in 0..sink.options().ignore_header {
        let Some(length) = next_row(window, None)? else { return Ok(()) };
        window.advance(length);
        line += 1;
    }
    while let Some(length) = next_row(window, cut.quote)? {
        let whole = &window.bytes()[..length];
        let row = whole.strip_suffix(b"\n").unwrap_or(whole);
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        let blank = sink.options().ignore_blank_lines && row.trim_ascii().is_empty();
        if !blank {
            decode_row(row, cut, file, line, sink)?;
        }
        line += memchr::memchr_iter(b'\n', whole).count() as u64;
        window.advance(length);
    }
    Ok(())
}

fn decode_row(row: &[u8], cut: Cut, file: &str, line: u64, sink: &mut RowSink) -> Result<(), Broken> {
    if row.len() > LONGEST_ROW {
        return Ok(sink.bad_row(
            file,
            line,
            row,
            Reject::new(1216, "Input line is not valid: longer than 4 MB"),
        )?);
    }
    let width = sink.columns().len();
    let text = match text(row, sink.options()) {
        Ok(text) => text,
        Err(reject) => return Ok(sink.bad_row(file, line, row, reject)?),
    };
    match fields(&text, cut, width, sink.options()) {
        Ok(values) => Ok(sink.row(file, line, row, &values)?),
        Err(reject) => Ok(sink.bad_row(file, line, row, reject)?),
    }
}

/// Brings the next row to the front of the window whole; its length with its newline, or `None` at the end.
fn next_row(window: &mut Window<'_>, quote: Option<u8>) -> io::Result<Option<usize>> {
    let mut at = 0;
    let mut quoted = false;
    loop {
        let bytes = window.bytes();
        while at < bytes.len() {
            let found = match quote {
                Some(quote) => memchr::memchr2(quote, b'\n', &bytes[at..]),
                None => memchr::memchr(b'\n', &bytes[at..]),
            };
            let Some(found) = found else {
                at = bytes.len();
                break;
            };
            at += found + 1;
            if bytes[at - 1] != b'\n' {
                quoted = !quoted;
            } else if !quoted {
                return Ok(Some(at));
            }
        }
        if at > LONGEST_ROW + 1 || !window.extend()? {
            return Ok((at > 0).then_some(at));
        }
    }
}

/// The values of a row, one per column.
fn fields<'a>(
    row: &'a str,
    cut: Cut,
    width: usize,
    options: &Options,
) -> Result<Vec<Option<Cow<'a, str>>>, Reject> {
    let mut values = Vec::with_capacity(width);
    let mut rest = Some(row);
    while let Some(ahead) = rest {
        if values.len() == width {
            return Err(Reject::new(1202, "Extra column(s) found").at(row.len() - ahead.len()));
        }
        let opens = cut.quote.filter(|&quote| ahead.as_bytes().first() == Some(&quote));
        let (field, after) = match opens {
            Some(quote) => quoted_field(ahead, quote, cut.delimiter)?,
            None => {
                let end = memchr::memchr(cut.delimiter, ahead.as_bytes());
                let (field, after) = end.and_then(|end| ahead.split_at_checked(end)).unwrap_or((ahead, ""));
                let after = end.map(|_| after.strip_prefix(char::from(cut.delimiter)).unwrap_or_default());
                (Cow::Borrowed(field), after)
            }
        };
        let null = opens.is_none() && field == options.null_as;
        values.push((!null).then_some(field));
        rest = after;
    }
    if values.len() < width {
        return Err(Reject::new(1214, "Delimiter not found").at(row.len()));
    }
    Ok(values)
}

/// A field in quotes, doubled ones resolved, and what follows its delimiter.
fn quoted_field(ahead: &str, quote: u8, delimiter: u8) -> Result<(Cow<'_, str>, Option<&str>), Reject> {
    let malformed = || Reject::new(1214, "Invalid quote formatting for CSV");
    let mark = char::from(quote);
    let body = ahead.strip_prefix(mark).ok_or_else(malformed)?;
    let mut at = 0;
    let mut doubled = false;
    let end = loop {
        let found = at + memchr::memchr(quote, &body.as_bytes()[at..]).ok_or_else(malformed)?;
        if body.as_bytes().get(found + 1) != Some(&quote) {
            break found;
        }
        doubled = true;
        at = found + 2;
    };
    let (field, rest) = body.split_at_checked(end).ok_or_else(malformed)?;
    let rest = rest.strip_prefix(mark).ok_or_else(malformed)?;
    let after = match rest.as_bytes().first() {
        None => None,
        Some(&next) if next == delimiter => {
            Some(rest.strip_prefix(char::from(delimiter)).unwrap_or_default())
        }
        Some(_) => return Err(malformed()),
    };
    let field = if doubled {
        let twice: String = [mark, mark].iter().collect();
        Cow::Owned(field.replace(&twice, mark.encode_utf8(&mut [0; 4])))
    } else {
        Cow::Borrowed(field)
    };
    Ok((field, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    const CSV: Cut = Cut { delimiter: b',', quote: Some(b'"') };
    const PIPE: Cut = Cut { delimiter: b'|', quote: None };

    fn cut(row: &str, cut: Cut, width: usize) -> String {
        match fields(row, cut, width, &Options::default()) {
            Ok(values) => format!("{values:?}"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    #[test]
    fn csv_fields_may_hold_delimiters_quotes_and_newlines() {
        assert_eq!(cut(r#"a,"b,""c""",,\N"#, CSV, 4), r#"[Some("a"), Some("b,\"c\""), Some(""), None]"#);
        assert_eq!(cut("\"a\nb\",c", CSV, 2), r#"[Some("a\nb"), Some("c")]"#);
        assert_eq!(cut("\"a\"b,c", CSV, 2), "1214 Invalid quote formatting for CSV");
    }

    #[test]
    fn delimited_fields_know_no_quotes() {
        assert_eq!(cut("\"a|b\"|\\N", PIPE, 3), r#"[Some("\"a"), Some("b\""), None]"#);
        assert_eq!(cut("a|b", PIPE, 3), "1214 Delimiter not found");
        assert_eq!(cut("a|b|c|", PIPE, 3), "1202 Extra column(s) found");
    }

    #[test]
    fn a_quoted_newline_does_not_end_the_row() {
        let mut window = Window::new(Box::new(io::Cursor::new(b"a,\"b\nc\"\nd,e".to_vec())));
        assert_eq!(next_row(&mut window, Some(b'"')).expect("memory can be read"), Some(8));
        window.advance(8);
        assert_eq!(next_row(&mut window, Some(b'"')).expect("memory can be read"), Some(3));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_row_makes_the_cutter_panic(row in "[a\",|é\\\\\n]{0,30}", width in 0_usize..5) {
            drop((cut(&row, CSV, width), cut(&row, PIPE, width)));
        }
    }
}
