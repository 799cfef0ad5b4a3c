//! From an accepted connection to a running session, and from a vanished client to a PostgreSQL that knows it.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::backend::Backend;
use super::client::{Client, INBOX, Incoming, read_into};
use super::login::{Admission, admit};
use super::parameters::{parameter_for_client, parameter_status};
use super::prepared::Prepared;
use super::state::{LastCopy, Running, Session};
use crate::conflict::watch::Watch;
use crate::faults::maintenance;
use crate::shared::Shared;
use crate::shared::roster::Handle;
use crate::wire::frame::FrameReader;
use crate::wire::report::Report;
use crate::wire::result::Shape;
use crate::wire::startup::{Login, Opening, SessionKey, cancel_request, read_opening};

/// Serves one connection to its end.
pub(crate) async fn serve_connection(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let peer = stream.peer_addr()?.ip();
    let socket = stream.as_fd().try_clone_to_owned()?;
    let opening = read_opening(&mut stream, shared.tls.is_some()).await?;
    match (opening, &shared.tls) {
        (Opening::Tls, Some(tls)) => {
            let mut stream = tls.acceptor.accept(stream).await?;
            let opening = read_opening(&mut stream, false).await?;
            serve_opening(opening, stream, socket, shared).await
        }
        // As under the parameter require_SSL (fact 5.5). A cancel request may come without: libpq sends it so.
        (Opening::Login(login), Some(tls)) if tls.is_required => {
            let (_, write) = stream.into_split();
            Client::new(Box::new(write), socket, Arc::clone(&shared.long_names))
                .end(&needs_tls(&login, peer))
                .await
        }
        (opening, _) => serve_opening(opening, stream, socket, shared).await,
    }
}

async fn serve_opening<S: AsyncRead + AsyncWrite + Send + Sync + 'static>(
    opening: Opening,
    stream: S,
    socket: OwnedFd,
    shared: Arc<Shared>,
) -> io::Result<()> {
    match opening {
        Opening::Nothing | Opening::Tls => Ok(()),
        Opening::Cancel(key) => cancel(&shared, key).await,
        Opening::Login(login) => {
            let (read, write) = tokio::io::split(stream);
            let reader: Incoming = FrameReader::new(Box::new(read));
            let client = Client::new(Box::new(write), socket, Arc::clone(&shared.long_names));
            serve_login(reader, client, login, shared).await
        }
    }
}

async fn serve_login(
    mut reader: Incoming,
    mut client: Client,
    login: Login,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let is_admin = match admit(&mut reader, &mut client, &login, &shared).await? {
        Admission::Granted { is_admin } => is_admin,
        Admission::Refused(report) => return client.end(&report).await,
    };
    let startup = match login.for_postgres() {
        Ok(startup) => startup,
        Err(report) => return client.end(&report).await,
    };
    let mut backend = Backend::connect(&shared.socket, &startup).await?;
    let Some(key) = greet(&mut backend, &mut client, login.answers()).await? else { return Ok(()) };

    let handle = Handle { is_admin, ..Handle::default() };
    let killed = handle.killed.clone();
    shared.sessions.register(key, handle.clone());
    if !is_admin && shared.maintenance.goes_on(Instant::now()) {
        // It began after we were let in and before it could find us.
        killed.cancel();
    }
    let describes_more = login.protocol().is_some_and(|protocol| protocol > 0);
    let (sender, inbox) = mpsc::channel(INBOX);
    let mut session = Session {
        shared: Arc::clone(&shared),
        application: login.application_name().to_owned(),
        least_severity: login.least_severity(),
        user: login.user,
        database: login.database,
        key,
        client,
        inbox,
        backend,
        implicit: false,
        watch: Watch::new(shared.order.clone()),
        case_sensitive: false,
        describes_more,
        prepared: Prepared::default(),
        shape: Shape::default(),
        last_copy: LastCopy::default(),
        handle,
        running: Running::default(),
        afterwards: Vec::new(),
        next_fault: None,
        leaving: false,
        own_long_names: serde_json::Map::new(),
        names_of_statement: Arc::new(shared.long_names.none_in_use()),
        names_of_session: shared.long_names.none_in_use(),
    };
    let outcome = tokio::select! {
        outcome = session.run() => match outcome {
            Ok(()) => session.client.close().await,
            Err(error) => pass_on_last_words(&mut session.backend, &mut session.client, error).await,
        },
        // The client is gone without a word. What it asked for is not wanted any more: the query is cancelled, and
        // PostgreSQL rolls back and lets go of every lock when it finds its connection closed.
        () = read_into(reader, sender) => cancel_in_postgres(&shared, key).await,
        () = killed.cancelled() => session.kill().await,
    };
    shared.sessions.forget(key);
    outcome
}

/// What the missing line of a `pg_hba.conf` is called under `require_SSL`.
fn needs_tls(login: &Login, peer: IpAddr) -> Report {
    let mapped = match peer {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    let (user, database) = (&login.user, &login.database);
    let message = format!(
        "no pg_hba.conf entry for host \"{mapped}\", user \"{user}\", database \"{database}\", SSL off"
    );
    Report::fatal("28000", message)
}

impl Session {
    /// Ends the session as a restart of the cluster does. When the client hears of it, PostgreSQL is done with it.
    async fn kill(&mut self) -> io::Result<()> {
        self.shared.control.terminate(self.key.0).await.map_err(io::Error::other)?;
        self.client.end(&maintenance::killed()).await
    }
}

/// Passes PostgreSQL's greeting on; the session's key, or `None` when PostgreSQL refused (an unknown database, 3D000).
async fn greet(
    backend: &mut Backend,
    client: &mut Client,
    answers: Vec<(&'static str, String)>,
) -> io::Result<Option<SessionKey>> {
    let mut key = None;
    loop {
        let frame = match backend.next().await {
            Ok(frame) => frame,
            Err(error) => return pass_on_last_words(backend, client, error).await.map(|()| None),
        };
        match frame.tag {
            b'S' => {
                if let Some(parameter) = parameter_for_client(&frame) {
                    client.send(&parameter).await?;
                }
            }
            b'K' => {
                key = session_key(frame.body.clone());
                client.send(&frame).await?;
            }
            b'Z' => {
                for (name, value) in &answers {
                    client.send(&parameter_status(name, value)).await?;
                }
                client.ready(backend.status()).await?;
                return Ok(key);
            }
            _ => client.send(&frame).await?,
        }
    }
}

/// Tells the client why PostgreSQL ended the session, if it has said so; else the error stands.
async fn pass_on_last_words(backend: &mut Backend, client: &mut Client, error: io::Error) -> io::Result<()> {
    match backend.last_words() {
        Some(report) => client.end(&report).await,
        None => Err(error),
    }
}

fn session_key(mut body: Bytes) -> Option<SessionKey> {
    Some((body.try_get_i32().ok()?, body.try_get_i32().ok()?))
}

/// Cancels what the session is doing, in PostgreSQL and here: PostgreSQL does not see it while it waits for a COPY's rows.
pub(super) async fn cancel(shared: &Shared, key: SessionKey) -> io::Result<()> {
    if let Some(session) = shared.sessions.find(key) {
        let _whole = session.cancelling.lock().await;
        cancel_in_postgres(shared, key).await?;
        session.cancelled.notify_waiters();
    }
    Ok(())
}

async fn cancel_in_postgres(shared: &Shared, key: SessionKey) -> io::Result<()> {
    let mut stream = UnixStream::connect(&shared.socket).await?;
    stream.write_all(&cancel_request(key)).await?;
    // PostgreSQL closes the connection once the signal is on its way.
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
