//! The shape of a log line: what its spans and its event say, in one flat list of fields, each of which is escaped and cut.
//!
//! Here and nowhere else, so that no call site can forget it. The formats of `tracing_subscriber`, and of the crates beside it,
//! write texts as they come: however long, and in text format with their line breaks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Serializer as _;
use serde::ser::SerializeMap as _;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::config::logs::LogFormat;
use crate::model::shown::{bytes_as_json, shown_within};

/// Bytes of one field at most, as JSON writes it.
pub const LONGEST_FIELD: usize = 4096;
/// Bytes of all texts of a line. With numbers, names of fields and the time a line stays below sixteen kilobytes, which is
/// what collectors of logs take.
pub const LONGEST_TEXTS: usize = 14 * 1024;

/// Writes every line, in the one shape or the other.
pub(super) struct LogLine(pub(super) LogFormat);

impl<S> FormatEvent<S, JsonFields> for LogLine
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        // Those of the spans first: whatever an event brings, they have room. What is further in knows better.
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let Some(of_span) = extensions.get::<FormattedFields<JsonFields>>() else { continue };
            let of_span: BTreeMap<String, Value> = serde_json::from_str(of_span).unwrap_or_default();
            of_span.into_iter().for_each(|(name, value)| fields.set(Cow::Owned(name), value));
        }
        event.record(&mut fields);
        match self.0 {
            LogFormat::Json => write_json(writer, event, &fields),
            LogFormat::Text => write_text(writer, event, &fields),
        }
    }
}

fn write_json(mut writer: Writer<'_>, event: &Event<'_>, fields: &Fields) -> fmt::Result {
    let mut time = String::new();
    SystemTime.format_time(&mut Writer::new(&mut time))?;
    let mut line = Vec::new();
    let written = (|| {
        let mut json = serde_json::Serializer::new(&mut line);
        let mut map = json.serialize_map(None)?;
        map.serialize_entry("timestamp", &time)?;
        map.serialize_entry("level", event.metadata().level().as_str())?;
        map.serialize_entry("message", fields.message())?;
        for (name, value) in fields.others() {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("target", event.metadata().target())?;
        map.end()
    })();
    written.map_err(|_: serde_json::Error| fmt::Error)?;
    writeln!(writer, "{}", String::from_utf8_lossy(&line))
}

fn write_text(mut writer: Writer<'_>, event: &Event<'_>, fields: &Fields) -> fmt::Result {
    // Styles of a terminal: faint, slanted, and a colour for each level.
    let has_colours = writer.has_ansi_escapes();
    let style = |code: &'static str| if has_colours { code } else { "" };
    let (faint, slanted, plain) = (style("\u{1b}[2m"), style("\u{1b}[3m"), style("\u{1b}[0m"));
    let level = *event.metadata().level();
    let colour = style(match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    });
    write!(writer, "{faint}")?;
    SystemTime.format_time(&mut writer)?;
    // In quotes where a part of it could be taken for a field.
    let sentence = fields.message();
    let sentence = if sentence.contains(['=', '"']) { quoted(sentence) } else { sentence.to_owned() };
    write!(writer, "{plain} {colour}{:>5}{plain} {sentence}", level.as_str())?;
    for (name, value) in fields.others() {
        write!(writer, " {slanted}{name}{plain}{faint}={plain}")?;
        // In quotes where it could be taken for more than one word.
        let is_one_word =
            |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "=\"".contains(c));
        match value {
            Value::String(text) if is_one_word(text) => writer.write_str(text)?,
            Value::String(text) => writer.write_str(&quoted(text))?,
            value => write!(writer, "{value}")?,
        }
    }
    writeln!(writer)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The fields of one line, each name once: what is said later holds.
#[derive(Default)]
struct Fields {
    fields: Vec<(Cow<'static, str>, Value)>,
    /// Bytes of texts so far.
    bytes: usize,
}

/// The field that holds an event's sentence.
const MESSAGE: &str = "message";

impl Fields {
    fn message(&self) -> &str {
        self.fields.iter().find(|(name, _)| name == MESSAGE).and_then(|(_, text)| text.as_str()).unwrap_or("")
    }

    fn others(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().filter(|(name, _)| name != MESSAGE).map(|(name, value)| (name.as_ref(), value))
    }

    fn set(&mut self, name: Cow<'static, str>, value: Value) {
        // These are the line's own.
        let name = match name.as_ref() {
            "timestamp" | "level" | "target" => Cow::Owned(format!("{name}_")),
            _ => name,
        };
        let known = self.fields.iter().position(|(known, _)| *known == name);
        // What is replaced takes no room any more.
        if let Some(Value::String(replaced)) =
            known.and_then(|at| self.fields.get(at)).map(|(_, value)| value)
        {
            self.bytes -= bytes_as_json(replaced);
        }
        let value = match value {
            Value::String(text) => Value::String(self.within_room(&text)),
            number => number,
        };
        match known.and_then(|at| self.fields.get_mut(at)) {
            Some((_, known)) => *known = value,
            None => self.fields.push((name, value)),
        }
    }

    fn within_room(&mut self, text: &str) -> String {
        let room = LONGEST_TEXTS.saturating_sub(self.bytes).min(LONGEST_FIELD);
        let text = shown_within(text, room);
        self.bytes += bytes_as_json(&text);
        text
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(Cow::Borrowed(field.name()), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(Cow::Borrowed(field.name()), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(Cow::Borrowed(field.name()), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(Cow::Borrowed(field.name()), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(Cow::Borrowed(field.name()), start(format_args!("{value}")).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(Cow::Borrowed(field.name()), start(format_args!("{value:?}")).into());
    }
}

/// As much of what is written as can be shown, and a little more, which tells that it was cut: the rest of a text of
/// megabytes is never made.
fn start(text: fmt::Arguments<'_>) -> String {
    struct Start(String);

    impl fmt::Write for Start {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = (LONGEST_FIELD + 4).saturating_sub(self.0.len());
            let fitting = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
            self.0.push_str(fitting);
            if fitting.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
        }
    }

    let mut start = Start(String::new());
    match start.write_fmt(text) {
        // Full: enough is known.
        Ok(()) | Err(fmt::Error) => start.0,
    }
}

#[cfg(test)]
mod tests;
