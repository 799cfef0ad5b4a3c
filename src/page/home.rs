//! The status page: top to bottom what somebody asks who was woken. What is wrong, which data is late, what runs, what waits
//! and why, what failed and what to do.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::daemon::state::ledger_look::HOURS;
use crate::daemon::state::loaded_tables::LoadedTable;
use crate::daemon::state::pauses::PauseReport;
use crate::daemon::state::routes::RoutesReport;
use crate::daemon::state::sentence::Level;
use crate::daemon::state::status::{HourReport, Status};
use crate::daemon::state::tables::{LoadStatus, TableStatus};
use crate::page::failures;
use crate::page::frame::{framed, reading};
use crate::page::list::first;
use crate::page::plot::{Bar, bars};
use crate::page::words::{counted, date, load_path, moment, number, path_of_table, sentence, short, span};

/// Lines of a list, and the bytes of HTML that each list may take.
const MOST: usize = 100;
const REASONS: usize = 4_000;
const PAUSES: usize = 4_000;
const TABLES: usize = 20_000;
const RUNNING: usize = 7_000;
const WAITING: usize = 4_000;
const FAILURES: usize = 12_000;

/// The page, under this nonce.
pub fn page(status: &Status, nonce: &str) -> String {
    let contents = html! {
        (headline(status))
        (paused(&status.pauses))
        (loaded_tables(status))
        (running(&status.tables))
        (waiting(&status.tables))
        (failures::section(&status.failures, FAILURES))
        (last_day(status))
        (foot(status))
    };
    framed(&format!("{} · s3-to-redshift", sentence(&status.sentence)), nonce, &contents)
}

fn headline(status: &Status) -> Markup {
    let class = match status.level {
        Level::Well => "well",
        Level::Attention | Level::Paused => "attention",
        Level::Stopped => "stopped",
    };
    let reasons =
        first(&status.not_ready_because, MOST, REASONS, |reason| html! { p.bad { (sentence(reason)) } });
    let count = |count: Option<i64>| count.map_or_else(|| "not known".to_owned(), |count| count.to_string());
    let queue = &status.queue;
    html! {
        h1 class=(class) { (sentence(&status.sentence)) }
        @for reason in &reasons.items { (reason) }
        @if let Some(reason) = &status.not_parking_because {
            p.warn { "dead-letter queue: " (sentence(reason)) }
        }
        @if let Some(RoutesReport { location, rules, refused_because: Some(reason) }) = &status.routes {
            p.warn {
                "routes: " (short(location)) " is refused, and its rules from before stay in use (" (counted(*rules as u64, "rule")) "): "
                (sentence(reason))
            }
        }
        (reading(&status.ledger))
        ul.facts {
            li { b { (count(queue.visible)) } " in the queue" }
            li { b { (status.held) } " in hand" }
            li { b { (count(queue.in_flight)) } " in flight" }
            @if queue.delayed.is_some_and(|count| count > 0) { li { b { (count(queue.delayed)) } " delayed" } }
            li { b.bad[queue.dead.is_some_and(|count| count > 0)] { (count(queue.dead)) } " dead letters" }
            li.dim { (moment(&status.now)) " UTC" }
        }
    }
}

fn paused(pauses: &[PauseReport]) -> Markup {
    let shown = first(pauses, MOST, PAUSES, |pause| {
        html! {
            tr {
                td { (pause.table.as_deref().map_or_else(|| "every load".to_owned(), short)) }
                td.t data-l="since" { (date(&pause.since)) }
                td data-l="by" { (short(&pause.by)) }
                td data-l="why" { (sentence(&pause.reason)) }
                td data-l="ends with" { code { (sentence(&pause.resuming)) } }
            }
        }
    });
    html! {
        @if !pauses.is_empty() {
            h2 { "Paused " small { "no load of these is started" } }
            table {
                thead { tr { th { "what" } th { "since" } th { "by" } th { "why" } th { "ends with" } } }
                tbody { @for pause in &shown.items { (pause) } }
            }
            @if shown.more > 0 { p.dim { "and " (shown.more) " more" } }
        }
    }
}

fn loaded_tables(status: &Status) -> Markup {
    let shown = first(&status.loaded_tables, MOST, TABLES, loaded_table);
    let more = status.loaded_tables_count.saturating_sub(shown.items.len());
    html! {
        h2 { "Tables " small { "the latest first; late is data older than twice its cadence: that of the table config, else learnt from the ledger" } }
        @if status.loaded_tables.is_empty() {
            p.dim { @if status.ledger.read_at.is_some() { "The ledger has no load." } @else { "No load is known yet." } }
        } @else {
            table {
                thead { tr {
                    th { "table" } th { "data date" } th.n { "age" } th.n { "cadence" } th.n { "age ÷ cadence" }
                    th { "last load" } th.n { "rows" } th { "next" }
                } }
                tbody { @for table in &shown.items { (table) } }
            }
            @if more > 0 { p.dim { "and " (more) " more" } }
        }
    }
}

fn loaded_table(table: &LoadedTable) -> Markup {
    html! {
        tr {
            td { a href=(path_of_table(&table.table)) { (short(&table.table)) } }
            td.t data-l="data" { (date(&table.data_date)) }
            td.n data-l="age" { (span(table.data_age_seconds)) }
            td.n data-l="cadence" { @if let Some(cadence) = table.cadence_seconds { (span(cadence)) } @else { "not known" } }
            td.n data-l="age ÷ cadence" {
                @if let Some(age) = table.age_in_cadences { span.bad[table.is_late] { (format!("{age:.1}")) } } @else { "–" }
            }
            td.t data-l="loaded" {
                a href=(load_path(&table.last_load)) { (span(table.loaded_before_seconds)) " ago" }
            }
            td.n data-l="rows" { (number(table.rows)) }
            td data-l="next" { (next(table)) }
        }
    }
}

