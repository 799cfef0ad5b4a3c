//! What the daemon tells of itself. Whoever shows it renders this and knows nothing else of the daemon.

pub mod health;
pub mod queue_state;
pub mod status;
pub mod tables;
pub mod pauses;
pub mod routes;
pub mod drift;
pub mod cuts;
pub mod loaded_tables;
pub mod sentence;
pub mod queue_counts;
pub mod timeline;
pub mod ledger_look;
pub mod ledger_reading;
pub(super) mod last_loads;
pub mod failures;
mod later_loads;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::task::TaskTracker;

use crate::daemon::Daemon;
use crate::daemon::control::{self, Control};
use crate::daemon::shutdown::Shutdown;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::telemetry::metrics::Metrics;

use health::Health;
use status::Status;
use timeline::{LoadTimeline, TableHistory};

/// What people ask of a running daemon. Each answer is there within about a second, whatever Redshift does.
#[async_trait]
pub trait Look: Send + Sync {
    async fn status(&self) -> Status;
    async fn load(&self, load_id: &LoadId) -> LoadTimeline;
    async fn table(&self, target: &TargetTable) -> TableHistory;
}

struct OfDaemon(Arc<Daemon>);

#[async_trait]
impl Look for OfDaemon {
    async fn status(&self) -> Status {
        Status::of(&self.0).await
    }

    async fn load(&self, load_id: &LoadId) -> LoadTimeline {
        timeline::of_load(&self.0, load_id).await
    }

    async fn table(&self, target: &TargetTable) -> TableHistory {
        timeline::of_table(&self.0, target).await
    }
}

/// All that can be seen of a running daemon, and what it can be told to do.
#[derive(Clone)]
pub struct State {
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    pub look: Arc<dyn Look>,
    pub control: Arc<dyn Control>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

impl State {
    pub(super) fn of(daemon: &Arc<Daemon>, workers: &TaskTracker, shutdown: &Shutdown) -> Self {
        let control = control::OfDaemon {
            daemon: Arc::clone(daemon),
            workers: workers.clone(),
            shutdown: shutdown.clone(),
        };
        Self {
            control: Arc::new(control),
            metrics: Arc::clone(&daemon.metrics),
            health: Arc::clone(&daemon.health),
            look: Arc::new(OfDaemon(Arc::clone(daemon))),
            now: daemon.loader.now,
        }
    }
}
