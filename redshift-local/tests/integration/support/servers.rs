//! The servers that all tests share, started by whichever test needs them first.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use super::process::Process;

/// A redshift-local with default user, password and database.
pub(crate) struct Server {
    pub port: u16,
    /// Whom clients shall trust.
    pub ca_file: PathBuf,
    process: Mutex<Process>,
}

impl Server {
    /// Stops it and waits for its end.
    pub(crate) fn stop(self) {
        self.process.into_inner().expect("no test panics with it").stop();
    }
}

/// The S3 that redshift-local and the tests use.
pub(crate) struct S3 {
    pub url: String,
    _process: Mutex<Process>,
}

pub(crate) fn s3() -> &'static S3 {
    static S3: LazyLock<S3> = LazyLock::new(start_s3);
    &S3
}

pub(crate) fn snapshot() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| start("snapshot"));
    &SERVER
}

pub(crate) fn serializable() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| start("serializable"));
    &SERVER
}

pub(crate) fn serverless() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| start_with(&["--kind", "serverless"]));
    &SERVER
}

fn start(isolation: &str) -> Server {
    start_with(&["--isolation", isolation])
}

/// A server of the test's own, which stops when it is dropped.
pub(crate) fn start_with(flags: &[&str]) -> Server {
    let arguments = [&["--listen", "127.0.0.1:0"], flags].concat();
    let mut process =
        Process::start(env!("CARGO_BIN_EXE_redshift-local"), &arguments, &aws_environment(&s3().url));
    let port = port_of(&process.line());
    let ca_file = if flags.contains(&"off") { PathBuf::new() } else { ca_file_of(&process.line()) };
    Server { port, ca_file, process: Mutex::new(process) }
}

/// The port in `redshift-local: ready on HOST:PORT`.
pub(crate) fn port_of(ready: &str) -> u16 {
    let address = ready.trim().strip_prefix("redshift-local: ready on ");
    let port = address.and_then(|address| address.rsplit(':').next()).and_then(|port| port.parse().ok());
    port.unwrap_or_else(|| panic!("not a ready line: {ready:?}"))
}

/// The file in `redshift-local: certificate authority in FILE`.
fn ca_file_of(line: &str) -> PathBuf {
    let file = line.trim().strip_prefix("redshift-local: certificate authority in ");
    file.unwrap_or_else(|| panic!("not the line after the ready line: {line:?}")).into()
}

/// Keys that open nothing, and an address that is this machine's.
pub(crate) fn aws_environment(url: &str) -> [(&str, &str); 5] {
    [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_S3", url),
    ]
}

fn start_s3() -> S3 {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/ministack");
    let program = std::env::var_os("MINISTACK_BIN").unwrap_or_else(|| installed.into());
    let port = free_port();
    let environment = [
        ("GATEWAY_PORT", port.to_string()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("MINISTACK_HOST", "127.0.0.1".to_owned()),
        // A broker of another service, which would listen on every interface.
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("LOG_LEVEL", "ERROR".to_owned()),
    ];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    let process = Process::start(program.to_str().expect("the path is UTF-8"), &[], &environment);
    wait_for_port(port);
    S3 { url: format!("http://127.0.0.1:{port}"), _process: Mutex::new(process) }
}

/// Below the ports that the kernel takes for outgoing connections, one of which could come first.
fn free_port() -> u16 {
    let first = 12_000 + u16::try_from(std::process::id() % 100).expect("it is below 100") * 200;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..32_768).find(is_free).expect("a port is free")
}

#[expect(clippy::disallowed_methods, reason = "a test's patience is real time")]
fn wait_for_port(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "nothing listens on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
