//! The program as a whole: PostgreSQL started and prepared, connections taken, everything stopped in order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Cli;
use crate::postgres::control::Control;
use crate::postgres::launch::Postgres;
use crate::postgres::prepare::prepare;
use crate::session::connection::serve_connection;
use crate::shared::Shared;
use crate::tls;

/// A server that takes connections as soon as it is served.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    postgres: Postgres,
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl Server {
    /// Starts PostgreSQL and brings it to the state the flags ask for.
    pub async fn start(cli: Cli) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(cli.listen)
            .await
            .with_context(|| format!("cannot listen on {}", cli.listen))?;
        let address = listener.local_addr()?;
        let tasks = TaskTracker::new();
        let path = std::env::var_os("PATH");
        let mut postgres =
            Postgres::launch(path.as_deref(), cli.data_dir.as_deref(), cli.isolation, cli.kind).await?;
        let control = Control::new(postgres.socket_directory().to_owned(), tasks.clone());
        let pid_file = postgres.pid_file();
        tokio::select! {
            prepared = prepare(&control, &pid_file, &cli) => prepared?,
            error = postgres.ended() => return Err(error),
        }
        let tls = tls::acceptor::from_flags(&cli, postgres.socket_directory())?;
        let shared = Arc::new(Shared::new(postgres.socket(), control, &cli, tls));
        Ok(Self { listener, address, postgres, shared, tasks })
    }

    /// Where it listens, with the port that a request for port 0 got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file with the certificate that clients shall trust; `None` without TLS.
    pub fn ca_file(&self) -> Option<&Path> {
        self.shared.tls.as_ref().map(|tls| tls.ca_file.as_path())
    }

    /// Serves until `stop` completes, then disconnects everybody and stops PostgreSQL.
    pub async fn serve(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let stopping = CancellationToken::new();
        tokio::pin!(stop);
        let ended = loop {
            tokio::select! {
                () = &mut stop => break Ok(()),
                error = self.postgres.ended() => break Err(error),
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        // Out of descriptors: asking again at once would only be told so again.
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    };
                    let (shared, stopping) = (Arc::clone(&self.shared), stopping.clone());
                    self.tasks.spawn(async move {
                        let served = stopping.run_until_cancelled(Box::pin(serve_connection(stream, shared))).await;
                        if let Some(Err(error)) = served {
                            tracing::debug!("a session ended early: {error}");
                        }
                    });
                }
            }
        };
        stopping.cancel();
        self.postgres.stop().await?;
        self.tasks.close();
        self.tasks.wait().await;
        ended
    }
}
