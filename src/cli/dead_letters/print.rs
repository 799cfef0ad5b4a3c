//! Dead letters for people and for programs. All of them is from outside.

use std::io::Write;
use std::time::Duration;

use clap::builder::styling::Style;
use serde::Serialize;
use serde_json::Value;

use crate::app::wall_clock;
use crate::cli::terminal::HEAD;
use crate::model::object::ObjectUri;
use crate::model::shown::{shown, shown_as_json, shown_within};
use crate::queue::dead_letter::{DeadLetter, MESSAGE_ID, QUEUE_URL};
use crate::queue::group::GroupId;
use crate::request::events::{Content, Event, read};

/// Bytes: a schema and a table of the longest names fit.
const LONGEST_CELL: usize = 256;
/// Files that a line names to programs; `show` has the body with all of them.
const MOST_FILES: usize = 100;
/// Bytes of a reason in a table; `show` has all of it.
const LONGEST_REASON: usize = 200;

/// What programs are told.
#[derive(Serialize)]
struct Line<'a> {
    message_id: &'a str,
    /// The id that it had at first; the same unless it was sent back before.
    original_message_id: &'a str,
    parked_at: Option<String>,
    age_seconds: Option<i64>,
    tables: Vec<&'a str>,
    /// The name of the queue that it came from, as far as it tells.
    queue: Option<&'a str>,
    kind: Vec<&'a str>,
    reason: Option<&'a str>,
    load_id: Option<&'a str>,
    /// The first of the files that it announces; none of a load message.
    files: Vec<String>,
    files_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    whole: Option<Whole<'a>>,
    /// Of one that was sent back: its new id.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_as: Option<&'a str>,
    /// Of one that could not be sent back: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_sent_because: Option<&'a str>,
}

#[derive(Serialize)]
struct Whole<'a> {
    body: &'a str,
    group: Option<&'a str>,
    /// As COPY refused them; text where it was cut to fit into the message.
    load_errors: Option<Value>,
}

impl<'a> Line<'a> {
    fn of(letter: &'a DeadLetter) -> Self {
        let files = announced_files(letter);
        Self {
            files_count: files.len(),
            files: files.iter().take(MOST_FILES).map(ToString::to_string).collect(),
            message_id: letter.message_id(),
            original_message_id: letter.original_id(),
            parked_at: letter.parked_at.map(|at| at.to_rfc3339()),
            age_seconds: age(letter).map(|age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX)),
            tables: letter.tables().collect(),
            queue: letter.queue_name(),
            kind: letter.kinds().collect(),
            reason: letter.attribute("reason"),
            load_id: letter.attribute("load_id"),
            whole: None,
            sent_as: None,
            not_sent_because: None,
        }
    }
}

/// The files that a message announces; none of one that cannot be read.
fn announced_files(letter: &DeadLetter) -> Vec<ObjectUri> {
    let Ok(Content::Events(events)) = read(&letter.body) else { return Vec::new() };
    let file = |event| match event {
        Event::File(file) => Some(file.uri),
        Event::NotData(_) => None,
    };
    events.into_iter().filter_map(file).collect()
}

fn age(letter: &DeadLetter) -> Option<Duration> {
    let age = wall_clock().signed_duration_since(letter.parked_at?).to_std().unwrap_or_default();
    // Of seconds, two units are enough to look at.
    let unit = if age.as_secs() >= 86_400 {
        3_600
    } else if age.as_secs() >= 3_600 {
        60
    } else {
        1
    };
    Some(Duration::from_secs(age.as_secs() / unit * unit))
}

fn load_errors(letter: &DeadLetter) -> Option<Value> {
    let text = letter.attribute("load_errors")?;
    Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

fn write_json(out: &mut impl Write, line: &Line<'_>) -> std::io::Result<()> {
    let line = serde_json::to_string(line).expect("text and numbers are always JSON");
    writeln!(out, "{}", shown_as_json(&line))
}

pub(super) fn list(letters: &[DeadLetter], json: bool) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    if json {
        return letters.iter().try_for_each(|letter| write_json(&mut out, &Line::of(letter)));
    }
    let rows: Vec<[String; COLUMNS]> = letters.iter().map(row).collect();
    let heads = ["age", "message id", "kind", "tables", "file", "queue", "load id", "reason"];
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default().max(heads[column].len())
    });
    let mut write = |style: Style, [age, id, kind, tables, file, queue, load, reason]: [&str; COLUMNS]| {
        // The last column has no end.
        let [a, b, c, d, e, f, g, _] = widths;
        writeln!(
            out,
            "{style}{age:<a$}  {id:<b$}  {kind:<c$}  {tables:<d$}  {file:<e$}  {queue:<f$}  {load:<g$}  {reason}{style:#}"
        )
    };
    write(HEAD, heads)?;
    rows.iter().try_for_each(|row| write(Style::new(), row.each_ref().map(String::as_str)))
}