/// The next order of a table, or when its data is late.
fn next(table: &LoadedTable) -> Markup {
    html! {
        @if table.is_loading { "loading" @if table.waiting > 0 { ", " (table.waiting) " waiting" } }
        @else if table.waiting > 0 { (table.waiting) " waiting" }
        @else if table.is_late { span.bad { "late" } @if let Some(due) = &table.due_at { " since " (date(due)) } }
        @else if let Some(due) = &table.due_at { "by " (date(due)) }
        @else { "–" }
    }
}

fn running(tables: &[TableStatus]) -> Markup {
    let loads: Vec<(&TableStatus, &LoadStatus)> =
        tables.iter().filter_map(|table| Some((table, table.load.as_ref()?))).collect();
    let shown = first(&loads, MOST, RUNNING, |(table, load)| running_load(table, load));
    html! {
        h2 { "Running loads " small { (loads.len()) } }
        @if !loads.is_empty() {
            table {
                thead { tr { th { "table" } th { "stage" } th.n { "in it" } th.n { "in all" } th { "message" } th { "held up by" } } }
                tbody { @for load in &shown.items { (load) } }
            }
            @if shown.more > 0 { p.dim { "and " (shown.more) " more" } }
        }
    }
}

fn running_load(table: &TableStatus, load: &LoadStatus) -> Markup {
    let stage = load.stage.unwrap_or("starting");
    html! {
        tr {
            td { a href=(path_of_table(&table.table)) { (short(&table.table)) } }
            td.t data-l="stage" { @if let Some(id) = &load.load_id { a href=(load_path(id)) { (stage) } } @else { (stage) } }
            td.n data-l="in it" { (span(load.seconds_in_stage.unwrap_or_default())) }
            td.n data-l="in all" { (span(load.running_for_seconds)) }
            td data-l="message" {
                (short(&load.message_id)) @if load.superseding > 0 { " and " (load.superseding) " that ask the same" }
            }
            td {
                @if let Some(blockers) = &load.blocked_by {
                    span.warn { (sentence(blockers)) }
                    @if blockers.contains("held by") { " " span.dim { "SELECT pg_terminate_backend(pid) ends that session" } }
                }
            }
        }
    }
}

fn waiting(tables: &[TableStatus]) -> Markup {
    let mut waiting: Vec<&TableStatus> = tables.iter().filter(|table| table.waiting > 0).collect();
    waiting.sort_by_key(|table| std::cmp::Reverse(table.waiting));
    let shown = first(&waiting, MOST, WAITING, |table| {
        html! {
            tr {
                td { a href=(path_of_table(&table.table)) { (short(&table.table)) } }
                td.n data-l="messages" { (table.waiting) }
                td data-l="as" { (sentence(table.waits_because.as_deref().unwrap_or_default())) }
            }
        }
    });
    html! {
        @if !waiting.is_empty() {
            h2 { "Waiting " small { "messages, by table" } }
            table {
                thead { tr { th { "table" } th.n { "messages" } th { "why" } } }
                tbody { @for table in &shown.items { (table) } }
            }
            @if shown.more > 0 { p.dim { "and " (shown.more) " more" } }
        }
    }
}

/// Of all replicas, an hour a bar.
fn last_day(status: &Status) -> Markup {
    let Some(now) = instant(&status.now) else { return html! {} };
    let hour_of = |hour: &HourReport| instant(&hour.start).map(|start| start.timestamp().div_euclid(3600));
    let this_hour = now.timestamp().div_euclid(3600);
    let of_hour = |hours_ago: i64| {
        let hour = status.hours.iter().find(|hour| hour_of(hour) == Some(this_hour - hours_ago));
        let (loads, rows) = hour.map_or((0, 0), |hour| (hour.loads, hour.rows));
        let start = DateTime::from_timestamp((this_hour - hours_ago) * 3600, 0).unwrap_or(now);
        let words =
            format!("{}: {}, {}", start.format("%H:00"), counted(loads, "load"), counted(rows, "row"));
        Bar { value: u32::try_from(loads).map_or(f64::MAX, f64::from), words, line: None }
    };
    let hours: Vec<Bar> = (0..=HOURS).rev().map(of_hour).collect();
    let loads: u64 = status.hours.iter().map(|hour| hour.loads).sum();
    let from = (now - chrono::Duration::hours(HOURS)).format("%H:00").to_string();
    html! {
        h2 { "Last 24 hours " small { (counted(loads, "load")) " of all replicas, by hour" } }
        @if loads > 0 { (bars("loads by hour", &hours, &from, "now")) }
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
}

/// Redshift names the PostgreSQL that it comes from, and its compiler, first.
fn own_version(version: &str) -> &str {
    version.rsplit_once(", Redshift ").map_or(version, |(_, own)| own)
}

fn foot(status: &Status) -> Markup {
    html! {
        h2 { "This process" }
        dl {
            dt { "writes as" } dd { (short(&status.loader)) }
            dt { "version" } dd { (status.version) }
            dt { "Redshift" } dd { (short(status.redshift_version.as_deref().map_or("not asked yet", own_version))) }
            dt { "ledger read at" } dd { (status.ledger.read_at.as_deref().map_or_else(|| "not yet".to_owned(), moment)) }
            dt { "for programs" }
            dd { a href="/status" { "/status" } " · " a href="/metrics" { "/metrics" } " · " a href="/readyz" { "/readyz" } }
        }
    }
}
