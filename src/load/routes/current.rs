//! The rules that files are routed by: read at the start, and read again while the daemon runs. A file that has become wrong takes
//! no rule away.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::config::routing::{RoutesLocation, Unrouted};
use crate::load::routes::{NoRoutes, fetch, parse};
use crate::model::shown::shown_within;
use crate::routing::Routes;
use crate::storage::ObjectStore;

/// Bytes of why a file is not in use; the log has every problem.
const LONGEST_OBSTACLE: usize = 4096;

/// The rules that are in use.
pub struct CurrentRoutes {
    store: Arc<dyn ObjectStore>,
    location: RoutesLocation,
    /// What becomes of a file that none of them takes.
    pub unrouted: Unrouted,
    in_use: Mutex<InUse>,
}

struct InUse {
    routes: Arc<Routes>,
    /// Of the file as it was read last, whether its rules are in use or it was refused.
    seen: Hash,
    /// Why that file is not in use; `None` while it is.
    refused: Option<String>,
    /// Why the file cannot be read now.
    unreadable: Option<String>,
}

type Hash = [u8; 32];

/// What has come of reading the file again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadAgain {
    /// As it was read last.
    Unchanged,
    /// So many rules are in use from now on.
    Changed(usize),
    /// The rules from before stay: the problems of the file.
    Refused(Vec<String>),
    /// The rules from before stay: why it cannot be read.
    Unreadable(String),
}

impl CurrentRoutes {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// When it cannot be read, or is wrong.
    pub async fn read(
        store: Arc<dyn ObjectStore>,
        location: RoutesLocation,
        unrouted: Unrouted,
    ) -> Result<Self, NoRoutes> {
        let content = fetch(store.as_ref(), &location).await.map_err(NoRoutes::Unreadable)?;
        let seen = hash(&content);
        let routes = Arc::new(parse(&location, content).map_err(NoRoutes::Invalid)?);
        Ok(Self {
            store,
            location,
            unrouted,
            in_use: Mutex::new(InUse { routes, seen, refused: None, unreadable: None }),
        })
    }

    pub fn now(&self) -> Arc<Routes> {
        Arc::clone(&self.in_use().routes)
    }

    /// Why the file as it is now is not in use, and the rules from before are; `None` while it is in use.
    pub fn obstacle(&self) -> Option<String> {
        let in_use = self.in_use();
        in_use.unreadable.as_ref().or(in_use.refused.as_ref()).cloned()
    }

    /// Reads the file again. A wrong one is refused once, and again only when it has changed.
    pub async fn read_again(&self) -> ReadAgain {
        let content = match fetch(self.store.as_ref(), &self.location).await {
            Ok(content) => content,
            Err(unreadable) => {
                self.in_use().unreadable = Some(shown_within(&unreadable, LONGEST_OBSTACLE));
                return ReadAgain::Unreadable(unreadable);
            }
        };
        let seen = hash(&content);
        if seen == self.in_use().seen {
            self.in_use().unreadable = None;
            return ReadAgain::Unchanged;
        }
        let parsed = parse(&self.location, content);
        let mut in_use = self.in_use();
        in_use.seen = seen;
        in_use.unreadable = None;
        match parsed {
            Ok(routes) => {
                let count = routes.count();
                in_use.routes = Arc::new(routes);
                in_use.refused = None;
                ReadAgain::Changed(count)
            }
            Err(problems) => {
                in_use.refused = Some(shown_within(&problems.join("; "), LONGEST_OBSTACLE));
                ReadAgain::Refused(problems)
            }
        }
    }

    fn in_use(&self) -> MutexGuard<'_, InUse> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where they are.
impl fmt::Display for CurrentRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.fmt(f)
    }
}

fn hash(content: &[u8]) -> Hash {
    Sha256::digest(content).into()
}