const COLUMNS: usize = 8;

fn row(letter: &DeadLetter) -> [String; COLUMNS] {
    let list = |items: Vec<&str>| match items.is_empty() {
        true => "-".to_owned(),
        false => shown_within(&items.join(","), LONGEST_CELL),
    };
    let reason = letter.attribute("reason").unwrap_or(match letter.moved_from {
        Some(_) => "parked by SQS: delivered too often",
        None => "-",
    });
    [
        age(letter).map_or_else(|| "-".to_owned(), |age| humantime::format_duration(age).to_string()),
        shown_within(letter.message_id(), LONGEST_CELL),
        list(letter.kinds().collect()),
        list(letter.tables().collect()),
        file(letter),
        list(letter.queue_name().into_iter().collect()),
        list(letter.attribute("load_id").into_iter().collect()),
        shown_within(reason, LONGEST_REASON),
    ]
}

/// What is announced, which the reason may name only by a manifest of many.
fn file(letter: &DeadLetter) -> String {
    let files = announced_files(letter);
    let Some(first) = files.first() else { return "-".to_owned() };
    let first = shown_within(&first.to_string(), LONGEST_CELL);
    if files.len() > 1 { format!("{first} and {} more", files.len() - 1) } else { first }
}

pub(super) fn show(letter: &DeadLetter, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let group = letter.group.as_ref().map(GroupId::as_str);
    if json {
        let whole = Some(Whole { body: &letter.body, group, load_errors: load_errors(letter) });
        return write_json(&mut out, &Line { whole, ..Line::of(letter) });
    }
    let mut write = |name: &str, text: &str| writeln!(out, "{name:<11} {}", shown(text));
    write("message id", letter.message_id())?;
    if let (Some(at), Some(age)) = (letter.parked_at, age(letter)) {
        let at = at.format("%Y-%m-%d %H:%M:%S UTC");
        write("parked", &format!("{at}, {} ago", humantime::format_duration(age)))?;
    }
    if let Some(queue) = letter.queue_name() {
        write("queue", queue)?;
    }
    if let Some(group) = group {
        write("group", group)?;
    }
    for (name, text) in &letter.attributes {
        if !matches!(name.as_str(), MESSAGE_ID | QUEUE_URL | "load_errors") {
            write(&shown_within(&name.replace('_', " "), LONGEST_CELL), text)?;
        }
    }
    write("body", &letter.body)?;
    match load_errors(letter) {
        Some(Value::Array(errors)) => {
            errors.iter().try_for_each(|error| write("load error", &error.to_string()))
        }
        Some(other) => write("load errors", other.as_str().unwrap_or_default()),
        None => Ok(()),
    }
}

/// What became of one that is sent back, or would be; `None` as its new id in a dry run.
pub(super) fn redriven(letter: &DeadLetter, sent_as: Option<&str>, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        return write_json(&mut out, &Line { sent_as, ..Line::of(letter) });
    }
    let [_, id, kind, tables, ..] = row(letter);
    match sent_as {
        Some(new) => {
            writeln!(out, "sent back as {}: {id}  {kind}  {tables}", shown_within(new, LONGEST_CELL))
        }
        None => writeln!(out, "would be sent back: {id}  {kind}  {tables}"),
    }
}

/// What could not be sent back, or not whole.
pub(super) fn not_redriven(letter: &DeadLetter, why: &str, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        return write_json(&mut out, &Line { not_sent_because: Some(why), ..Line::of(letter) });
    }
    let [_, id, kind, tables, ..] = row(letter);
    writeln!(out, "not sent back: {id}  {kind}  {tables}  {}", shown(why))
}
