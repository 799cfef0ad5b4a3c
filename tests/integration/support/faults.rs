//! A TCP proxy that breaks a connection at a chosen moment: when the client has sent a chosen text.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What happens to the connection on which the text was sent.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// The text never arrives, and no answer comes: the request hangs, and so does every one after it.
    Hold,
    /// The connection breaks before the text arrives.
    Cut,
    /// The text arrives, the server acts on it, and then the connection breaks without an answer.
    LoseTheAnswer,
}

pub(crate) struct FaultyProxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    _acceptor: JoinSet<()>,
}

struct Shared {
    upstream: u16,
    trigger: &'static str,
    fault: Fault,
    /// Faults happen once, but for [`Fault::Hold`].
    armed: AtomicBool,
    struck: Notify,
}

impl FaultyProxy {
    pub(crate) async fn before(upstream: u16, trigger: &'static str, fault: Fault) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let armed = AtomicBool::new(true);
        let shared = Arc::new(Shared { upstream, trigger, fault, armed, struck: Notify::new() });
        let mut acceptor = JoinSet::new();
        let of_acceptor = Arc::clone(&shared);
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client, Arc::clone(&of_acceptor)));
            }
        });
        Self { port, shared, _acceptor: acceptor }
    }

    /// Waits until the fault has happened.
    pub(crate) async fn struck(&self) {
        self.shared.struck.notified().await;
    }
}

/// Passes bytes both ways until one side closes or the fault strikes.
async fn forward(mut client: TcpStream, shared: Arc<Shared>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.upstream)).await else { return };
    let (mut from_client, mut from_server) = ([0; 16384], [0; 16384]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Some(bytes) = some_bytes(read, &from_client) else { return };
                let has_trigger = String::from_utf8_lossy(bytes).contains(shared.trigger);
                let stays = matches!(shared.fault, Fault::Hold);
                if has_trigger && (shared.armed.swap(false, Ordering::SeqCst) || stays) {
                    strike(&mut server, bytes, &shared).await;
                    return;
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

async fn strike(server: &mut TcpStream, bytes: &[u8], shared: &Shared) {
    match shared.fault {
        Fault::Hold => {
            shared.struck.notify_one();
            std::future::pending::<()>().await;
        }
        Fault::Cut => shared.struck.notify_one(),
        Fault::LoseTheAnswer => {
            let mut answer = [0; 1024];
            server.write_all(bytes).await.expect("the server is there");
            // The server has acted when it answers.
            let length = server.read(&mut answer).await.expect("the server answers");
            assert!(length > 0, "the server closed the connection itself");
            shared.struck.notify_one();
        }
    }
}

fn some_bytes(read: std::io::Result<usize>, buffer: &[u8]) -> Option<&[u8]> {
    read.ok().filter(|length| *length > 0).and_then(|length| buffer.get(..length))
}
