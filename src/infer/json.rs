//! Rows of JSON: objects one after another.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::infer::value::Value;
use crate::infer::{ROWS, Sample};
use crate::model::count::counted;

/// The rows in the unpacked beginning of a file. `is_whole` says that it is all of the file; else the last object may be cut.
pub fn sample(start: &[u8], is_whole: bool) -> Sample {
    let mut sample = Sample::default();
    let mut broken = Broken::default();
    let mut rest = start;
    let mut line = 0;
    let mut arrays = 0;
    loop {
        match read_until_broken(&mut sample, &mut arrays, rest) {
            Ok(()) => break,
            Err(error) if error.is_eof() => {
                if is_whole {
                    broken.note(line + error.line());
                }
                break;
            }
            Err(error) => {
                broken.note(line + error.line());
                line += error.line();
                let behind = rest.split_inclusive(|byte| *byte == b'\n').take(error.line());
                rest = rest.get(behind.map(<[u8]>::len).sum()..).unwrap_or_default();
            }
        }
    }
    sample.remarks.extend(broken.remark());
    if arrays > 0 {
        let arrays = counted(arrays, "row");
        sample.remarks.push(format!(
            "{arrays} of arrays, whose values have no names: COPY finds them by `json_paths` only"
        ));
    }
    sample
}

fn read_until_broken(sample: &mut Sample, arrays: &mut u64, start: &[u8]) -> Result<(), serde_json::Error> {
    for row in serde_json::Deserializer::from_slice(start).into_iter::<Row<'_>>() {
        match row?.0 {
            Some(pairs) => take(sample, pairs),
            None => *arrays += 1,
        }
        if sample.rows == ROWS {
            break;
        }
    }
    Ok(())
}

/// A row is taken whole or not at all.
fn take(sample: &mut Sample, row: Vec<(String, &RawValue)>) {
    sample.rows += 1;
    let mut names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        sample.remark("a key stands twice in one object, and COPY takes one of its values");
    }
    for (name, raw) in row {
        let written = raw.get();
        let text = unquoted(written);
        if written.starts_with('"') && text.is_none() {
            sample.remark(r"a text has half of a surrogate pair, such as \ud800, which COPY refuses");
        }
        if let Some(field) = sample.field(&name) {
            field.add(match (written.as_bytes().first(), &text) {
                (Some(b'n'), _) => Value::Null,
                (Some(b't' | b'f'), _) => Value::Boolean,
                (Some(b'{' | b'['), _) => Value::Nested(written),
                (_, Some(text)) => Value::Text(text),
                (Some(b'"'), None) => Value::Text(written),
                (_, None) => Value::Number(written),
            });
        }
    }
}

/// The characters of a text; `None` for any other value.
fn unquoted(written: &str) -> Option<Cow<'_, str>> {
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        // It was read once, so it is sound.
        serde_json::from_str(written).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Rows that are no JSON.
#[derive(Default)]
struct Broken {
    count: u64,
    first_line: usize,
}

impl Broken {
    fn note(&mut self, line: usize) {
        if self.count == 0 {
            self.first_line = line;
        }
        self.count += 1;
    }

    fn remark(&self) -> Option<String> {
        let Self { count, first_line } = self;
        (*count > 0).then(|| {
            format!(
                "{} no JSON and passed over, the first in line {first_line}: COPY refuses such",
                counted(*count, "row")
            )
        })
    }
}

/// The pairs of an object; `None` for an array.
struct Row<'a>(Option<Vec<(String, &'a RawValue)>>);

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
        row.deserialize_any(OneRow)
    }
}

struct OneRow;

impl<'de> Visitor<'de> for OneRow {
    type Value = Row<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = Vec::new();
        while let Some(pair) = map.next_entry()? {
            row.push(pair);
        }
        Ok(Row(Some(row)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Row(None))
    }
}

#[cfg(test)]
mod tests;
