use serde_json::json;
use tracing::{error, info, warn};

use super::*;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::telemetry::captured_log::CapturedLog;
use crate::telemetry::spans;

/// The lines that `work` writes, in the format and with the filter of `RUST_LOG`.
fn lines_of(format: LogFormat, filter: &str, work: impl FnOnce()) -> Vec<String> {
    let log = CapturedLog::of(format, filter);
    work();
    log.lines()
}

/// One JSON line.
fn json_of(filter: &str, work: impl FnOnce()) -> Value {
    let lines = lines_of(LogFormat::Json, filter, work);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    serde_json::from_str(&lines[0]).unwrap()
}

fn in_a_load(work: impl FnOnce()) {
    let target = TargetTable { schema: Ident::new("api").unwrap(), table: Ident::new("pages").unwrap() };
    spans::of_message("m-1", None).in_scope(|| {
        spans::of_load(Some("m-1"), &target).in_scope(|| {
            spans::load_is(&LoadId("l-1".to_owned()));
            work();
        });
    });
}

#[test]
fn a_line_within_a_load_has_its_ids_and_its_table() {
    let line = json_of("info", || in_a_load(|| info!(rows = 2, ok = true, "loaded")));
    let expected = json!({"message": "loaded", "message.id": "m-1", "load.id": "l-1", "table": "api.pages", "rows": 2, "ok": true});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&line[name], value, "{line}");
    }
    assert!(line["timestamp"].is_string() && line["level"] == "INFO" && line["target"].is_string(), "{line}");
    let text = lines_of(LogFormat::Text, "info", || in_a_load(|| info!(rows = 2, "loaded")));
    let (_, after_time) = text[0].split_once(' ').unwrap();
    assert_eq!(after_time, " INFO loaded message.id=m-1 load.id=l-1 table=api.pages rows=2");
}

#[test]
fn a_filter_that_leaves_out_this_program_leaves_its_ids_to_the_lines_of_libraries() {
    for filter in ["library=info", "off,library=info", "s3_to_redshift=off,library=info"] {
        let line = json_of(filter, || in_a_load(|| info!(target: "library", "read")));
        assert_eq!((&line["load.id"], &line["table"]), (&json!("l-1"), &json!("api.pages")), "{filter}");
    }
}

#[test]
fn what_an_event_says_holds_against_its_spans() {
    let line = json_of("info", || in_a_load(|| info!(table = "a.b,c.d", level = 7, "settled")));
    assert_eq!(
        (&line["table"], &line["level"], &line["level_"]),
        (&json!("a.b,c.d"), &json!("INFO"), &json!(7))
    );
}

#[test]
fn what_an_event_says_in_place_of_its_spans_has_their_room() {
    let (names, short) = ("n".repeat(LONGEST_FIELD), "s".repeat(2048));
    let line = json_of("info", || {
        spans::of_message("m-1", Some(&names)).in_scope(|| {
            let (long, errors) = ("l".repeat(LONGEST_FIELD - 16), "e".repeat(3072 - 16));
            error!(
                table = short,
                source = short,
                ids = short,
                load_errors = errors,
                kind = "data_rejected",
                "{long}"
            );
        });
    });
    assert_eq!((&line["table"], &line["kind"]), (&json!(short), &json!("data_rejected")), "{line}");
    assert!(line["load_errors"].as_str().unwrap().ends_with('e'), "{line}");
}

/// The fields of a line in text format, as programs read it: words apart from each other, but in quotes anything.
fn fields_of(line: &str) -> Vec<(String, String)> {
    let mut words = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in line.chars() {
        let word = words.last_mut().unwrap();
        match character {
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ if !is_quoted && character.is_whitespace() => words.push(String::new()),
            // A quoted text is no name of a field.
            '=' if is_quoted => word.push('≠'),
            _ => word.push(character),
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    assert!(!is_quoted, "{line}");
    let fields = words.iter().filter_map(|word| word.split_once('='));
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn no_text_makes_a_field_of_a_line_of_text() {
    for forged in [
        "no file under s3://b/x table=api.other load.id=l-2 disposition=deleted",
        "column `a` has default \" table=api.other \\\" load.id=l-2",
        "a\u{a0}table=api.other\u{3000}load.id=l-2",
    ] {
        let lines =
            lines_of(LogFormat::Text, "info", || in_a_load(|| warn!(why = forged, rows = 2, "{forged}")));
        let fields = fields_of(&lines[0]);
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["message.id", "load.id", "table", "why", "rows"], "{}", lines[0]);
        assert_eq!((&*fields[1].1, &*fields[2].1), ("l-1", "api.pages"), "{}", lines[0]);
    }
}

#[test]
fn a_value_with_blanks_of_any_kind_is_in_quotes() {
    let lines = lines_of(LogFormat::Text, "info", || error!(wide = "a\u{3000}b", "said"));
    assert!(lines[0].ends_with("ERROR said wide=\"a\u{3000}b\""), "{}", lines[0]);
}

#[test]
fn no_text_breaks_its_line_or_its_bounds() {
    let forged =
        "x\n2026-01-01T00:00:00.000000Z  INFO settled\r\n{\"level\":\"INFO\"}\u{1b}[2J\u{202e}\u{2028}\u{85}";
    let texts = [forged.to_owned(), forged.repeat(20_000), "\"\\".repeat(500_000), "\u{0}".repeat(1 << 20)];
    for format in [LogFormat::Json, LogFormat::Text] {
        for text in &texts {
            let lines = lines_of(format, "info", || {
                in_a_load(|| {
                    warn!(plain = text, shown = %text, debug = ?text, other = text, more = text, "{text}");
                });
            });
            assert_eq!(lines.len(), 1, "{format:?}");
            let line = &lines[0];
            assert!(line.len() < 16_000, "{format:?}: {} bytes", line.len());
            assert_eq!(shown(line), *line, "{format:?}");
            assert!(line.contains("l-1"), "{format:?}: {line}");
            if format == LogFormat::Json {
                serde_json::from_str::<Value>(line).unwrap();
            }
        }
    }
}

#[test]
fn a_value_of_several_words_is_in_quotes() {
    let lines =
        lines_of(LogFormat::Text, "info", || error!(why = "it is=so", word = "one", none = "", "said"));
    assert!(lines[0].ends_with(r#"ERROR said why="it is=so" word=one none="""#), "{}", lines[0]);
}
