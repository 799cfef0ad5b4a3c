//! The keys of the JSON objects with which a file begins.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::source::head::NAMES;

/// What the objects of a head have in common and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Keys of the objects themselves, not of what is nested in them; in the order in which they are met, each once.
    pub names: Vec<String>,
    /// Whole objects that were looked at.
    pub objects: usize,
    /// Whether there were more names than are taken.
    pub are_more: bool,
}

/// The keys of the whole objects in the unpacked beginning of a file. What is broken, or no object, ends the look: COPY
/// tells of it.
pub fn keys(start: &[u8]) -> Keys {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let mut ahead = serde_json::Deserializer::from_slice(start);
    let (mut keys, mut seen) = (Keys::default(), HashSet::new());
    // An error: there is more than blanks.
    while ahead.end().is_err() {
        let Ok(Found { names, are_more }) = ahead.deserialize_any(OneDocument) else { break };
        keys.objects += 1;
        keys.are_more |= are_more;
        for name in names {
            if seen.contains(&name) {
                continue;
            }
            if keys.names.len() == NAMES {
                keys.are_more = true;
                continue;
            }
            seen.insert(name.clone());
            keys.names.push(name);
        }
    }
    keys
}

struct OneDocument;

struct Found {
    names: Vec<String>,
    are_more: bool,
}

impl<'de> Visitor<'de> for OneDocument {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found { names: Vec::new(), are_more: false };
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            if found.names.len() < NAMES { found.names.push(name) } else { found.are_more = true }
        }
        Ok(found)
    }

    /// Its values find their columns by `json_paths`: there are no keys.
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Found, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found { names: Vec::new(), are_more: false })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(start: &str) -> String {
        let Keys { names, objects, .. } = keys(start.as_bytes());
        format!("{objects}: {}", names.join(","))
    }

    #[test]
    fn keys_are_taken_of_whole_objects_in_the_order_in_which_they_are_met() {
        for (start, expected) in [
            (r#"{"id": 1, "at": {"x": 1}} {"id": 2, "new": null}"#, "2: id,at,new"),
            ("{\"id\": 1}\n{\"id\": 2, \"cut\": \"a", "1: id"),
            ("\u{feff}{\"ID\": 1}\r\n{\"id\": 2}\r\n", "2: ID,id"),
            (r#"{"a\u0020b": 1, "ä": [{"c": 1}]}"#, "1: a b,ä"),
            (r#"[1, {"a": 2}] [3]"#, "2: "),
            ("{} {}", "2: "),
            ("{\"a\": 1}, {\"b\": 2}", "1: a"),
            ("id,name\n", "0: "),
            ("", "0: "),
        ] {
            assert_eq!(told(start), expected, "{start}");
        }
    }

    #[test]
    fn names_are_bounded_whether_in_one_object_or_in_many() {
        let one = (0..=NAMES).map(|n| format!("\"k{n}\": 1")).collect::<Vec<_>>().join(",");
        let many: String = (0..=NAMES).map(|n| format!("{{\"k{n}\": 1}}")).collect();
        for start in [format!("{{{one}}}"), many] {
            let keys = keys(start.as_bytes());
            assert_eq!((keys.names.len(), keys.are_more), (NAMES, true));
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(told(&deep), "1: a");
        drop(told(&"[".repeat(200_000)));
    }

    proptest! {
        #[test]
        fn no_head_makes_it_panic(start in prop_oneof![any::<Vec<u8>>(), r#"[\{\}\[\]",:a1\\ ]{0,60}"#.prop_map(String::into_bytes)]) {
            drop(keys(&start));
        }
    }
}
