//! What people may have the daemon do: pause and resume, load something now, abort a load. Whoever asks has shown that they may.
//! Every use is a line of the log, with who, why, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::task::TaskTracker;
use tracing::info;

use crate::daemon::settlement::joined;
use crate::daemon::shutdown::Shutdown;
use crate::daemon::state::pauses::PauseReport;
use crate::daemon::{Daemon, by_hand, gate_watch};
use crate::failure::Failure;
use crate::model::load_id::LoadId;
use crate::model::pause::{PauseTarget, Pauses, WhoAndWhy};
use crate::model::shown::shown_within;
use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;
use crate::request::decode::decode_beside;
use crate::telemetry::panics;
use crate::telemetry::progress::Attempt;

/// For Redshift to write a pause.
const LONGEST_WRITE: Duration = Duration::from_secs(20);
/// Bytes of what it was about, and of an outcome, in the log.
const LONGEST_SUBJECT: usize = 1024;
const LONGEST_OUTCOME: usize = 2048;

/// What people may have the daemon do. What is begun is done, whether or not anybody waits for the answer.
#[async_trait]
pub trait Control: Send + Sync {
    /// Pauses for every daemon with this ledger.
    async fn pause(&self, target: PauseTarget, who: WhoAndWhy) -> Result<PauseTaken, NotDone>;

    /// Ends a pause, if there is one, and tells all that is still paused.
    async fn resume(&self, target: PauseTarget, who: WhoAndWhy) -> Result<Vec<PauseReport>, NotDone>;

    /// Loads now what the body of a message asks for, in this process. `peer` asks, unless the body says who.
    async fn load(&self, body: String, peer: String) -> Result<LoadTaken, NotDone>;

    /// Stops a running load of this process, whose message is parked.
    async fn abort(&self, load_id: LoadId, who: WhoAndWhy) -> Result<AbortTaken, NotDone>;
}

/// A pause that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseTaken {
    /// All that is paused then.
    pub pauses: Vec<PauseReport>,
    /// Why it may hold nothing: no such table is known.
    pub doubt: Option<String>,
}

/// Loads that were taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadTaken {
    /// What stands for the id of a message, which there is none of.
    pub message_id: String,
    pub targets: Vec<TargetTable>,
    /// Pauses and windows that others have to wait for.
    pub although: Vec<String>,
}

/// A load that was told to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbortTaken {
    pub message_id: String,
    pub target: TargetTable,
}

/// Why something was not done, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    NotFound(String),
    /// Now; later perhaps.
    #[error("{0}")]
    NotNow(String),
}

impl From<Failure> for NotDone {
    fn from(failure: Failure) -> Self {
        Self::NotNow(failure.to_string())
    }
}

pub(super) struct OfDaemon {
    pub(super) daemon: Arc<Daemon>,
    /// Who is awaited before the daemon ends.
    pub(super) workers: TaskTracker,
    pub(super) shutdown: Shutdown,
}

#[async_trait]
impl Control for OfDaemon {
    async fn pause(&self, target: PauseTarget, who: WhoAndWhy) -> Result<PauseTaken, NotDone> {
        let daemon = Arc::clone(&self.daemon);
        self.to_its_end(async move {
            let written = daemon.loader.warehouse.pause(&target, &who).await;
            let paused = pauses_after(&daemon, written).await;
            let paused = told("pause", &target.to_string(), &who, paused, |_| "paused".to_owned())?;
            let doubt = daemon.loader.doubt_about(&target).await;
            Ok(PauseTaken { pauses: PauseReport::all_of(&paused), doubt })
        })
        .await
    }

    async fn resume(&self, target: PauseTarget, who: WhoAndWhy) -> Result<Vec<PauseReport>, NotDone> {
        let daemon = Arc::clone(&self.daemon);
        self.to_its_end(async move {
            let written = daemon.loader.warehouse.resume(&target).await;
            let paused = pauses_after(&daemon, written).await;
            told("resume", &target.to_string(), &who, paused, |paused| {
                format!("resumed, {} pauses are left", paused.all().len())
            })
            .map(|paused| PauseReport::all_of(&paused))
        })
        .await
    }

