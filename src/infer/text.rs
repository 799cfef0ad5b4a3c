//! Rows of CSV and of delimited files.

use crate::infer::value::{Look, Seen, Value};
use crate::infer::{ROWS, Sample};
use crate::model::copy_options::option::Encoding;
use crate::model::count::counted;
use crate::source::head::header::{Dialect, NoHeader, decoded, fields};
use crate::source::head::rows::first_row;

/// A text file, by its unpacked beginning.
#[derive(Debug, Clone, Copy)]
pub struct TextFile<'a> {
    pub start: &'a [u8],
    pub is_whole: bool,
    pub dialect: &'a Dialect<'a>,
    /// Lines that are skipped, of which the last may name the columns; `None` to guess whether there is such a line.
    pub ignore_header: Option<u64>,
}

/// The rows of a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSample {
    pub sample: Sample,
    /// Lines that are to be skipped.
    pub ignore_header: u64,
    /// Whether the last of them names the columns; else they are called by their place.
    pub has_names: bool,
}

/// Rows that a guess of the header looks at.
const GUESSED_BY: usize = 200;

/// # Errors
/// When the file is no such text, as a clause that follows its name.
pub fn sample(file: &TextFile<'_>) -> Result<TextSample, NoHeader> {
    let text = decoded(file.start, file.is_whole, Encoding::Utf8)?;
    let mut rows = Rows { rest: text.trim_start_matches('\u{feff}'), file, blank_lines: 0 };
    let mut first: Vec<Vec<String>> = rows.by_ref().take(GUESSED_BY).collect::<Result<_, _>>()?;
    let ignore_header = file.ignore_header.unwrap_or_else(|| u64::from(begins_with_names(&first)));
    let skipped = usize::try_from(ignore_header).unwrap_or(usize::MAX).min(first.len());
    let unnamed = first.split_off(skipped);
    let header = first.pop();
    let has_names = header.is_some();
    let names = header.unwrap_or_else(|| vec![String::new(); most_common_width(&unnamed)]);
    let mut taker = Taker::new(unique(&names));
    unnamed.iter().for_each(|row| taker.take(row));
    while taker.sample.rows < ROWS
        && let Some(row) = rows.next()
    {
        taker.take(&row?);
    }
    let is_all_read = taker.sample.rows == ROWS || !file.is_whole || rows.rest.is_empty();
    let blank_lines = rows.blank_lines;
    let mut sample = taker.finish();
    if has_names && unique_count(&names) < names.len() {
        sample.remark("a name stands twice in the header, so that COPY finds columns by their place");
    }
    if has_names && names.iter().any(|name| name.contains('\n')) {
        sample.remark("the header has a line break in quotes, which loads refuse, as they skip lines: write it in one line");
    }
    if blank_lines > 0 {
        sample.remark(&format!(
            "{} blank, which COPY refuses as rows unless it is told `copy_options: [IGNOREBLANKLINES]`",
            counted(blank_lines, "line")
        ));
    }
    let is_cut_short = file.is_whole && text.len() < file.start.len();
    if !is_all_read || is_cut_short {
        sample.remark(
            "what follows the last of these rows is not UTF-8, or has a quotation mark that is not closed",
        );
    }
    if file.ignore_header.is_none() {
        sample.remark(match has_names {
            true => "whether the first line is a header is a guess: it is taken for one, as it has texts only",
            false => "whether the first line is a header is a guess: it is taken for none, as it has values as the rows have",
        });
    }
    Ok(TextSample { sample, ignore_header, has_names })
}

/// The rows of a text, one after another; lines without anything are passed over.
struct Rows<'a> {
    rest: &'a str,
    file: &'a TextFile<'a>,
    blank_lines: u64,
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<String>, NoHeader>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (row, behind) = first_row(self.rest, self.file.is_whole, self.file.dialect)?;
            self.rest = behind;
            if !row.is_empty() {
                return Some(fields(row, self.file.dialect));
            }
            self.blank_lines += 1;
        }
    }
}

