//! The daemon under test, as the process that it is.

use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::process::Lines;
use crate::support::scenario::Scenario;
use crate::support::wait::wait_for;

pub(crate) struct Daemon {
    child: Child,
    pub(crate) log: Lines,
    /// `127.0.0.1:port` of its HTTP port.
    pub(crate) address: String,
}

impl Daemon {
    /// Starts `serve` and waits until it listens on its HTTP port.
    pub(crate) async fn start(scenario: &Scenario) -> Self {
        let mut command = scenario.program();
        let mut child =
            command.arg("serve").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        let log = Lines::default();
        log.collect(child.stderr.take().expect("it is piped"));
        let started = wait_for("the daemon to start", async || {
            if let Some(status) = child.try_wait().expect("it is our child") {
                panic!("the daemon ended with {status}: {:#?}", log.all());
            }
            log.find(r#""message":"started""#)
        })
        .await;
        let line: serde_json::Value = serde_json::from_str(&started).expect("a log line is JSON");
        let address = line["address"].as_str().expect("the line names the address").to_owned();
        Self { child, log, address }
    }

    /// Starts it and waits until it receives messages.
    pub(crate) async fn ready(scenario: &Scenario) -> Self {
        let daemon = Self::start(scenario).await;
        wait_for("the daemon to be ready", async || (daemon.get("/readyz").await.0 == 200).then_some(()))
            .await;
        daemon
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
    }

    /// Kills it as the kernel would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Waits until it ends by itself and returns its exit code.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let status =
            wait_for("the daemon to end", async || self.child.try_wait().expect("it is our child")).await;
        status.code()
    }

    /// Status code and body of an answer of its HTTP port.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let text = http_get(&self.address, path).await.unwrap_or_default();
        let status = text.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
        (status, body)
    }

    /// The value of one series of its metrics, without the common prefix; 0 when it is not there.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let (_, text) = self.get("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("s3_to_redshift_{series} ")));
        line.and_then(|value| value.parse().ok()).unwrap_or(0.0)
    }

    /// Waits until a series reaches a value.
    pub(crate) async fn metric_reaches(&self, series: &str, value: f64) {
        wait_for(&format!("{series} to reach {value}"), async || {
            (self.metric(series).await >= value).then_some(())
        })
        .await;
    }

    /// Waits for the log line of a settled message.
    pub(crate) async fn settled(&self, message_id: &str) -> serde_json::Value {
        let line = wait_for(&format!("message {message_id} to be settled"), async || {
            let lines = self.log.all();
            let of_message = |line: &&String| line.contains(message_id) && line.contains(r#""disposition""#);
            lines.iter().find(of_message).cloned()
        })
        .await;
        serde_json::from_str(&line).expect("a log line is JSON")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One request on a connection of its own; the whole answer as text.
async fn http_get(address: &str, path: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}
