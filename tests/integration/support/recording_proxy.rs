//! A Redshift that writes down what it is asked: nothing but the wire knows what is really sent.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A statement as it arrived, with the number of its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) session: usize,
    pub(crate) statement: String,
}

/// Passes everything on, and keeps every simple query in the order in which they came.
pub(crate) struct RecordingProxy {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    _acceptor: JoinSet<()>,
}

impl RecordingProxy {
    pub(crate) async fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let of_acceptor = Arc::clone(&asked);
        let mut acceptor = JoinSet::new();
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            for session in 0.. {
                let Ok((client, _)) = listener.accept().await else { return };
                let server = TcpStream::connect(("127.0.0.1", upstream)).await.expect("Redshift is there");
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, to_server) = server.into_split();
                connections.spawn(record(from_client, to_server, session, Arc::clone(&of_acceptor)));
                // Either side may go at any time.
                connections
                    .spawn(async move { drop(tokio::io::copy(&mut from_server, &mut to_client).await) });
            }
        });
        Self { port, asked, _acceptor: acceptor }
    }

    /// Everything so far; empty queries, which only ask whether a session lives, are left out.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| !asked.statement.is_empty()).cloned().collect()
    }
}

/// A client sends a length and a greeting, and from then on a letter, a length and a text each [PostgreSQL: Message Formats].
async fn record(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    session: usize,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    let mut is_greeting = true;
    while let Ok((kind, message)) = read_message(&mut client, is_greeting).await {
        if kind == Some(b'Q') {
            let text = message.get(5..message.len() - 1).expect("a query ends in a zero");
            let statement = String::from_utf8(text.to_vec()).expect("a query is text");
            asked.lock().unwrap().push(Asked { session, statement });
        }
        if server.write_all(&message).await.is_err() {
            return;
        }
        is_greeting = false;
    }
}

async fn read_message(
    client: &mut OwnedReadHalf,
    is_greeting: bool,
) -> std::io::Result<(Option<u8>, Vec<u8>)> {
    let kind = if is_greeting { None } else { Some(client.read_u8().await?) };
    let length = client.read_u32().await?;
    let mut rest = vec![0; usize::try_from(length).expect("it fits").saturating_sub(4)];
    client.read_exact(&mut rest).await?;
    let head: Vec<u8> = kind.into_iter().chain(length.to_be_bytes()).collect();
    Ok((kind, [head, rest].concat()))
}
