//! The timeline of one load: its message, every attempt, what was decided, and how long each stage took.

use maud::{Markup, html};

use crate::daemon::state::timeline::{AttemptReport, LoadTimeline};
use crate::model::granularity::Granularity;
use crate::page::failures;
use crate::page::frame::{framed, reading, way_home};
use crate::page::list::first;
use crate::page::words::{
    counted, date, load_path, moment, number, path_of_table, sentence, short, span, table_path,
};
use crate::warehouse::history::LedgerEntry;

const MOST_ATTEMPTS: usize = 30;
const ATTEMPTS: usize = 14_000;
const FAILURES: usize = 12_000;
const MOST_STATEMENTS: usize = 60;
const STATEMENTS: usize = 20_000;

/// The page, under this nonce.
pub fn page(timeline: &LoadTimeline, nonce: &str) -> String {
    let attempts = first(&timeline.attempts, MOST_ATTEMPTS, ATTEMPTS, attempt);
    let contents = html! {
        (way_home())
        h1.plain { "Load " (short(&timeline.load_id)) }
        (reading(&timeline.ledger))
        @match &timeline.entry {
            Some(entry) => (committed(entry)),
            None if timeline.ledger.is_current() => {
                p { "The ledger has no such load: it runs, has failed, or was pruned." }
            }
            None => p { "Whether the ledger has this load is not known." },
        }
        @if !timeline.attempts.is_empty() {
            h2 { "Attempts " small { "of this process at the same table for the same message" } }
            @for attempt in &attempts.items { (attempt) }
            @if attempts.more > 0 { p.dim { "and " (attempts.more) " more" } }
        }
        @if let Some(own) = timeline.attempts.iter().find(|attempt| attempt.load_id == timeline.load_id) { (statements(own)) }
        (failures::section(&timeline.failures, FAILURES))
    };
    framed(&format!("load {} · s3-to-redshift", short(&timeline.load_id)), nonce, &contents)
}

fn committed(entry: &LedgerEntry) -> Markup {
    let table = format!("{}.{}", entry.target_schema, entry.target_table);
    let counts = [
        ("rows removed", entry.rows_deleted),
        ("rows of the window when it was committed", entry.rows_in_window),
        ("rows left out as duplicates", entry.rows_duplicate),
        ("rows left out as outdated", entry.rows_outdated),
        ("rows removed beyond one of each key", entry.rows_beyond_keys),
        ("rows skipped", entry.rows_skipped),
        ("values cut", entry.values_cut),
        ("values replaced", entry.values_replaced),
    ];
    html! {
        p.ok { "Committed: " (counted(entry.rows_loaded, "row")) " into "
            a href=(table_path(&entry.target_schema, &entry.target_table)) { (short(&table)) } }
        dl {
            dt { "data date" } dd { (date(&entry.data_date)) }
            dt { "source" } dd { (sentence(&entry.source_url)) }
            dt { "bytes" } dd { (number(entry.bytes_loaded)) }
            dt { "mode" } dd { (short(&entry.mode)) @if entry.forced { ", forced" } }
            // Of the very date there is nothing more to say.
            @if let (Some(start), Some(end)) = (&entry.window_start, &entry.window_end)
                && entry.granularity.as_deref() != Some(Granularity::Exact.label()) {
                dt { "window" }
                dd { (moment(start)) " to " (moment(end)) " UTC, " (short(entry.granularity.as_deref().unwrap_or_default())) }
            }
            @if let Some(format) = &entry.format { dt { "format" } dd { (short(format)) } }
            @for (name, count) in counts {
                @if let Some(count) = count.filter(|count| *count > 0) { dt { (name) } dd { (number(count)) } }
            }
            @if let Some(fields) = &entry.unknown_fields { dt { "fields that the table config lacks" } dd { (sentence(fields)) } }
            @if let Some(widened) = &entry.widened { dt { "columns widened" } dd { (sentence(widened)) } }
            dt { "message" }
            dd { (short(&entry.message_id))
                @if entry.superseded_messages > 0 { " and " (number(entry.superseded_messages)) " that asked the same" } }
            dt { "began" } dd { (moment(&entry.started_at)) " UTC" }
            dt { "committed" } dd { (moment(&entry.finished_at)) " UTC" }
            dt { "loader" } dd { (short(&entry.loader)) }
        }
    }
}

fn attempt(attempt: &AttemptReport) -> Markup {
    html! {
        p {
            a href=(load_path(&attempt.load_id)) { (short(&attempt.load_id)) } " began " (moment(&attempt.began_at)) " UTC at "
            a href=(path_of_table(&attempt.table)) { (short(&attempt.table)) } " for message " (short(&attempt.message_id))
        }
        table.narrow {
            thead { tr { th { "stage" } th.n { "took" } } }
            tbody {
                @for (stage, milliseconds) in &attempt.stages {
                    tr { td { (stage) } td.n { (took(*milliseconds)) } }
                }
                @if let Some((stage, seconds)) = attempt.stage {
                    tr { td { b { (stage) } } td.n { "for " (span(seconds)) } }
                }
            }
        }
        @if let Some(blockers) = &attempt.blocked_by { p.warn { (sentence(blockers)) } }
        @if let Some(ending) = &attempt.ending { p { (sentence(ending)) } }
    }
}

/// What the load of the page has sent.
fn statements(attempt: &AttemptReport) -> Markup {
    let list = first(&attempt.statements, MOST_STATEMENTS, STATEMENTS, |(text, milliseconds)| {
        html! {
            li { code { (text) } " "
                span.dim { @match milliseconds { Some(milliseconds) => { (took(*milliseconds)) } None => "runs" } }
            }
        }
    });
    let more = list.more + attempt.more_statements;
    html! {
        @if !list.items.is_empty() {
            h2 { "SQL " small { "of this load, without secrets; statements of the table config stand by their name" } }
            ol.sql { @for statement in &list.items { (statement) } }
            @if more > 0 { p.dim { "and " (more) " more" } }
        }
    }
}

fn took(milliseconds: u128) -> String {
    let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => span(milliseconds / 1000),
    }
}
