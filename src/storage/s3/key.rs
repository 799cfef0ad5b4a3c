//! Keys as a listing spells them.
//!
//! XML 1.0 has no way to write most control characters, so a key with one would break the listing of its whole prefix.
//! `encoding-type=url` makes S3 write keys as forms are written: a space is `+`, a plus is `%2B`, other bytes are `%XX`
//! of UTF-8, and slashes stay. (API reference of `ListObjectsV2`; that the space is `+` was measured by others:
//! brekkylab/backlot #178. The stand-ins write `%20`, which reads the same.) Tokens of further pages are not encoded
//! (boto/botocore #1555).

use percent_encoding::percent_decode_str;

/// The key that is spelled `encoded`; `None` when it is no UTF-8 text, which no key of S3 can be.
pub(super) fn decoded(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_read_as_s3_spells_it() {
        let cases = [
            ("a+b.txt", "a b.txt"),
            ("a%20b.txt", "a b.txt"),
            ("a%2Bb.txt", "a+b.txt"),
            ("100%25.csv", "100%.csv"),
            ("a%252Bb", "a%2Bb"),
            ("%ED%95%9C/x", "한/x"),
            ("%01%0A", "\u{1}\n"),
        ];
        for (encoded, key) in cases {
            assert_eq!(decoded(encoded).as_deref(), Some(key), "{encoded}");
        }
        assert_eq!(decoded("%ff"), None);
    }

    proptest! {
        #[test]
        fn every_key_is_read_back(key: String) {
            let spelled = |byte: u8| match byte {
                b' ' => "+".to_owned(),
                byte if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            };
            let encoded: String = key.bytes().map(spelled).collect();
            prop_assert_eq!(decoded(&encoded), Some(key));
        }
    }
}
