//! SUPER: any JSON, kept without the blanks between its tokens.

use serde::de::IgnoredAny;

use crate::copy::load_error::Reject;

/// PostgreSQL's own parser goes as deep as its stack; Redshift's limit is of this size.
const DEEPEST: usize = 1_000;

/// Bytes of a string in a SUPER, as long as nobody has opted in to large ones (fact 1.11).
const LONGEST_STRING: usize = 65_535;

pub(crate) fn write(value: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
    let invalid =
        |reason: String, at| Reject::new(1224, format!("Invalid JSON format for SUPER: {reason}")).at(at);
    if let Err(error) = serde_json::from_str::<IgnoredAny>(value) {
        return Err(invalid(error.to_string(), error.column()));
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut string_from = 0;
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' if in_string => {
                in_string = false;
                if is_too_long(value.get(string_from..=at).unwrap_or_default()) {
                    return Err(Reject::new(
                        1224,
                        format!("String value exceeds the max size of {LONGEST_STRING} bytes"),
                    )
                    .at(string_from));
                }
            }
            b'"' => (in_string, string_from) = (true, at),
            _ if in_string => {}
            b'{' | b'[' if depth == DEEPEST => return Err(invalid("nested too deep".to_owned(), at)),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if in_string || !byte.is_ascii_whitespace() {
            // A control character in a string is no JSON, so only the backslash needs an escape of PostgreSQL's.
            if byte == b'\\' {
                out.push(b'\\');
            }
            out.push(byte);
        }
    }
    Ok(())
}

/// Whether a string in quotes is, without its escapes.
fn is_too_long(string: &str) -> bool {
    // Escapes only make it longer.
    string.len() - 2 > LONGEST_STRING
        && serde_json::from_str::<String>(string).is_ok_and(|text| text.len() > LONGEST_STRING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str) -> String {
        let mut out = Vec::new();
        match write(value, &mut out) {
            Ok(()) => String::from_utf8(out).expect("text in, text out"),
            Err(reject) => format!("{} {}", reject.code, reject.position),
        }
    }

    #[test]
    fn a_string_of_more_than_65535_bytes_is_refused_wherever_it_stands() {
        let string = |length| format!("\"{}\"", "x".repeat(length));
        assert_eq!(written(&string(LONGEST_STRING)).len(), LONGEST_STRING + 2);
        assert_eq!(written(&string(LONGEST_STRING + 1)), "1224 0");
        assert_eq!(written(&format!("{{\"a\": {}}}", string(70_000))), "1224 6");
        // 40,000 bytes, and twice as many with their escapes.
        assert!(written(&format!("\"{}\"", "\\n".repeat(40_000))).len() > 80_000);
    }

    #[test]
    fn json_loses_the_blanks_between_its_tokens_only() {
        assert_eq!(written(r#" { "a b" : [ 1, "x\n\"y" ] } "#), r#"{"a b":[1,"x\\n\\"y"]}"#);
        assert_eq!(written("\"text\""), "\"text\"");
        assert_eq!(written("{\"a\":}"), "1224 6");
        assert!(written(&"[".repeat(2_000)).starts_with("1224"));
        assert!(written(&("[".repeat(2_000) + &"]".repeat(2_000))).starts_with("1224 1000"));
    }
}
