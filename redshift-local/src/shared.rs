//! What all sessions share: the way to PostgreSQL and S3, and who can be cancelled.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::cli::Isolation;
use crate::copy::source::Source;
use crate::postgres::control::Control;
use crate::wire::startup::SessionKey;

/// What all sessions share.
pub(crate) struct Shared {
    pub socket: PathBuf,
    pub control: Control,
    pub isolation: Isolation,
    pub s3: Source,
    sessions: Mutex<HashMap<SessionKey, Arc<Notify>>>,
    query_ids: AtomicI32,
}

impl Shared {
    /// Of PostgreSQL at `socket`, before the first session.
    pub(crate) fn new(socket: PathBuf, control: Control, isolation: Isolation) -> Self {
        let (s3, sessions) = (Source::default(), Mutex::default());
        Self { socket, control, isolation, s3, sessions, query_ids: AtomicI32::new(1) }
    }

    pub(crate) fn next_query_id(&self) -> i32 {
        self.query_ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn register(&self, key: SessionKey, cancelled: Arc<Notify>) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(key, cancelled);
    }

    pub(crate) fn forget(&self, key: SessionKey) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    pub(crate) fn cancel_handle(&self, key: SessionKey) -> Option<Arc<Notify>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone)
    }
}
