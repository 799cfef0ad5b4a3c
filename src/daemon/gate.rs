//! The gate: what people have said about which loads may start now. Decides, and does nothing.
//!
//! Besides it, the breaker and the number of slots keep loads from starting, and the end of the daemon.

use std::fmt;
use std::sync::Arc;

use crate::model::maintenance::Maintenance;
use crate::model::pause::{Pause, Pauses};
use crate::model::target_table::TargetTable;
use crate::telemetry::labels::PauseScope;

/// Which loads may start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gate {
    /// Why no load may; `None` while some may.
    closed: Option<Closed>,
    pauses: Arc<Pauses>,
}

/// Why no load may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closed {
    Paused(Pause),
    Maintenance(Maintenance),
    /// Nobody knows what is paused, for this reason. A load that somebody has paused must not start because of that.
    NotKnown(String),
}

/// As the predicate of a sentence.
impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused(pause) => pause.fmt(f),
            Self::Maintenance(maintenance) => maintenance.fmt(f),
            Self::NotKnown(why) => write!(f, "what is paused is not known: {why}"),
        }
    }
}

impl Closed {
    /// Whether somebody wants it so.
    pub(super) fn is_wish(&self) -> bool {
        match self {
            Self::Paused(_) | Self::Maintenance(_) => true,
            Self::NotKnown(_) => false,
        }
    }

    /// Under which it is counted.
    pub(super) fn scope(&self) -> PauseScope {
        match self {
            Self::Paused(_) => PauseScope::Daemon,
            Self::Maintenance(_) => PauseScope::Maintenance,
            Self::NotKnown(_) => PauseScope::Unknown,
        }
    }
}

impl Gate {
    /// What was paused when that was last known, why it is not known now, and the maintenance window that this moment is in.
    pub(super) fn of(
        pauses: &Arc<Pauses>,
        not_known: Option<String>,
        maintenance: Option<Maintenance>,
    ) -> Self {
        let pause = pauses.of_all().cloned().map(Closed::Paused);
        // What ends by somebody's word is told before what ends by itself.
        let closed = pause.or(not_known.map(Closed::NotKnown)).or(maintenance.map(Closed::Maintenance));
        Self { closed, pauses: Arc::clone(pauses) }
    }

    /// Why no load may start.
    pub(super) fn closed(&self) -> Option<&Closed> {
        self.closed.as_ref()
    }

    /// The pause of this very table.
    pub(super) fn pause_of(&self, target: &TargetTable) -> Option<&Pause> {
        self.pauses.of_table(target)
    }

    fn has_paused_tables(&self) -> bool {
        self.pauses.of_tables().next().is_some()
    }

    /// Whether a load of this table may start.
    pub(super) fn lets(&self, target: &TargetTable) -> bool {
        self.closed.is_none() && self.pause_of(target).is_none()
    }

    /// Whether a load of any table may start.
    pub(super) fn lets_all(&self) -> bool {
        self.closed.is_none() && !self.has_paused_tables()
    }

    /// Whether somebody must ask again, to see when what keeps loads from starting has ended.
    pub(super) fn is_watched(&self) -> bool {
        !self.pauses.all().is_empty() || matches!(self.closed, Some(Closed::NotKnown(_)))
    }

    pub(super) fn pauses(&self) -> &Pauses {
        &self.pauses
    }
}
