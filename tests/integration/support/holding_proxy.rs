//! An SQS that never answers a chosen request: the stand-in for SQS has no faults of its own to order.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::support::wait::within_limit;

/// Passes everything on until a request contains the chosen text. That one never arrives, and neither does any other
/// that contains it.
pub(crate) struct HoldingProxy {
    pub(crate) port: u16,
    held: Arc<Notify>,
    _acceptor: JoinSet<()>,
}

impl HoldingProxy {
    pub(crate) async fn before(upstream: u16, text: &'static str) -> Self {
        Self::at(0, upstream, text).await
    }

    /// The same on a port that is known beforehand.
    pub(crate) async fn at(port: u16, upstream: u16, text: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let held = Arc::new(Notify::new());
        let mut acceptor = JoinSet::new();
        let of_acceptor = Arc::clone(&held);
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client, upstream, text, Arc::clone(&of_acceptor)));
            }
        });
        Self { port, held, _acceptor: acceptor }
    }

    /// Waits until a request is held.
    pub(crate) async fn holds(&self) {
        within_limit("a request to be held", self.held.notified()).await;
    }
}

/// Passes bytes both ways until one side closes or a request is to be held.
async fn forward(mut client: TcpStream, upstream: u16, text: &str, held: Arc<Notify>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", upstream)).await else { return };
    let (mut from_client, mut from_server) = ([0; 16384], [0; 16384]);
    loop {
        tokio::select! {
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
