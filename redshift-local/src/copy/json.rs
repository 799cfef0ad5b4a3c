//! JSON 'auto': a stream of objects, whose keys are column names as they are written (facts 1.4, 0.17).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::broken::Broken;
use super::input::{LONGEST_ROW, Window};
use super::load_error::Reject;
use super::row::{RowSink, text};

/// Decodes one object of S3.
pub(crate) fn decode(file: &str, window: &mut Window<'_>, sink: &mut RowSink) -> Result<(), Broken> {
    let places: HashMap<String, usize> =
        sink.columns().iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
    let mut line = 1;
    loop {
        let Some(length) = next_document(window, &mut line)? else { return Ok(()) };
        let raw = &window.bytes()[..length];
        let first_line = line;
        line += newlines(raw);
        match text(raw, sink.options())
            .and_then(|text| decode_document(&text, &places, file, first_line, raw, sink))
        {
            Ok(outcome) => outcome?,
            Err(reject) => sink.bad_row(file, first_line, raw, reject)?,
        }
        window.advance(length);
    }
}

fn newlines(raw: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', raw).count() as u64
}

/// Brings the next document to the front of the window whole; its length, or `None` at the end of the object.
fn next_document(window: &mut Window<'_>, line: &mut u64) -> io::Result<Option<usize>> {
    loop {
        let blank = window.bytes().iter().position(|byte| !byte.is_ascii_whitespace());
        let skipped = blank.unwrap_or(window.bytes().len());
        *line += newlines(&window.bytes()[..skipped]);
        window.advance(skipped);
        if blank.is_some() {
            break;
        }
        if !window.extend()? {
            return Ok(None);
        }
    }
    let mut scan = Scan::default();
    loop {
        if let Some(length) = scan.end(window.bytes()) {
            return Ok(Some(length));
        }
        // What is longer than a row may be, or never closed, is one bad row.
        if scan.at > LONGEST_ROW || !window.extend()? {
            return Ok(Some(scan.at.min(window.bytes().len())));
        }
    }
}

/// How far the search for a document's end has come.
#[derive(Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_string: bool,
}

impl Scan {
    /// The length of the document, once its end is among the bytes.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while self.at < bytes.len() {
            if self.in_string {
                let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[self.at..]) else {
                    self.at = bytes.len();
                    return None;
                };
                let at = self.at + found;
                if bytes[at] == b'\\' {
                    if at + 1 == bytes.len() {
                        // Seen again together with the character it escapes.
                        self.at = at;
                        return None;
                    }
                    self.at = at + 2;
                } else {
                    self.at = at + 1;
                    self.in_string = false;
                }
                continue;
            }
            let byte = bytes[self.at];
            self.at += 1;
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                // Outside of any object: text that is no JSON, up to the end of its line.
                b'\n' if self.depth == 0 => return Some(self.at),
                _ => {}
            }
        }
        None
    }
}

/// `Ok(outcome)` is what became of the row, `Err` that it is no row at all.
fn decode_document(
    document: &str,
    places: &HashMap<String, usize>,
    file: &str,
    line: u64,
    raw: &[u8],
    sink: &mut RowSink,
) -> Result<Result<(), super::row::Stop>, Reject> {
    if document.len() > LONGEST_ROW {
        return Err(Reject::new(1216, "Input line is not valid: the JSON object is longer than 4 MB"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(document);
    let values = Row { places }.deserialize(&mut deserializer).map_err(|error| not_json(&error))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    let values =
        values.into_iter().map(|value| value.map_or(Ok(None), plain)).collect::<Result<Vec<_>, _>>()?;
    Ok(sink.row(file, line, raw, &values))
}

fn not_json(error: &serde_json::Error) -> Reject {
    Reject::new(1216, format!("Invalid JSON object: {error}")).at(error.column())
}

/// What a column sees of a JSON value: a string's characters, anything else as it is written, nested JSON included.
fn plain(value: &RawValue) -> Result<Option<Cow<'_, str>>, Reject> {
    let written = value.get();
    match written.as_bytes().first() {
        Some(b'"') if memchr::memchr(b'\\', written.as_bytes()).is_none() => {
            let inner = written.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
            Ok(Some(Cow::Borrowed(inner.unwrap_or_default())))
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(written).map_err(|error| not_json(&error))?;
            Ok(Some(Cow::Owned(text)))
        }
        Some(b'n') => Ok(None),
        _ => Ok(Some(Cow::Borrowed(written))),
    }
}

/// Collects the values of the columns; other keys are passed over, absent ones are NULL.
struct Row<'p> {
    places: &'p HashMap<String, usize>,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.places.len()];
        while let Some(Key(key)) = map.next_key()? {
            match self.places.get(key.as_ref()) {
                Some(&place) => values[place] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(values)
    }
}

/// A key, borrowed from the document unless it has escapes in it.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    fn documents(text: &str) -> Vec<(u64, String)> {
        let mut window = Window::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())));
        let mut line = 1;
        let mut found = Vec::new();
        while let Some(length) = next_document(&mut window, &mut line).expect("memory can be read") {
            let raw = window.bytes()[..length].to_vec();
            found.push((line, String::from_utf8_lossy(&raw).into_owned()));
            line += newlines(&raw);
            window.advance(length);
        }
        found
    }

    #[test]
    fn documents_are_cut_at_their_own_end_not_at_the_lines() {
        let found = documents("{\"a\": \"}\\\"{\"}{\"b\":\n[1,{}]}\n\n [1] \n{\"c\"");
        let expected = [(1, "{\"a\": \"}\\\"{\"}"), (1, "{\"b\":\n[1,{}]}"), (4, "[1]"), (5, "{\"c\"")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn text_that_is_no_json_is_one_document_per_line() {
        let found = documents("a,b\nc\n{}");
        assert_eq!(found, [(1, "a,b\n"), (2, "c\n"), (3, "{}")].map(|(line, text)| (line, text.to_owned())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_the_cutter_panic_or_stand_still(text in "[{}\\[\\]\"\\\\a,:\n ]{0,60}") {
            drop(documents(&text));
        }
    }
}
