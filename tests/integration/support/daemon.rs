//! The daemon under test, as the process that it is.

use std::cell::Cell;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::process::Lines;
use crate::support::scenario::Scenario;
use crate::support::secrets;
use crate::support::wait::{self, wait_for};

pub(crate) struct Daemon {
    child: Child,
    pub(crate) log: Lines,
    /// Its stdout.
    output: Lines,
    /// `127.0.0.1:port` of its HTTP port.
    pub(crate) address: String,
    /// After a signal it need not answer any more.
    is_told_to_end: Cell<bool>,
}

impl Daemon {
    /// Starts `serve` and waits until it listens on its HTTP port.
    pub(crate) async fn start(scenario: &Scenario) -> Self {
        let mut command = scenario.program();
        let mut child =
            command.arg("serve").stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let (log, output) = (Lines::default(), Lines::default());
        log.collect(child.stderr.take().expect("it is piped"));
        output.collect(child.stdout.take().expect("it is piped"));
        let address = wait_for("the daemon to start", async || {
            if let Some(status) = child.try_wait().expect("it is our child") {
                panic!("the daemon ended with {status}: {:#?}", log.all());
            }
            log.all().iter().find_map(|line| address_in(line))
        })
        .await;
        Self { child, log, output, address, is_told_to_end: Cell::new(false) }
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
        self.is_told_to_end.set(true);
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
    }

    /// Kills it as the kernel would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.is_told_to_end.set(true);
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
        self.ask("GET", path, "", "").await
    }

    /// The same of a request with more headers, each with its end of line, and a body.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let text = http(&self.address, method, path, headers, body).await.unwrap_or_default();
        let status = text.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
        secrets::assert_none_in(path, &body);
        (status, body)
    }

    /// The value of one series of its metrics, without the common prefix. Fails the test when it is not there: what is
    /// never counted is not 0.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let (value, text) = self.metric_if_any(series).await;
        value.unwrap_or_else(|| panic!("there is no series {series} in:\n{text}"))
    }

    /// The same of a series that begins with its first event, with all metrics.
    pub(crate) async fn metric_if_any(&self, series: &str) -> (Option<f64>, String) {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, 200, "of /metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("s3_to_redshift_{series} ")));
        let value = line.map(|value| value.parse().expect("a value is a number"));
        (value, text)
    }

    /// Waits until a series reaches a value.
    pub(crate) async fn metric_reaches(&self, series: &str, value: f64) {
        assert!(value > 0.0, "{series} has reached {value} before anything has happened");
        wait_for(&format!("{series} to reach {value}"), async || {
            (self.metric_if_any(series).await.0? >= value).then_some(())
        })
        .await;
    }

    /// Waits for a log line that has this in it.
    pub(crate) async fn says(&self, text: &str) -> String {
        wait_for(&format!("the log line `{text}`"), async || self.log.find(text)).await
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

/// At the end of a test that went well, all that it has printed, and what it shows now, is searched for secrets, and its log
/// for panics.
impl Drop for Daemon {
    fn drop(&mut self) {
        let is_well = !std::thread::panicking();
        let must_answer = is_well && !self.is_told_to_end.get() && matches!(self.child.try_wait(), Ok(None));
        if must_answer {
            for path in ["/", "/status", "/metrics", "/readyz", "/healthz"] {
                let shown = http_get_now(&self.address, path).expect("it runs, so it answers");
                secrets::assert_none_in(path, &shown);
            }
        }
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
        if is_well {
            let log = self.log.to_the_end();
            secrets::assert_none_in("the log", &log.join("\n"));
            let bug = log.iter().find(|line| line.contains("a bug in this program"));
            assert_eq!(bug, None, "nothing that a test does may be a panic");
            assert_eq!(self.output.to_the_end(), Vec::<String>::new(), "stdout of the daemon");
        }
    }
}

/// The address in the line that says that the daemon has started, in either format.
fn address_in(line: &str) -> Option<String> {
    if let Ok(line) = serde_json::from_str::<serde_json::Value>(line) {
        return (line["message"] == "started").then(|| line["address"].as_str().map(str::to_owned))?;
    }
    let (_, fields) = line.split_once(" INFO started address=")?;
    fields.split(' ').next().map(str::to_owned)
}

/// One request without the runtime of the test, which waits for a drop.
fn http_get_now(address: &str, path: &str) -> std::io::Result<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(wait::LIMIT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// One request on a connection of its own; the whole answer as text.
async fn http(address: &str, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}
