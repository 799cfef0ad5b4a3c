//! Keys as notifications write them: encoded as a form is (`application/x-www-form-urlencoded`), slashes left as they are.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// What S3 leaves as it is, besides letters and digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// The key; `None` when it is not UTF-8. A `%` that is not followed by two digits is one.
pub(super) fn decoded(text: &str) -> Option<String> {
    // Before the rest: a plus of the key itself is written `%2B`.
    let text = text.replace('+', " ");
    percent_decode(text.as_bytes()).decode_utf8().ok().map(Cow::into_owned)
}

/// As S3 writes it.
pub(super) fn encoded(key: &str) -> String {
    utf8_percent_encode(key, ENCODED).to_string().replace("%20", "+")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plus_is_a_blank_and_a_plus_of_the_key_is_encoded() {
        for (written, key) in [
            ("red+flower.jpg", "red flower.jpg"),
            ("a%2Bb", "a+b"),
            ("dt%3D2015-07-01/a.json.gz", "dt=2015-07-01/a.json.gz"),
            ("100%25+sure", "100% sure"),
            ("%C3%A4%E6%95%B0", "ä数"),
            ("a%252Fb", "a%2Fb"),
            ("50%", "50%"),
        ] {
            assert_eq!(decoded(written).as_deref(), Some(key), "{written}");
        }
        assert_eq!(decoded("%FF"), None);
    }

    #[test]
    fn a_key_is_written_as_s3_writes_it() {
        assert_eq!(encoded("raw/dt=2015-07-01/a b+c_ä*.json"), "raw/dt%3D2015-07-01/a+b%2Bc_%C3%A4*.json");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_key(key in any::<String>()) {
            prop_assert_eq!(decoded(&encoded(&key)), Some(key));
        }
    }
}
