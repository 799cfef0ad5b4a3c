//! The keys of the JSON objects with which files begin.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::source::head::value_kind::ValueKind;
use crate::source::head::{LONGEST_NAME, NAMES};

/// What the objects of one head or of several have for keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Keys of the objects themselves, not of what is nested in them, in the order in which they are met; at most
    /// [`NAMES`], each cut to [`LONGEST_NAME`].
    pub found: IndexMap<String, Key>,
    /// Whether there were more of them.
    pub are_more: bool,
}

/// One key, in whatever objects it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub kind: ValueKind,
    /// The number of the first head that has it, as the caller counts.
    pub head: usize,
}

impl Keys {
    /// Adds the keys in the unpacked beginning of a file, of which the last object may be cut. False when not all of them can
    /// be seen: when there is none, or something that is no JSON here, which COPY may take all the same. The look goes on in
    /// the line behind it.
    pub fn look(&mut self, head: usize, start: &[u8]) -> bool {
        let mut rest = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let (mut has_any, mut is_sound) = (false, true);
        loop {
            match self.look_until_broken(head, rest, &mut has_any) {
                Ok(()) => return has_any && is_sound,
                Err(error) if error.is_eof() => return has_any && is_sound,
                Err(error) => {
                    is_sound = false;
                    let behind = rest.split_inclusive(|byte| *byte == b'\n').take(error.line());
                    rest = rest.get(behind.map(<[u8]>::len).sum()..).unwrap_or_default();
                }
            }
        }
    }

    fn look_until_broken(
        &mut self,
        head: usize,
        start: &[u8],
        has_any: &mut bool,
    ) -> Result<(), serde_json::Error> {
        let mut ahead = serde_json::Deserializer::from_slice(start);
        // An error: there is more than blanks.
        while ahead.end().is_err() {
            let mut met = 0;
            let document = OneDocument { keys: self, head, met: &mut met };
            let read = ahead.deserialize_any(document);
            *has_any |= read.is_ok() || met > 0;
            read?;
        }
        Ok(())
    }

    fn note(&mut self, mut name: String, kind: ValueKind, head: usize) {
        name.truncate(name.floor_char_boundary(LONGEST_NAME));
        if let Some(known) = self.found.get_mut(&name) {
            known.kind = known.kind.join(kind);
        } else if self.found.len() < NAMES {
            self.found.insert(name, Key { kind, head });
        } else {
            self.are_more = true;
        }
    }
}

struct OneDocument<'a> {
    keys: &'a mut Keys,
    head: usize,
    /// Keys of the document that were read with their values.
    met: &'a mut usize,
}

impl<'de> Visitor<'de> for OneDocument<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, kind)) = map.next_entry::<String, ValueKind>()? {
            *self.met += 1;
            self.keys.note(name, kind, self.head);
        }
        Ok(())
    }

    /// Its values find their columns by `json_paths`: there are no keys.
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(starts: &[&str]) -> String {
        let mut keys = Keys::default();
        let any: Vec<bool> =
            starts.iter().enumerate().map(|(head, start)| keys.look(head, start.as_bytes())).collect();
        let names = keys.found.iter().map(|(name, key)| match key.head {
            0 => name.clone(),
            head => format!("{name}@{head}"),
        });
        format!("{any:?}: {}", names.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn keys_are_taken_in_the_order_in_which_they_are_met() {
        for (start, expected) in [
            (r#"{"id": 1, "at": {"x": 1}} {"id": 2, "new": null}"#, "[true]: id,at,new"),
            ("\u{feff}{\"ID\": 1}\r\n{\"id\": 2}\r\n", "[true]: ID,id"),
            (r#"{"a\u0020b": 1, "ä": [{"c": 1}]}"#, "[true]: a b,ä"),
            (r#"[1, {"a": 2}] [3]"#, "[true]: "),
            ("{} {}", "[true]: "),
            ("{\"a\": 1}, {\"b\": 2}", "[false]: a"),
            ("id,name\n", "[false]: "),
            ("", "[false]: "),
        ] {
            assert_eq!(told(&[start]), expected, "{start}");
        }
    }

    #[test]
    fn an_object_that_is_cut_tells_of_the_values_before_the_cut() {
        assert_eq!(told(&["{\"id\": 1}\n{\"id\": 2, \"new\": 3, \"cut\": \"a"]), "[true]: id,new");
        assert_eq!(told(&["{\"id\": 1, \"long\": \"aaaaaa"]), "[true]: id");
        assert_eq!(told(&["{\"long\": \"aaaaaa"]), "[false]: ");
    }

    #[test]
    fn behind_what_is_no_json_the_look_goes_on_and_not_all_is_seen() {
        let latin = b"{\"a\": \"\xe4\"}\n{\"b\": 1}\n";
        let mut keys = Keys::default();
        assert!(!keys.look(0, latin));
        assert!(keys.found.contains_key("b"));
        for broken in ["{\"a\": 1e999}\n{\"b\": 1}", "{\"a\": \"\\ud800\"}\n{\"b\": 1}", "x\n{\"b\": 1}"] {
            assert!(told(&[broken]).starts_with("[false]: ") && told(&[broken]).ends_with('b'), "{broken}");
        }
    }

    #[test]
    fn keys_of_several_files_are_told_once_with_the_first_file() {
        assert_eq!(
            told(&["{\"id\": 1}", "{\"id\": 1, \"b\": 2}", "{\"b\": 1, \"c\": 2}"]),
            "[true, true, true]: id,b@1,c@2"
        );
    }

    #[test]
    fn names_are_bounded_whether_in_one_object_or_in_many() {
        let one = (0..=NAMES).map(|n| format!("\"k{n}\": 1")).collect::<Vec<_>>().join(",");
        let many: String = (0..=NAMES).map(|n| format!("{{\"k{n}\": 1}}")).collect();
        for start in [format!("{{{one}}}"), many] {
            let mut keys = Keys::default();
            keys.look(0, start.as_bytes());
            assert_eq!((keys.found.len(), keys.are_more), (NAMES, true));
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(told(&[&deep]), "[true]: a");
        drop(told(&[&"[".repeat(200_000)]));
    }

    proptest! {
        #[test]
        fn no_head_makes_it_panic(start in prop_oneof![any::<Vec<u8>>(), r#"[\{\}\[\]",:a1\\ ]{0,60}"#.prop_map(String::into_bytes)]) {
            Keys::default().look(0, &start);
        }
    }
}