/// Takes rows into a sample.
struct Taker {
    names: Vec<String>,
    sample: Sample,
    /// Rows with fewer fields than there are names, and with more.
    short: u64,
    long: u64,
}

impl Taker {
    fn new(names: Vec<String>) -> Self {
        let mut sample = Sample::default();
        for name in &names {
            sample.field(name);
        }
        Self { names, sample, short: 0, long: 0 }
    }

    fn take(&mut self, row: &[String]) {
        self.sample.rows += 1;
        self.short += u64::from(row.len() < self.names.len());
        self.long += u64::from(row.len() > self.names.len());
        for (name, text) in self.names.iter().zip(row) {
            if let Some(field) = self.sample.field(name) {
                field.add(Value::Field(text));
            }
        }
    }

    fn finish(self) -> Sample {
        let Self { mut sample, short, long, .. } = self;
        if short > 0 {
            sample.remark(&format!(
                "{} with fewer fields than others, which COPY refuses unless it is told `copy_options: [FILLRECORD]`",
                counted(short, "row")
            ));
        }
        if long > 0 {
            sample.remark(&format!(
                "{} with more fields than others, which COPY refuses",
                counted(long, "row")
            ));
        }
        sample
    }
}

/// A line of texts over values of another kind. A column may lack a name, as pandas writes its index, and two may have one.
fn begins_with_names(lines: &[Vec<String>]) -> bool {
    let Some((first, rest)) = lines.split_first() else { return false };
    let names: Vec<(usize, &str)> =
        first.iter().map(|text| text.trim()).enumerate().filter(|(_, text)| !text.is_empty()).collect();
    let look = |text: &str| match Seen::of(Value::Field(text)) {
        Seen::Text(look) => Some(look),
        _ => None,
    };
    // `y` may be a name beside `x`.
    let may_be_name = |text: &str| matches!(look(text), Some(Look::Plain | Look::YesOrNo));
    if names.is_empty() || !names.iter().all(|(_, text)| may_be_name(text)) {
        return false;
    }
    let is_over_others = |(place, _): &(usize, &str)| {
        let below = rest.iter().filter_map(|row| row.get(*place)).map(|text| Seen::of(Value::Field(text)));
        let mut values = below.filter(|seen| !matches!(seen, Seen::Null | Seen::Empty)).peekable();
        values.peek().is_some() && values.all(|seen| !matches!(seen, Seen::Text(_)))
    };
    // Texts over texts tell nothing: then each must look like the name of a column.
    let are_identifiers = || {
        names.len() == first.len()
            && names.iter().all(|(_, text)| look(text) == Some(Look::Plain) && is_identifier(text))
    };
    names.iter().any(is_over_others) || (are_identifiers() && unique_count(first) == first.len())
}

fn is_identifier(text: &str) -> bool {
    let begins_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins_well
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'.'))
}

fn unique_count(names: &[String]) -> usize {
    let folded = names.iter().map(|name| name.trim().to_ascii_lowercase());
    folded.collect::<std::collections::HashSet<_>>().len()
}

/// Names without blanks around them; one that stands twice is called by its place as well, wherever it stands.
fn unique(names: &[String]) -> Vec<String> {
    let folded: Vec<String> = names.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let called = |(place, name): (usize, &String)| {
        let number = place + 1;
        match name.trim() {
            "" => format!("column_{number}"),
            _ if folded.iter().filter(|other| Some(*other) == folded.get(place)).count() > 1 => {
                format!("{}_{number}", name.trim())
            }
            name => name.to_owned(),
        }
    };
    names.iter().enumerate().map(called).collect()
}

/// How many fields most rows have.
fn most_common_width(rows: &[Vec<String>]) -> usize {
    let mut counts: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for row in rows {
        *counts.entry(row.len()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(width, count)| (*count, *width)).map_or(0, |(width, _)| width)
}

#[cfg(test)]
mod tests;
