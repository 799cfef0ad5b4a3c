//! What a session knows between two messages.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use super::backend::Backend;
use super::client::Client;
use super::prepared::Prepared;
use crate::shared::Shared;
use crate::wire::frame::Frame;

pub(crate) struct Session {
    pub shared: Arc<Shared>,
    pub user: String,
    pub database: String,
    /// PostgreSQL's number for the session, which clients know as `pg_backend_pid()`.
    pub pid: i32,
    pub client: Client,
    pub inbox: mpsc::Receiver<Frame>,
    pub backend: Backend,
    /// The open transaction was begun by us, around a statement or a query text that had none.
    pub implicit: bool,
    pub prepared: Prepared,
    pub last_copy: LastCopy,
    /// Told when somebody asks to cancel what the session is doing.
    pub cancelled: Arc<Notify>,
}

/// What `pg_last_copy_id()` and `pg_last_copy_count()` answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastCopy {
    pub id: i32,
    pub count: u64,
}

impl Default for LastCopy {
    fn default() -> Self {
        Self { id: -1, count: 0 }
    }
}

impl Session {
    /// Serves until the client says goodbye.
    pub(crate) async fn run(&mut self) -> std::io::Result<()> {
        while let Some(frame) = self.inbox.recv().await {
            match frame.tag {
                b'Q' => self.simple_query(frame).await?,
                b'X' => return Ok(()),
                _ => self.extended_message(frame).await?,
            }
        }
        Ok(())
    }
}
