//! From an accepted connection to a running session, and from a vanished client to a PostgreSQL that knows it.

use std::io;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Notify, mpsc};

use super::backend::{Backend, parameter_for_client};
use super::client::{Client, INBOX, read_into};
use super::prepared::Prepared;
use super::state::{LastCopy, Session};
use crate::shared::Shared;
use crate::wire::auth;
use crate::wire::frame::{Frame, FrameReader, take_text};
use crate::wire::report::{ERROR, Report};
use crate::wire::startup::{Login, Opening, SessionKey, cancel_request, read_opening};

/// Serves one connection to its end.
pub(crate) async fn serve_connection(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match read_opening(&mut stream).await? {
        Opening::Nothing => Ok(()),
        Opening::Cancel(key) => {
            if let Some(cancelled) = shared.cancel_handle(key) {
                // PostgreSQL first: told after we have given up a COPY, it would cancel the statement after that.
                cancel_in_postgres(&shared, key).await?;
                cancelled.notify_waiters();
            }
            Ok(())
        }
        Opening::Login(login) => serve_login(stream, login, shared).await,
    }
}

async fn serve_login(stream: TcpStream, login: Login, shared: Arc<Shared>) -> io::Result<()> {
    let (read, write) = stream.into_split();
    let mut reader = FrameReader::new(read);
    let mut client = Client::new(Box::new(write));
    if let Err(report) = authenticate(&mut reader, &mut client, &login, &shared).await? {
        client.report_error(&report).await?;
        return client.flush().await;
    }
    let startup = match login.for_postgres() {
        Ok(startup) => startup,
        Err(report) => {
            client.report_error(&report).await?;
            return client.flush().await;
        }
    };
    let mut backend = Backend::connect(&shared.socket, &startup).await?;
    let Some(key) = greet(&mut backend, &mut client).await? else { return Ok(()) };

    let cancelled = Arc::new(Notify::new());
    shared.register(key, Arc::clone(&cancelled));
    let (sender, inbox) = mpsc::channel(INBOX);
    let mut session = Session {
        shared: Arc::clone(&shared),
        user: login.user,
        database: login.database,
        pid: key.0,
        client,
        inbox,
        backend,
        implicit: false,
        prepared: Prepared::default(),
        last_copy: LastCopy::default(),
        cancelled,
    };
    let outcome = tokio::select! {
        outcome = session.run() => outcome,
        // The client is gone without a word. What it asked for is not wanted any more: the query is cancelled, and
        // PostgreSQL rolls back and lets go of every lock when it finds its connection closed.
        () = read_into(reader, sender) => cancel_in_postgres(&shared, key).await,
    };
    shared.forget(key);
    outcome
}

async fn authenticate<R: tokio::io::AsyncRead + Unpin>(
    reader: &mut FrameReader<R>,
    client: &mut Client,
    login: &Login,
    shared: &Shared,
) -> io::Result<Result<(), Report>> {
    let mut salt = auth::Salt::default();
    getrandom::fill(&mut salt).map_err(io::Error::other)?;
    client.send(&auth::challenge(salt)).await?;
    client.flush().await?;
    let Some(Frame { tag: b'p', mut body }) = reader.next().await? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no password message"));
    };
    let answer = take_text(&mut body).unwrap_or_default();
    let stored = shared.control.stored_password(&login.user).await.map_err(io::Error::other)?;
    if stored.is_some_and(|stored| auth::answers(&stored, salt, &answer)) {
        return Ok(Ok(()));
    }
    Ok(Err(Report::fatal("28000", format!("password authentication failed for user \"{}\"", login.user))))
}

/// Passes PostgreSQL's greeting on; the session's key, or `None` when PostgreSQL refused (an unknown database, 3D000).
async fn greet(backend: &mut Backend, client: &mut Client) -> io::Result<Option<SessionKey>> {
    let mut key = None;
    loop {
        let frame = backend.next().await?;
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
                client.ready(backend.status()).await?;
                return Ok(key);
            }
            ERROR => {
                client.report_error(&Report::decode(frame.body)).await?;
                client.flush().await?;
                return Ok(None);
            }
            _ => client.send(&frame).await?,
        }
    }
}

fn session_key(mut body: Bytes) -> Option<SessionKey> {
    Some((body.try_get_i32().ok()?, body.try_get_i32().ok()?))
}

async fn cancel_in_postgres(shared: &Shared, key: SessionKey) -> io::Result<()> {
    let mut stream = UnixStream::connect(&shared.socket).await?;
    stream.write_all(&cancel_request(key)).await?;
    // PostgreSQL closes the connection once the signal is on its way.
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
