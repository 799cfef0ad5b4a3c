//! The history of one table: its last loads, with their rows and durations as a picture.

use chrono::NaiveDateTime;
use maud::{Markup, html};

use crate::daemon::state::timeline::TableHistory;
use crate::page::failures;
use crate::page::frame::{framed, reading, way_home};
use crate::page::list::first;
use crate::page::plot::{Bar, bars};
use crate::page::words::{counted, date, load_path, moment, number, sentence, short, span};
use crate::warehouse::history::LedgerEntry;

const MOST_LOADS: usize = 50;
const LOADS: usize = 26_000;
const FAILURES: usize = 12_000;

/// The page, under this nonce.
pub fn page(history: &TableHistory, nonce: &str) -> String {
    let loads = first(&history.loads, MOST_LOADS, LOADS, load);
    let contents = html! {
        (way_home())
        h1.plain { (short(&history.table)) }
        (reading(&history.ledger))
        @if let Some(active) = &history.active {
            @if let Some(load) = &active.load {
                p {
                    "A load runs for " (span(load.running_for_seconds))
                    @if let Some(stage) = load.stage {
                        ", in " (stage) " for " (span(load.seconds_in_stage.unwrap_or_default()))
                    }
                    @if let Some(id) = &load.load_id { ": " a href=(load_path(id)) { (short(id)) } }
                }
                @if let Some(blockers) = &load.blocked_by { p.warn { (sentence(blockers)) } }
            }
            @if let Some(why) = &active.waits_because { p { (active.waiting) " waiting: " (sentence(why)) } }
        }
        (failures::section(&history.failures, FAILURES))
        h2 { "Last loads " small { "of all replicas, " (history.loads.len()) } }
        @if history.loads.is_empty() {
            p.dim { @if history.ledger.is_current() { "The ledger has none." } @else { "What the ledger has is not known." } }
        } @else {
            (picture(&history.loads))
            table {
                thead { tr {
                    th { "committed (UTC)" } th { "data date" } th.n { "rows" } th.n { "bytes" } th.n { "took" } th { "mode" }
                    th { "load" }
                } }
                tbody { @for load in &loads.items { (load) } }
            }
            @if loads.more > 0 { p.dim { "and " (loads.more) " more" } }
        }
    };
    framed(&format!("{} · s3-to-redshift", short(&history.table)), nonce, &contents)
}

fn load(entry: &LedgerEntry) -> Markup {
    html! {
        tr {
            td.t { (moment(&entry.finished_at)) }
            td.t data-l="data" { (date(&entry.data_date)) }
            td.n data-l="rows" { (number(entry.rows_loaded)) }
            td.n data-l="bytes" { (number(entry.bytes_loaded)) }
            td.n data-l="took" { @if let Some(seconds) = seconds(entry) { (span(seconds)) } @else { "–" } }
            td data-l="mode" { (short(&entry.mode)) @if entry.forced { ", forced" } }
            td { a href=(load_path(&entry.load_id)) { (short(&entry.load_id)) } }
        }
    }
}

/// Rows as bars and durations as a line, the oldest at the left.
fn picture(loads: &[LedgerEntry]) -> Markup {
    let shown = loads.iter().take(MOST_LOADS).rev();
    let bar = |entry: &LedgerEntry| {
        let seconds = seconds(entry);
        let took = seconds.map_or_else(String::new, |seconds| format!(" in {}", span(seconds)));
        Bar {
            value: as_float(entry.rows_loaded),
            words: format!("{}: {}{took}", date(&entry.data_date), counted(entry.rows_loaded, "row")),
            line: seconds.map(as_float),
        }
    };
    let drawn: Vec<Bar> = shown.clone().map(bar).collect();
    let ends = |mut entries: Box<dyn Iterator<Item = &LedgerEntry> + '_>| {
        entries.next().map_or_else(String::new, |entry| date(&entry.finished_at))
    };
    let (from, to) = (ends(Box::new(shown)), ends(Box::new(loads.iter())));
    html! {
        p.dim { "Rows (bars) and durations (line), each by its own scale" }
        (bars("rows and durations of the last loads", &drawn, &from, &to))
    }
}

/// Small errors of large numbers are not seen.
fn as_float(number: u64) -> f64 {
    u32::try_from(number).map_or_else(
        |_| u32::try_from(number >> 32).map_or(f64::MAX, |high| f64::from(high) * 4_294_967_296.0),
        f64::from,
    )
}

/// From its beginning to its commit; `None` of what others have written in the ledger.
fn seconds(entry: &LedgerEntry) -> Option<u64> {
    let instant = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok();
    // The ledger's clock shows whole seconds at the end.
    let took = instant(&entry.finished_at)?.signed_duration_since(instant(&entry.started_at)?);
    Some(u64::try_from(took.num_seconds()).unwrap_or(0))
}
