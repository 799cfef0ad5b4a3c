//! The log line of a settled message.

use tracing::{debug, error, info, warn};

use crate::daemon::asked::EventsOfMessage;
use crate::daemon::settlement::{Settlement, TableResult, joined};
use crate::failure::disposition::Disposition;
use crate::load::LoadOutcome;
use crate::model::shown::shown_within;
use crate::plan::decision::SkipReason;
use crate::telemetry::log_line::{LONGEST_FIELD, LONGEST_TEXTS};

/// Bytes of a list at most, as JSON writes it. The log cuts every field and every line; a message may name a hundred
/// tables, and this leaves room for each of the lists, for refused rows that are still JSON, and for ids.
const LONGEST_LIST: usize = 2048;
const LONGEST_LOAD_ERRORS: usize = 3072;
const IDS_AND_KINDS: usize = 1024;

const _: () = assert!(
    LONGEST_FIELD + 3 * LONGEST_LIST + LONGEST_LOAD_ERRORS + IDS_AND_KINDS <= LONGEST_TEXTS,
    "a line has room for the sentence and three lists, and for what else it says"
);

/// One line a message, which reads alone and whose fields can be queried. Fields of several tables are separated by
/// commas, in the order of the tables; a field that no table has is left out.
pub(super) fn write(settlement: &Settlement, disposition: Disposition) {
    let Settlement { message, results, events: _, duration } = settlement;
    let (reason, load_errors) = (settlement.reason(), present(settlement.load_errors(LONGEST_LOAD_ERRORS)));
    let tables = results.as_ref().map_or(&[][..], Vec::as_slice);
    let of_each =
        |describe: fn(&TableResult) -> String| tables.iter().map(describe).collect::<Vec<String>>().join(",");
    let table = settlement.tables_of_undecodable();
    let refused = joined(settlement.refused().flat_map(|refused| &refused.targets));
    let table = table.unwrap_or_else(|| listed([of_each(|table| table.target.to_string()), refused]));
    let table = present(table).map(|list| shown_within(&list, LONGEST_LIST));
    let load_id = present(of_each(|table| table.load_id().unwrap_or_default()));
    let source = present(of_each(source));
    let rows: u64 = tables
        .iter()
        .map(|table| match &table.result {
            Ok(LoadOutcome::Loaded(report)) => report.rows,
            _ => 0,
        })
        .sum();
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (id, label, receive_count) = (&message.id, disposition.label(), message.receive_count);
    let (kind, story) = (present(kinds(settlement)), story(settlement, &reason));
    let [load_id, source] = [load_id, source].map(|list| list.map(|list| shown_within(&list, LONGEST_LIST)));
    // The macro needs its level as a literal; the fields are the same at every level.
    macro_rules! settled {
        ($level:ident) => {
            $level!(message.id = %id, disposition = label, table, load.id = load_id, source, rows, duration_ms, receive_count, load_errors, kind, "{story}")
        };
    }
    match disposition {
        _ if reason.is_empty() => settled!(info),
        // Nothing is wrong with the message: another delivery follows.
        Disposition::Release => settled!(info),
        // Thousands may be put off again and again: how many are is told once a minute.
        Disposition::Retry { .. } if settlement.is_put_off() => settled!(debug),
        Disposition::Retry { .. } | Disposition::Forget => settled!(warn),
        // Somebody must act.
        Disposition::Park | Disposition::Delete | Disposition::ByHand => settled!(error),
    }
}

/// `None` for what is empty, or empty for every table.
fn present(field: String) -> Option<String> {
    (!field.trim_matches(',').is_empty()).then_some(field)
}

/// Lists as one, without those that are empty.
fn listed(lists: [String; 2]) -> String {
    lists.into_iter().filter(|list| !list.is_empty()).collect::<Vec<String>>().join(",")
}

/// What was loaded, by the address of its file, its manifest or its directory; of files that another message's load has loaded along with
/// its own, the first.
fn source(table: &TableResult) -> String {
    match &table.result {
        Ok(LoadOutcome::Loaded(report)) => report.source_url.to_string(),
        Ok(LoadOutcome::Skipped(SkipReason::Gathered { .. })) => {
            table.loaded_files().next().map_or_else(String::new, ToString::to_string)
        }
        _ => String::new(),
    }
}

fn story(settlement: &Settlement, reason: &str) -> String {
    let Ok(tables) = &settlement.results else { return format!("invalid load message: {reason}") };
    let of_table = |table: &TableResult| match &table.result {
        Ok(LoadOutcome::Loaded(report)) => {
            format!("loaded {} rows into {}{}", report.rows, table.target, report.other_rows())
        }
        Ok(LoadOutcome::Skipped(SkipReason::Gathered { load_id })) => {
            format!("loaded into {} along with the files of other messages, by load {load_id}", table.target)
        }
        Ok(LoadOutcome::Skipped(reason)) => format!("skipped {}: {reason}", table.target),
        Err(failure) => failure.to_string(),
    };
    let refused = settlement.refused().map(|refused| refused.failure.to_string());
    let events = settlement.events.as_ref().map(EventsOfMessage::acknowledged);
    let parts = tables.iter().map(of_table).chain(refused).chain(events.flatten());
    parts.collect::<Vec<String>>().join("; ")
}

fn kinds(settlement: &Settlement) -> String {
    let of_refused = settlement.refused().map(|refused| refused.failure.kind.label());
    let kinds: Vec<&str> = match &settlement.results {
        Err(undecodable) => vec![undecodable.failure.kind.label()],
        Ok(tables) => tables
            .iter()
            .map(|table| table.result.as_ref().err().map_or("", |failure| failure.kind.label()))
            .chain(of_refused)
            .collect(),
    };
    kinds.join(",")
}