    async fn load(&self, body: String, peer: String) -> Result<LoadTaken, NotDone> {
        let (read, who) = match decode_beside(&body, &["by", "reason"]) {
            Ok((request, beside)) => {
                let said = |name: &str| beside.get(name).map(String::as_str);
                (Ok(request), WhoAndWhy::new(said("by").unwrap_or(&peer), said("reason").unwrap_or_default()))
            }
            Err(invalid) => (Err(invalid), WhoAndWhy::new(&peer, "")),
        };
        let directory = self.daemon.settings.table_config_dir.as_deref();
        let read = read.and_then(|request| request.confined_to(directory));
        let tables = match &read {
            Ok(request) => joined(&request.targets),
            Err(invalid) => joined(&invalid.targets),
        };
        let taken = match read {
            Ok(request) => self.take_up(request, body).await,
            Err(invalid) => Err(NotDone::Invalid(invalid.to_string())),
        };
        told("load", &tables, &who, taken, |taken| format!("taken up as {}", taken.message_id))
    }

    async fn abort(&self, load_id: LoadId, who: WhoAndWhy) -> Result<AbortTaken, NotDone> {
        let Daemon { loader, aborts, .. } = &*self.daemon;
        let is_meant = |attempt: &Attempt| attempt.load_id == load_id && attempt.stage.is_some();
        let running = loader.progress.attempts_of(is_meant).pop();
        let stopped = running.filter(|load| aborts.abort(&load.target, &load.message_id, who.clone()));
        let stopped = stopped.map(|load| AbortTaken { message_id: load.message_id, target: load.target });
        let stopped = stopped.ok_or_else(|| {
            NotDone::NotFound(format!("no load {load_id} runs in this process; /status says what runs"))
        });
        told("abort", &format!("load {load_id}"), &who, stopped, |load| {
            format!("{} is told to stop", load.target)
        })
    }
}

impl OfDaemon {
    /// Does what is to be done and logged whether or not anybody waits for the answer, unless the daemon ends in haste.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, NotDone>> + Send + 'static,
    ) -> Result<T, NotDone> {
        let (metrics, aborting) = (Arc::clone(&self.daemon.metrics), self.shutdown.aborting().clone());
        let ended = self.workers.spawn(async move {
            tokio::select! {
                biased;
                done = panics::caught(&metrics, Box::pin(work)) => done.ok(),
                () = aborting.cancelled() => None,
            }
        });
        match tokio::time::timeout(LONGEST_WRITE, ended).await {
            Ok(Ok(Some(done))) => done,
            // Whatever has ended it is in the log.
            Ok(_) => Err(NotDone::NotNow("it was ended before it was done".to_owned())),
            Err(_) => {
                let seconds = LONGEST_WRITE.as_secs();
                let sentence =
                    format!("Redshift has not answered within {seconds} s; ask again, which does no harm");
                Err(NotDone::NotNow(sentence))
            }
        }
    }

    async fn take_up(&self, request: LoadRequest, body: String) -> Result<LoadTaken, NotDone> {
        let daemon = &self.daemon;
        let place = daemon.by_hand.place_for(request.targets.len()).ok_or_else(|| {
            let sentence = "too many loads that were asked for by hand wait already; send it to the queue with `enqueue`";
            NotDone::NotNow(sentence.to_owned())
        })?;
        let gate = gate_watch::look(daemon).await;
        let pauses = request
            .targets
            .iter()
            .filter_map(|target| Some(format!("{target} is {}", gate.pause_of(target)?)));
        let although = gate.closed().map(ToString::to_string).into_iter().chain(pauses).collect();
        if daemon.health.is_draining() {
            let sentence = "the daemon is ending; ask another one, or send it to the queue with `enqueue`";
            return Err(NotDone::NotNow(sentence.to_owned()));
        }
        let targets = request.targets.clone();
        let message_id = by_hand::start(daemon, &self.workers, &self.shutdown, request, body, place);
        Ok(LoadTaken { message_id, targets, although })
    }
}

/// What is paused once that was written.
async fn pauses_after(daemon: &Daemon, written: Result<(), Failure>) -> Result<Arc<Pauses>, NotDone> {
    written?;
    gate_watch::after_change(daemon).await.map_err(|failure| {
        NotDone::NotNow(format!("it is written, but what is paused now could not be read: {failure}"))
    })
}

/// Writes the line of a use.
fn told<T>(
    action: &'static str,
    subject: &str,
    who: &WhoAndWhy,
    done: Result<T, NotDone>,
    outcome: impl FnOnce(&T) -> String,
) -> Result<T, NotDone> {
    let outcome = match &done {
        Ok(done) => outcome(done),
        Err(why) => format!("not done: {why}"),
    };
    let (subject, outcome) =
        (shown_within(subject, LONGEST_SUBJECT), shown_within(&outcome, LONGEST_OUTCOME));
    let WhoAndWhy { by, reason } = who;
    info!(action, by, reason, "{action} of {subject}, asked for over HTTP: {outcome}");
    done
}
