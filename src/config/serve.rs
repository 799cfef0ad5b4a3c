//! Everything that the daemon needs, read and checked together.

use crate::config::daemon::{self, DaemonSettings};
use crate::config::environment::{Environment, InvalidConfiguration};
use crate::config::loads::{self, LoadSettings};
use crate::config::notify::{self, NotifyTarget};
use crate::config::queue::{self, QueueSettings};
use crate::config::routing::{self, RoutesLocation, Unrouted};
use crate::config::warehouse::{self, WarehouseSettings};

/// Everything that `serve` needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ServeSettings {
    pub queue: QueueSettings,
    pub warehouse: WarehouseSettings,
    pub loads: LoadSettings,
    pub daemon: DaemonSettings,
    /// `None`: files do not announce themselves.
    pub routes: Option<RoutesLocation>,
    pub unrouted: Unrouted,
    /// `None`: nobody is told.
    pub notify: Option<NotifyTarget>,
}

impl ServeSettings {
    pub fn read(mut environment: Environment) -> Result<Self, InvalidConfiguration> {
        let queue = queue::read(&mut environment);
        let settings = Self {
            notify: notify::read(&mut environment, &queue),
            queue,
            warehouse: warehouse::read(&mut environment),
            loads: loads::read(&mut environment),
            daemon: daemon::read(&mut environment),
            routes: routing::read(&mut environment),
            unrouted: routing::unrouted(&mut environment),
        };
        if settings.daemon.missing_interval.is_some() && settings.routes.is_none() {
            environment
                .problem("MISSING_INTERVAL needs ROUTES, which say where data is looked for".to_owned());
        }
        environment.finish(settings)
    }
}

#[cfg(test)]
mod tests;
