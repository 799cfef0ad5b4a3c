//! Files of JSON paths, by which COPY finds the values of its columns [DG copy-usage_notes-copy-from-json]: reading a
//! producer's, writing our own.

use serde::{Deserialize, Serialize};

/// The path of the whole object, which a SUPER column takes [DG `copy_json`].
const WHOLE: &str = "$";

#[derive(Serialize, Deserialize)]
struct Paths {
    jsonpaths: Vec<String>,
}

/// The paths, in their order. With another key at the top COPY would take the file for `auto`, and say nothing
/// (redshift-facts 1.4).
///
/// # Errors
/// When `text` is no such file.
pub fn parse(text: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    serde_json::from_slice(text).map(|Paths { jsonpaths }| jsonpaths)
}

/// The text of a file with the paths of these keys, and behind them that of the whole object.
pub fn render(keys: &[String]) -> String {
    let keys = keys.iter().map(|key| format!("$['{key}']"));
    let jsonpaths = keys.chain([WHOLE.to_owned()]).collect();
    serde_json::to_string_pretty(&Paths { jsonpaths }).expect("strings are always JSON")
}

/// Whether a key can stand between the quotes of a path. How COPY reads a backslash there is not documented.
pub fn can_name(key: &str) -> bool {
    !key.contains(['\'', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_with_the_whole_object_last() {
        let text = render(&["id".to_owned(), "a \"b\"".to_owned()]);
        assert_eq!(parse(text.as_bytes()).unwrap(), ["$['id']", "$['a \"b\"']", "$"]);
    }

    #[test]
    fn a_file_with_another_key_at_the_top_is_no_file_of_paths() {
        assert!(parse(br#"{"paths": ["$.a"]}"#).is_err());
        assert!(parse(br#"{"jsonpaths": [1]}"#).is_err());
        assert!(parse(b"[]").is_err());
    }
}
