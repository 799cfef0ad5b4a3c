//! A server that never answers a chosen request, or nobody any more from then on: the stand-in for SQS has no faults of
//! its own to order, and those of redshift-local strike one session each.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::wait::within_limit;

/// Passes everything on until a request contains the chosen text. That one never arrives, and neither does any other
/// that contains it.
pub(crate) struct HoldingProxy {
    pub(crate) port: u16,
    held: Arc<Notify>,
    /// Fires when nobody is to be answered any more.
    silence: CancellationToken,
    _acceptor: JoinSet<()>,
}

impl HoldingProxy {
    pub(crate) async fn before(upstream: u16, text: &'static str) -> Self {
        Self::at(0, upstream, text).await
    }

    /// The same on a port that is known beforehand.
    pub(crate) async fn at(port: u16, upstream: u16, text: &'static str) -> Self {
        Self::start(port, upstream, text, CancellationToken::new()).await
    }

    async fn start(port: u16, upstream: u16, text: &'static str, silence: CancellationToken) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let held = Arc::new(Notify::new());
        let mut acceptor = JoinSet::new();
        let (of_acceptor, of_connections) = (Arc::clone(&held), silence.clone());
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (held, silence) = (Arc::clone(&of_acceptor), of_connections.clone());
                connections.spawn(forward(client, upstream, text, held, silence));
            }
        });
        Self { port, held, silence, _acceptor: acceptor }
    }

    /// From now on connections are taken, and nobody is answered: as a server that hangs, or a firewall in between.
    pub(crate) fn falls_silent(&self) {
        self.silence.cancel();
    }

    /// Waits until a request is held.
    pub(crate) async fn holds(&self) {
        within_limit("a request to be held", self.held.notified()).await;
    }
}

/// Passes bytes both ways until one side closes or a request is to be held.
async fn forward(
    mut client: TcpStream,
    upstream: u16,
    text: &str,
    held: Arc<Notify>,
    silence: CancellationToken,
) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", upstream)).await else { return };
    let (mut from_client, mut from_server) = ([0; 16384], [0; 16384]);
    loop {
        tokio::select! {
            biased;
            () = silence.cancelled() => return std::future::pending().await,
            read = client.read(&mut from_client) => {
                let Some(bytes) = some_bytes(read, &from_client) else { return };
                if String::from_utf8_lossy(bytes).contains(text) {
                    held.notify_one();
                    return std::future::pending().await;
                }
                if server.write_all(bytes).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let Some(bytes) = some_bytes(read, &from_server) else { return };
                if client.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn some_bytes(read: std::io::Result<usize>, buffer: &[u8]) -> Option<&[u8]> {
    read.ok().filter(|length| *length > 0).and_then(|length| buffer.get(..length))
}
