//! Who is connected: how a session is found by a cancel request, and ended by maintenance.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use crate::wire::startup::SessionKey;

/// A session that cannot be ended within this time is PostgreSQL's to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a session is reached from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handle {
    /// Told when somebody asks to cancel what the session is doing.
    pub cancelled: Arc<Notify>,
    /// Held while a cancel is on its way. A session that lets its client go on takes it first: a cancel that came
    /// for one statement must not reach the next.
    pub cancelling: Arc<Mutex<()>>,
    /// Ends the session.
    pub killed: CancellationToken,
    /// Maintenance leaves it alone.
    pub is_admin: bool,
}

#[derive(Default)]
pub(crate) struct Roster {
    sessions: std::sync::Mutex<HashMap<SessionKey, Handle>>,
    left: Notify,
}

impl Roster {
    pub(crate) fn register(&self, key: SessionKey, handle: Handle) {
        self.sessions().insert(key, handle);
    }

    pub(crate) fn forget(&self, key: SessionKey) {
        self.sessions().remove(&key);
        self.left.notify_waiters();
    }

    pub(crate) fn find(&self, key: SessionKey) -> Option<Handle> {
        self.sessions().get(&key).cloned()
    }

    /// The key of the session of that number.
    pub(crate) fn key_of(&self, number: i32) -> Option<SessionKey> {
        self.sessions().keys().find(|(pid, _)| *pid == number).copied()
    }

    /// Ends every session except this one and the admins', and waits until they are gone.
    pub(crate) async fn kill_all_but(&self, key: SessionKey) {
        let others = || {
            let sessions = self.sessions();
            let others = sessions.iter().filter(|(other, handle)| **other != key && !handle.is_admin);
            others.map(|(_, handle)| handle.killed.clone()).collect::<Vec<_>>()
        };
        let gone = async {
            loop {
                let left = self.left.notified();
                tokio::pin!(left);
                // Before the look, so that no end between the two is missed.
                left.as_mut().enable();
                let others = others();
                if others.is_empty() {
                    return;
                }
                others.iter().for_each(CancellationToken::cancel);
                left.await;
            }
        };
        if tokio::time::timeout(PATIENCE, gone).await.is_err() {
            tracing::warn!("maintenance began while some sessions had not ended within {PATIENCE:?}");
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionKey, Handle>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
