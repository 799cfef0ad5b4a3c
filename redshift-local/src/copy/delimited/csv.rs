//! CSV: fields that may stand in quotes, inside of which nothing but the quote means anything.

use std::borrow::Cow;

use super::{Values, extra};
use crate::copy::load_error::Reject;

pub(crate) fn fields<'a>(
    row: &'a str,
    (delimiter, quote): (u8, u8),
    width: usize,
    null_as: &str,
) -> Result<Values<'a>, Reject> {
    let mut values = Vec::with_capacity(width);
    let mut rest = Some(row);
    while let Some(ahead) = rest {
        if values.len() == width {
            return Err(extra(row.len() - ahead.len()));
        }
        // Blanks around the quotes are no part of the field [DG copy-parameters-data-format].
        let inner = skip_blanks(ahead, delimiter);
        let (value, after) = match inner.strip_prefix(char::from(quote)) {
            Some(body) => {
                let (field, after) = quoted(body, quote, delimiter)?;
                (Some(field), after)
            }
            None => {
                let end = memchr::memchr2(delimiter, quote, ahead.as_bytes()).unwrap_or(ahead.len());
                let (field, after) = ahead.split_at_checked(end).ok_or_else(malformed)?;
                let after = match after.as_bytes().first() {
                    Some(&mark) if mark == quote => return Err(malformed()),
                    _ => after.strip_prefix(char::from(delimiter)),
                };
                ((field != null_as).then_some(Cow::Borrowed(field)), after)
            }
        };
        values.push(value);
        rest = after;
    }
    Ok(values)
}

fn skip_blanks(text: &str, delimiter: u8) -> &str {
    text.trim_start_matches(|next: char| matches!(next, ' ' | '\t') && next != char::from(delimiter))
}

fn malformed() -> Reject {
    Reject::new(1214, "Invalid quote formatting for CSV")
}

/// What stands before the closing quote, doubled ones resolved, and what follows the next delimiter.
fn quoted(body: &str, quote: u8, delimiter: u8) -> Result<(Cow<'_, str>, Option<&str>), Reject> {
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
    let mark = char::from(quote);
    let rest = skip_blanks(rest.strip_prefix(mark).ok_or_else(malformed)?, delimiter);
    let after = rest.strip_prefix(char::from(delimiter));
    if after.is_none() && !rest.is_empty() {
        return Err(malformed());
    }
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
    use super::*;

    fn cut(row: &str, width: usize) -> String {
        match fields(row, (b',', b'"'), width, "\\N") {
            Ok(values) => format!("{values:?}"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    #[test]
    fn fields_may_hold_delimiters_quotes_and_newlines() {
        assert_eq!(cut(r#"a,"b,""c""",,\N"#, 4), r#"[Some("a"), Some("b,\"c\""), Some(""), None]"#);
        assert_eq!(cut("\"a\nb\",c", 2), r#"[Some("a\nb"), Some("c")]"#);
        assert_eq!(cut("a, \"b\" ,c", 3), r#"[Some("a"), Some("b"), Some("c")]"#);
        assert_eq!(cut("\"a\"b,c", 2), "1214 Invalid quote formatting for CSV");
        assert_eq!(cut("a\"b,c", 2), "1214 Invalid quote formatting for CSV");
    }
}
