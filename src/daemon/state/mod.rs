//! What the daemon tells of itself. Whoever shows it renders this and knows nothing else of the daemon.

pub mod health;
pub mod queue_state;
pub mod status;
pub mod drift;
pub mod cuts;
pub(super) mod last_loads;
pub(super) mod failures;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::daemon::Daemon;
use crate::telemetry::metrics::Metrics;

use health::Health;
use status::Status;

/// All that can be seen of a running daemon.
#[derive(Clone)]
pub struct State {
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    pub status: Arc<dyn Fn() -> Status + Send + Sync>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

impl State {
    pub(super) fn of(daemon: &Arc<Daemon>) -> Self {
        Self {
            metrics: Arc::clone(&daemon.metrics),
            health: Arc::clone(&daemon.health),
            status: {
                let daemon = Arc::clone(daemon);
                Arc::new(move || Status::of(&daemon))
            },
            now: daemon.loader.now,
        }
    }
}
