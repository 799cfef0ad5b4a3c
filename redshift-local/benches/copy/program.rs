//! The program that is measured, from outside: Linux tells what it takes.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tokio_postgres::{Client, Config, NoTls};
use tokio_util::task::TaskTracker;

/// Ends with the benchmark, and its PostgreSQL with it.
pub(crate) struct Program {
    child: Child,
    port: u16,
}

impl Program {
    pub(crate) fn start(s3: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redshift-local"));
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL_S3", s3),
        ]);
        let mut child = command.spawn().expect("the program can be started");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped"))
            .read_line(&mut ready)
            .expect("the program speaks UTF-8");
        let port = ready.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        Self { child, port: port.expect("the line ends in the port") }
    }

    pub(crate) async fn connect(&self) -> Client {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user("dev").password("dev").dbname("dev");
        let (client, connection) = config.connect(NoTls).await.expect("the default user can log in");
        TaskTracker::new().spawn(connection);
        client
    }

    /// The most memory it ever had, its PostgreSQL not included.
    pub(crate) fn peak_mebibytes(&self) -> u64 {
        let status = self.read("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes =
            peak.and_then(|peak| peak.trim().strip_suffix(" kB")).and_then(|peak| peak.parse().ok());
        kibibytes.unwrap_or(0_u64) / 1024
    }

    /// What it has used of the processors, its PostgreSQL not included.
    pub(crate) fn processor_seconds(&self) -> f64 {
        /// `sysconf(_SC_CLK_TCK)`, which is the same on every Linux there is.
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = self.read("stat");
        let fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
        let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        ticks / TICKS_PER_SECOND
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
