//! ESCAPE and REMOVEQUOTES: delimited fields in which a backslash, or quotes around the field, take a delimiter's meaning
//! away [DG copy-parameters-data-conversion].

use std::borrow::Cow;

use super::{Values, extra};
use crate::copy::load_error::Reject;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    pub delimiter: u8,
    pub escape: bool,
    pub remove_quotes: bool,
}

pub(crate) fn fields<'a>(
    row: &'a str,
    marks: Marks,
    width: usize,
    null_as: &str,
) -> Result<Values<'a>, Reject> {
    let mut values = Vec::with_capacity(width);
    let mut rest = row;
    loop {
        let quote = rest.bytes().next().filter(|first| marks.remove_quotes && matches!(first, b'"' | b'\''));
        let (field, after) = match quote {
            Some(quote) => {
                let missing = || Reject::new(1214, "Delimited value missing end quote");
                let body = rest.strip_prefix(char::from(quote)).unwrap_or_default();
                let end = closing(body, quote, marks).ok_or_else(missing)?;
                let (field, after) = body.split_at_checked(end).ok_or_else(missing)?;
                (field, after.strip_prefix(char::from(quote)).unwrap_or_default())
            }
            None => rest.split_at_checked(delimiter_in(rest, marks)).unwrap_or((rest, "")),
        };
        let value = if marks.escape { unescaped(field) } else { Cow::Borrowed(field) };
        // The text for NULL may be escaped itself: \N and \\N are the same.
        values.push((field != null_as && value != null_as).then_some(value));
        let Some(after) = after.strip_prefix(char::from(marks.delimiter)) else { return Ok(values) };
        if values.len() == width {
            return if after.is_empty() { Ok(values) } else { Err(extra(row.len() - after.len())) };
        }
        rest = after;
    }
}

/// Where the delimiter stands that ends the field, or the row does.
fn delimiter_in(text: &str, marks: Marks) -> usize {
    unescaped_marks(text, marks.delimiter, marks.escape).next().unwrap_or(text.len())
}

/// The quote that closes the field: the first with a delimiter, or nothing, behind it.
fn closing(body: &str, quote: u8, marks: Marks) -> Option<usize> {
    unescaped_marks(body, quote, marks.escape)
        .find(|at| body.as_bytes().get(at + 1).is_none_or(|next| *next == marks.delimiter))
}

/// Where `mark` stands without a backslash before it.
fn unescaped_marks(text: &str, mark: u8, escape: bool) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let found = if escape { memchr::memchr2(b'\\', mark, rest) } else { memchr::memchr(mark, rest) }?;
            let place = at + found;
            if escape && bytes[place] == b'\\' {
                at = place + 2;
            } else {
                at = place + 1;
                return Some(place);
            }
        }
    })
}

fn unescaped(field: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', field.as_bytes()).is_none() {
        return Cow::Borrowed(field);
    }
    let mut value = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        value.push(escaped.unwrap_or(character));
    }
    Cow::Owned(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(row: &str, escape: bool, remove_quotes: bool, width: usize) -> String {
        match fields(row, Marks { delimiter: b'|', escape, remove_quotes }, width, "\\N") {
            Ok(values) => format!("{values:?}"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    #[test]
    fn escape_loads_the_next_character_as_it_is() {
        assert_eq!(cut(r"a\|b|c\\d|\n", true, false, 3), r#"[Some("a|b"), Some("c\\d"), Some("n")]"#);
        assert_eq!(cut(r"\N|\\N|N", true, false, 3), r#"[None, None, Some("N")]"#);
    }

    #[test]
    fn removequotes_takes_the_outer_quotes_and_keeps_what_is_inside() {
        let removed = |row| cut(row, false, true, 1);
        assert_eq!(removed("\"a pipe (|) b\""), r#"[Some("a pipe (|) b")]"#);
        assert_eq!(removed("'Black'"), r#"[Some("Black")]"#);
        assert_eq!(removed("Blue'"), r#"[Some("Blue'")]"#);
        assert_eq!(removed("' 'Black' '"), r#"[Some(" 'Black' ")]"#);
        assert_eq!(removed("'Blue"), "1214 Delimited value missing end quote");
        assert_eq!(cut(r"\'a\'|'b\'|c'", true, true, 2), r#"[Some("'a'"), Some("b'|c")]"#);
    }
}
