//! Sends the messages of a backfill, and waits for their loads.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::{CommandError, terminal};
use crate::missing::flight::{Flight, Sent};
use crate::model::count::counted;
use crate::queue::MessageQueue;
use crate::queue::group::GroupId;

/// Between two looks at the ledger: short as long as there are answers, longer while there are none.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What a backfill sends, in its order.
pub(super) trait Shipment {
    /// What a message asks for.
    type Asked;
    /// What is counted.
    const UNIT: &'static str;

    /// How much there is to send in all, as far as that is known.
    fn all(&self) -> u64;
    /// `None` behind the last one.
    async fn next(&mut self) -> Result<Option<Message<Self::Asked>>, CommandError>;
    /// Takes out of the flight what is loaded by now. Returns how much of it is.
    async fn look(
        &mut self,
        flight: &mut Flight<Self::Asked>,
    ) -> Result<(u64, Vec<Sent<Self::Asked>>), CommandError>;
    /// How much of it is not loaded.
    fn count(asked: &Self::Asked) -> u64;
    /// Whether some of it is, so that somebody loads.
    fn is_loaded_in_part(asked: &Self::Asked) -> bool;
    fn name(asked: &Self::Asked) -> String;
}

pub(super) struct Message<T> {
    pub(super) body: String,
    pub(super) group: GroupId,
    /// For whoever watches.
    pub(super) date: String,
    pub(super) asked: T,
}

/// How far a backfill has come.
#[derive(Debug, Clone, Default)]
struct Progress {
    unit: &'static str,
    all: u64,
    sent: u64,
    loaded: u64,
    given_up: u64,
    last: String,
}

/// At most so many messages at a time, each of which is waited for so long.
pub(super) async fn run<S: Shipment>(
    (in_flight, patience): (u16, Duration),
    queue: &dyn MessageQueue,
    mut shipment: S,
) -> Result<ExitCode, CommandError> {
    let mut progress = Progress { unit: S::UNIT, all: shipment.all(), ..Progress::default() };
    let shown = Arc::new(Mutex::new(progress.clone()));
    let _showing = {
        let shown = Arc::clone(&shown);
        terminal::progress(move || shown.lock().unwrap_or_else(PoisonError::into_inner).words())
    };
    let mut flight = Flight::new(in_flight.into(), patience);
    let (mut pause, mut is_all_sent) = (SHORTEST_PAUSE, false);
    loop {
        while !is_all_sent && flight.has_room() && !flight.is_hopeless() {
            let Some(next) = shipment.next().await? else {
                is_all_sent = true;
                break;
            };
            progress.last.clone_from(&next.date);
            progress.sent += S::count(&next.asked);
            flight.add(send::<S>(queue, next).await?);
        }
        progress.all = shipment.all();
        shown.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&progress);
        if flight.is_empty() {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE).min(patience.max(SHORTEST_PAUSE));
        let (loaded, answered) = shipment.look(&mut flight).await?;
        if loaded > 0 {
            progress.loaded += loaded;
            pause = SHORTEST_PAUSE;
        }
        for sent in answered {
            tracing::info!("{}: loaded (message {})", S::name(&sent.what), sent.message_id);
        }
        for Sent { what, message_id, .. } in flight.given_up(Instant::now(), S::is_loaded_in_part) {
            progress.given_up += S::count(&what);
            tracing::warn!(
                "{}: not loaded within {}: message {message_id}; `s3-to-redshift dead-letters list --id {message_id}` tells whether it was parked",
                S::name(&what),
                humantime::format_duration(patience),
            );
        }
    }
    progress.tell();
    if !is_all_sent {
        tracing::error!(
            "stopped, as {} in a row had no answer: see that the daemon runs and is not paused, and what it has parked; then run this again, and it goes on where it was",
            counted(in_flight.into(), "message")
        );
    }
    Ok(if progress.given_up == 0 && is_all_sent { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn send<S: Shipment>(
    queue: &dyn MessageQueue,
    next: Message<S::Asked>,
) -> Result<Sent<S::Asked>, CommandError> {
    let Message { body, group, asked: what, .. } = next;
    let message_id = queue.send(&body, &group).await;
    let message_id = message_id.map_err(|error| CommandError::Failed(error.to_string()))?;
    tracing::info!("{}: sent (message {message_id})", S::name(&what));
    Ok(Sent { what, message_id, sent_at: Instant::now() })
}

impl Progress {
    fn words(&self) -> String {
        let Self { unit, all, sent, loaded, given_up, last } = self;
        let given_up = if *given_up > 0 { format!(", {given_up} without an answer") } else { String::new() };
        format!("{loaded} of {all} {unit}s loaded, {sent} sent{given_up}, the last {last}")
    }

    fn tell(&self) {
        let Self { unit, all, sent, loaded, given_up, .. } = self;
        tracing::info!(
            "{} loaded, {given_up} without an answer, {} not sent",
            counted(*loaded, unit),
            all.saturating_sub(*sent)
        );
    }
}
