//! The command: parse the flags, start, say so, and stop on SIGTERM or SIGINT.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use redshift_local::cli::Cli;
use redshift_local::server::Server;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("redshift_local=info,warn")),
        )
        .init();
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    // Registered before anything starts, so that a signal during start-up is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = tokio::select! {
        server = Server::start(cli) => server?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    announce(&server);
    server
        .serve(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await
}

/// The ready line, which scripts wait for, and where clients find what they shall trust.
fn announce(server: &Server) {
    let mut lines = format!("redshift-local: ready on {}\n", server.address());
    if let Some(file) = server.ca_file() {
        lines.push_str(&format!("redshift-local: certificate authority in {}\n", file.display()));
    }
    // In one piece, and to nobody if nobody reads: a script may close the pipe after the first line.
    drop(std::io::stdout().write_all(lines.as_bytes()));
}
