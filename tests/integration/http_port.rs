//! The HTTP port among many who want nothing of it.

use rustix::process::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::wait::wait_for;

const MANY: usize = 1000;

#[tokio::test]
async fn a_thousand_connections_that_send_nothing_hold_nobody_up() {
    a_thousand_that_ask("").await;
}

/// Each asks for more than a connection holds, and takes none of it.
#[tokio::test]
async fn a_thousand_connections_that_read_nothing_hold_nobody_up() {
    let request = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n";
    a_thousand_that_ask(&request.repeat(1000)).await;
}

async fn a_thousand_that_ask(requests: &str) {
    let scenario = Scenario::new().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let mut clients = Vec::new();
    for _ in 0..MANY {
        let mut client = TcpStream::connect(&daemon.address).await.unwrap();
        // The daemon may have let go of it by now.
        client.write_all(requests.as_bytes()).await.ok();
        clients.push(client);
    }
    assert_eq!(daemon.get("/healthz").await.0, 200);
    wait_for("the daemon to let go of most of them", async || {
        let files = std::fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap();
        (files.count() < MANY / 5).then_some(())
    })
    .await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(0), "{:#?}", daemon.log.all());
    drop(clients);
}
