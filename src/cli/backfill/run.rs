//! Sends the messages of a backfill, and waits for their loads.

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::cli::backfill::dates::{Wanted, WantedDate};
use crate::cli::backfill::{BackfillFlags, failed};
use crate::cli::{CommandError, terminal};
use crate::load::Loader;
use crate::missing::flight::{Flight, Sent};
use crate::model::count::counted;
use crate::model::target_table::TargetTable;
use crate::queue::MessageQueue;
use crate::queue::group::GroupId;
use crate::request::LoadRequest;

/// Between two looks at the ledger: short as long as there are answers, longer while there are none.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How far a backfill has come.
#[derive(Debug, Clone, Default)]
struct Progress {
    all: u64,
    sent: u64,
    loaded: u64,
    given_up: u64,
    last: String,
}

pub(super) async fn run(
    flags: &BackfillFlags,
    loader: &Loader,
    queue: &dyn MessageQueue,
    request: &LoadRequest,
    wanted: Wanted,
    forced: &HashSet<TargetTable>,
) -> Result<ExitCode, CommandError> {
    let found = wanted.dates.len();
    let mut to_send: Vec<WantedDate> =
        wanted.dates.into_iter().filter(|date| date.is_to_be_sent(request.force)).collect();
    if found > to_send.len() {
        tracing::info!(
            "{} passed over, as the ledger has them",
            counted((found - to_send.len()) as u64, "date")
        );
    }
    to_send.reverse();
    let mut progress = Progress { all: to_send.len() as u64, ..Progress::default() };
    let shown = Arc::new(Mutex::new(progress.clone()));
    let _showing = {
        let shown = Arc::clone(&shown);
        terminal::progress(move || shown.lock().unwrap_or_else(PoisonError::into_inner).words())
    };
    let mut flight = Flight::new(flags.in_flight.into(), flags.patience);
    let mut pause = SHORTEST_PAUSE;
    while !flight.is_empty() || !to_send.is_empty() {
        while flight.has_room() && !flight.is_hopeless() {
            let Some(next) = to_send.pop() else { break };
            progress.last = next.date.to_string();
            flight.add(send(flags, queue, next, forced).await?);
            progress.sent += 1;
        }
        shown.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&progress);
        if flight.is_empty() {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE).min(flags.patience.max(SHORTEST_PAUSE));
        for (target, dates) in flight.asked() {
            let loads = loader.warehouse.loads_of_dates(&target, &dates).await.map_err(failed)?;
            for sent in flight.answered(&target, &loads) {
                tracing::info!("{} of {} is loaded", sent.target, sent.date);
                progress.loaded += 1;
                pause = SHORTEST_PAUSE;
            }
        }
        for sent in flight.given_up(Instant::now()) {
            progress.given_up += 1;
            tracing::warn!(
                "{} of {} was not loaded within {}: message {}; `s3-to-redshift dead-letters list --id {}` tells whether it was parked",
                sent.target,
                sent.date,
                humantime::format_duration(flags.patience),
                sent.message_id,
                sent.message_id
            );
        }
    }
    let Progress { loaded, given_up, .. } = progress;
    tracing::info!(
        "{} loaded, {} without an answer, {} not sent",
        counted(loaded, "date"),
        given_up,
        to_send.len()
    );
    if !to_send.is_empty() {
        tracing::error!(
            "stopped, as {} in a row had no answer: see that the daemon runs and is not paused, and what it has parked; then run this again, and it goes on where it was",
            counted(flags.in_flight.into(), "message")
        );
    }
    Ok(if given_up == 0 && to_send.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn send(
    flags: &BackfillFlags,
    queue: &dyn MessageQueue,
    next: WantedDate,
    forced: &HashSet<TargetTable>,
) -> Result<Sent, CommandError> {
    let WantedDate { date, target, earlier, .. } = next;
    let of_date = [
        ("tables", json!([target.table.as_str()])),
        ("date", Value::from(date.to_string())),
        ("force", Value::from(forced.contains(&target))),
    ];
    let body = flags.request.message_with(of_date);
    let message_id = queue.send(&body, &GroupId::of(&target)).await;
    let message_id = message_id.map_err(|error| CommandError::Failed(error.to_string()))?;
    tracing::info!("{target} of {date} is sent: message {message_id}");
    Ok(Sent { target, date, message_id, sent_at: Instant::now(), earlier })
}

impl Progress {
    fn words(&self) -> String {
        let Self { all, sent, loaded, given_up, last } = self;
        let given_up = if *given_up > 0 { format!(", {given_up} without an answer") } else { String::new() };
        format!("{loaded} of {all} dates loaded, {sent} sent{given_up}, the last {last}")
    }
}
