//! The notices of a settled message: one for each of its tables whose story has ended.

use crate::daemon::Daemon;
use crate::daemon::settlement::{Settlement, TableResult};
use crate::failure::Failure;
use crate::failure::disposition::{Delivery, Disposition, disposition};
use crate::load::{LoadOutcome, LoadReport};
use crate::model::target_table::TargetTable;
use crate::notify::notice::{Event, Notice, is_notice};
use crate::plan::decision::SkipReason;

/// Puts the notices of a message that was settled like this.
pub(super) fn note(daemon: &Daemon, settlement: &Settlement, delivery: Delivery, settled: Disposition) {
    if settlement.results.is_err() && is_notice(&settlement.message.body) {
        return;
    }
    let at = daemon.now();
    for notice in of_settlement(settlement, delivery, settled, &at) {
        daemon.notices.put(notice);
    }
}

fn of_settlement(settlement: &Settlement, delivery: Delivery, settled: Disposition, at: &str) -> Vec<Notice> {
    let new = |event: Event, target: Option<&TargetTable>| Notice {
        event,
        load_id: None,
        message_id: settlement.message.id.clone(),
        target: target.cloned(),
        data_date: None,
        rows: None,
        bytes: None,
        source: None,
        kind: None,
        reason: None,
        at: at.to_owned(),
    };
    let of_failure = |failure: &Failure, target: Option<&TargetTable>| {
        Some(Notice {
            load_id: failure.load_id.as_ref().map(ToString::to_string),
            data_date: failure.data.as_ref().map(|data| data.date.to_string()),
            source: failure.data.as_ref().map(|data| data.source.to_string()),
            kind: Some(failure.kind.label()),
            reason: Some(failure.to_string()),
            ..new(event_of(failure, delivery, settled)?, target)
        })
    };
    let of_table = |table: &TableResult| match &table.result {
        Ok(LoadOutcome::Loaded(LoadReport { rows, bytes, data_date, source_url, .. })) => Some(Notice {
            load_id: table.load_id(),
            data_date: Some(data_date.to_string()),
            rows: Some(*rows),
            bytes: Some(*bytes),
            source: Some(source_url.to_string()),
            ..new(Event::Loaded, Some(&table.target))
        }),
        // As long as the message stays in the queue, each delivery would tell it anew.
        Ok(LoadOutcome::Skipped(_)) if !leaves_queue(settled) => None,
        Ok(LoadOutcome::Skipped(reason)) => Some(Notice {
            load_id: table.load_id(),
            data_date: data_date_of(reason),
            kind: Some(reason.label()),
            reason: Some(reason.to_string()),
            ..new(Event::Skipped, Some(&table.target))
        }),
        Err(failure) => of_failure(failure, Some(&table.target)),
    };
    match &settlement.results {
        Ok(tables) => {
            let of_files = settlement.refused();
            let of_files =
                of_files.filter_map(|refused| of_failure(&refused.failure, refused.targets.first()));
            tables.iter().filter_map(of_table).chain(of_files).collect()
        }
        Err(undecodable) if undecodable.targets.is_empty() => {
            of_failure(&undecodable.failure, None).into_iter().collect()
        }
        Err(undecodable) => {
            let targets = undecodable.targets.iter();
            targets.filter_map(|target| of_failure(&undecodable.failure, Some(target))).collect()
        }
    }
}

fn leaves_queue(settled: Disposition) -> bool {
    matches!(settled, Disposition::Delete | Disposition::Park)
}

/// `None` for a failure that may pass: the next delivery tells more.
fn event_of(failure: &Failure, delivery: Delivery, settled: Disposition) -> Option<Event> {
    match settled {
        Disposition::Park => Some(Event::Parked),
        Disposition::Retry { .. } if disposition([failure.kind], delivery) == Disposition::Park => {
            Some(Event::Refused)
        }
        Disposition::Retry { .. }
        | Disposition::Delete
        | Disposition::Release
        | Disposition::Forget
        | Disposition::ByHand => None,
    }
}

/// Of the file that was skipped, where it was looked for.
fn data_date_of(reason: &SkipReason) -> Option<String> {
    match reason {
        SkipReason::NotNewer { candidate, .. } | SkipReason::OlderInWindow { candidate, .. } => {
            Some(candidate.to_string())
        }
        SkipReason::SameFiles { earlier, .. } => Some(earlier.data_date.to_string()),
        SkipReason::AlreadyLoaded { .. }
        | SkipReason::Covered { .. }
        | SkipReason::Gathered { .. }
        | SkipReason::FilesKnown { .. } => None,
    }
}

#[cfg(test)]
mod tests;
