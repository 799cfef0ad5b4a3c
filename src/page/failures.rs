//! Failures by table and kind: what failed, where, and what to do.

use maud::{Markup, html};

use crate::daemon::state::failures::FailureReport;
use crate::failure::FailureKind;
use crate::failure::load_error::LoadError;
use crate::model::object::ObjectUri;
use crate::model::shown::for_shell;
use crate::page::list::first;
use crate::page::words::{date, load_path, moment, path_of_table, sentence, short};

/// Groups that are shown, and rows that COPY refused of each.
const MOST_GROUPS: usize = 20;
const MOST_ROWS: usize = 3;

/// What became of a message that somebody must send back.
const PARKED: &str = "parked";

/// Failures of one kind at one table.
struct Group<'a> {
    last: &'a FailureReport,
    messages: usize,
    /// That are kept; there may have been more.
    first_at: &'a str,
}

/// Failures stand newest first, and so do their groups; those that a load has followed come last.
fn groups(failures: &[FailureReport]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for failure in failures {
        let is_same =
            |group: &&mut Group<'_>| (&group.last.table, group.last.kind) == (&failure.table, failure.kind);
        match groups.iter_mut().find(is_same) {
            Some(group) => {
                group.messages += failure.messages;
                group.first_at = &failure.at;
            }
            None => groups.push(Group { last: failure, messages: failure.messages, first_at: &failure.at }),
        }
    }
    groups.sort_by_key(|group| group.last.was_loaded_since);
    groups
}

/// All failures, in so many bytes; nothing when there are none.
pub(super) fn section(failures: &[FailureReport], bytes: usize) -> Markup {
    let groups = groups(failures);
    let shown = first(&groups, MOST_GROUPS, bytes, of_group);
    html! {
        @if !failures.is_empty() {
            h2 { "Failures " small { "of this process, by table and kind" } }
            @for group in &shown.items { (group) }
            @if shown.more > 0 { p.dim { "and " (shown.more) " more" } }
        }
    }
}

fn of_group(group: &Group<'_>) -> Markup {
    let last = group.last;
    html! {
        div.failure.over[last.was_loaded_since] {
            p {
                b { (last.kind) }
                @if let Some(table) = &last.table {
                    " of " a href=(path_of_table(table)) { (short(table)) }
                }
                " · " (moment(&last.at)) " · message " (last.disposition)
                @if group.messages > 1 {
                    " · " (group.messages) " times since " (moment(group.first_at))
                }
                @if last.was_loaded_since { " · " span.ok { "loaded since" } }
                @if last.newer_was_loaded_since { " · " span.warn { "newer data was loaded since, this was not" } }
            }
            p { (sentence(&last.sentence)) }
            @for row in last.load_errors.iter().take(MOST_ROWS) { p.rows { (of_row(row)) } }
            @if last.disposition == PARKED && !last.was_loaded_since {
                p { (next_step(group)) }
            }
            p.dim {
                "stage " (last.stage)
                @if let Some(of) = &last.data_date { " · data of " (date(of)) }
                @if let Some(source) = &last.source { " · " (short(source)) }
                " · message " (short(&last.message_id))
                @if let Some(load_id) = &last.load_id {
                    " · load " a href=(load_path(load_id)) { (short(load_id)) }
                }
            }
        }
    }
}

/// What to do about a parked message, or about several.
fn next_step(group: &Group<'_>) -> Markup {
    let last = group.last;
    let command = "s3-to-redshift dead-letters ";
    html! {
        @if last.kind == FailureKind::InvalidRequest.label() {
            // As it is, it is refused again.
            "Correct it where it is made, and send it anew. To see it: " code { (command) "show --id " (short(&last.message_id)) }
        } @else if last.newer_was_loaded_since && let Some(load) = load_of_date(last) {
            // Sent back, the message would find the newer data, and be done.
            "Once that is fixed, load this date by name: " code { (load) }
        } @else if group.messages > 1 && let Some(table) = &last.table {
            "Once that is fixed: " code { (command) "redrive --kind " (last.kind) " --table " (short(table)) }
        } @else {
            "Once that is fixed: " code { (command) "redrive --id " (short(&last.message_id)) }
        }
    }
}

/// The command that loads the data of a failure although there is newer.
fn load_of_date(failure: &FailureReport) -> Option<String> {
    let (schema, table) = failure.table.as_ref()?.split_once('.')?;
    let source = ObjectUri::parse(failure.source.as_ref()?).ok()?;
    let partition = format!("{schema}/{table}/_data_timestamp_year=");
    let folder = source.folder();
    let folder = folder.find(&partition).and_then(|at| folder.get(..at)).unwrap_or(folder);
    let bucket = format!("{}/{folder}", source.bucket);
    let arguments = [schema, table, bucket.trim_end_matches('/'), failure.data_date.as_ref()?];
    let [schema, table, bucket, date] = arguments.map(|word| for_shell(&short(word)));
    Some(format!(
        "s3-to-redshift load --schema {schema} --tables {table} --bucket {bucket} --date {date} --force"
    ))
}

fn of_row(row: &LoadError) -> Markup {
    html! {
        (short(&row.file))
        @if row.line > 0 { " line " (row.line) }
        @if !row.column.is_empty() { " column " (short(&row.column)) " (" (short(&row.column_type)) ")" }
        ": " (short(&row.reason))
        @if let Some(value) = &row.value { " [" (short(value)) "]" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::states::failure;

    #[test]
    fn data_that_newer_data_has_passed_is_loaded_by_its_date() {
        let of = |source: &str| {
            let failure = FailureReport {
                disposition: PARKED,
                newer_was_loaded_since: true,
                data_date: Some("2013-03-11T00:00:00Z".to_owned()),
                source: Some(source.to_owned()),
                ..failure("nyc.ferries")
            };
            load_of_date(&failure).unwrap()
        };
        let loads = |bucket: &str| {
            format!(
                "s3-to-redshift load --schema nyc --tables ferries --bucket {bucket} --date '2013-03-11T00:00:00Z' --force"
            )
        };
        assert_eq!(of("s3://b/nyc_ferries_2013-03-11T00:00:00Z.json"), loads("b"));
        assert_eq!(of("s3://b/in/it's/nyc_ferries_2013-03-11T00:00:00Z.json"), loads(r"'b/in/it'\''s'"));
        let partitioned = "s3://b/in/nyc/ferries/_data_timestamp_year=2013/_data_timestamp_month=03/_data_timestamp_day=11/x.json";
        assert_eq!(of(partitioned), loads("'b/in'"));
    }
}
