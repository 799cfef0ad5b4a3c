//! What a session knows between two messages.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::backend::Backend;
use super::client::Client;
use super::prepared::Prepared;
use crate::conflict::watch::Watch;
use crate::faults::strike::Strike;
use crate::shared::Shared;
use crate::shared::long_names::InUse;
use crate::shared::roster::Handle;
use crate::sql::cursor::TableName;
use crate::wire::frame::Frame;
use crate::wire::result::Shape;
use crate::wire::severity::Severity;
use crate::wire::startup::SessionKey;

pub(crate) struct Session {
    pub shared: Arc<Shared>,
    pub user: String,
    pub database: String,
    /// As the client last called itself.
    pub application: String,
    /// PostgreSQL's number for the session, which clients know as `pg_backend_pid()`, and the secret to cancel it.
    pub key: SessionKey,
    pub client: Client,
    pub inbox: mpsc::Receiver<Frame>,
    pub backend: Backend,
    /// The open transaction was begun by us, around a statement or a query text that had none.
    pub implicit: bool,
    /// The open transaction's place among the others.
    pub watch: Watch,
    /// Quoted names keep their case (fact 3.6).
    pub case_sensitive: bool,
    /// Which notices the client gets.
    pub least_severity: Severity,
    /// The client's protocol describes columns at more length.
    pub describes_more: bool,
    pub prepared: Prepared,
    /// Of the rows that are passed on at present.
    pub shape: Shape,
    pub last_copy: LastCopy,
    /// How others reach the session.
    pub handle: Handle,
    /// The statement at hand, for faults to choose by.
    pub running: Running,
    /// The faults that strike when everything is done and before the client hears of it.
    pub afterwards: Vec<Strike>,
    /// The number that the next fault which this session arms will have.
    pub next_fault: Option<i32>,
    /// The session ends with its next answer.
    pub leaving: bool,
    /// The names that it gave in the open transaction, by stand-in.
    pub own_long_names: serde_json::Map<String, serde_json::Value>,
    /// The names of the last statement, which is what others see of the session.
    pub names_of_statement: Arc<InUse>,
    /// The names of what PostgreSQL keeps for the session: cursors, prepared statements, settings.
    pub names_of_session: InUse,
}

/// The statement at hand.
#[derive(Debug, Default)]
pub(crate) struct Running {
    pub source: String,
    pub table: Option<TableName>,
    /// It is a COMMIT, and there is something to commit.
    pub commits: bool,
    /// It gives orders for faults, and is spared by them.
    pub gives_orders: bool,
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
    pub(crate) async fn run(&mut self) -> io::Result<()> {
        self.recall_long_names().await.map_err(io::Error::other)?;
        loop {
            let frame = tokio::select! {
                frame = self.inbox.recv() => frame,
                // Nobody asked: a notice, or the last words of a session that somebody ended.
                said = self.backend.unasked() => {
                    self.relay(&said?).await?;
                    self.client.flush().await?;
                    continue;
                }
            };
            match frame {
                None | Some(Frame { tag: b'X', .. }) => return Ok(()),
                Some(frame) if frame.tag == b'Q' => self.simple_query(frame).await?,
                Some(frame) => self.extended_message(frame).await?,
            }
        }
    }
}
