//! FIXEDWIDTH: fields of so many bytes, one behind the other.

use std::borrow::Cow;

use super::{Values, extra};
use crate::copy::load_error::Reject;

/// A row that ends early has fewer fields; the last of them may be shorter.
pub(crate) fn fields<'a>(row: &'a str, widths: &[usize], null_as: &str) -> Result<Values<'a>, Reject> {
    let mut values = Vec::with_capacity(widths.len());
    let mut rest = row;
    for width in widths {
        if rest.is_empty() {
            return Ok(values);
        }
        let position = row.len() - rest.len();
        let cut = rest.split_at_checked((*width).min(rest.len())).ok_or_else(|| {
            Reject::new(1220, "A multibyte character crosses the end of the field").at(position + width)
        });
        let (field, after) = cut?;
        values.push((field.trim_end() != null_as).then_some(Cow::Borrowed(field)));
        rest = after;
    }
    if rest.is_empty() { Ok(values) } else { Err(extra(row.len() - rest.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(row: &str) -> String {
        match fields(row, &[3, 2, 2], "\\N") {
            Ok(values) => format!("{values:?}"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    #[test]
    fn widths_are_bytes() {
        assert_eq!(cut("abc12\\N"), r#"[Some("abc"), Some("12"), None]"#);
        assert_eq!(cut("ä 12x"), r#"[Some("ä "), Some("12"), Some("x")]"#);
        assert_eq!(cut("abc"), r#"[Some("abc")]"#);
        assert_eq!(cut("abcdefgh"), "1202 Extra column(s) found");
        assert!(cut("abä").starts_with("1220"));
    }
}
