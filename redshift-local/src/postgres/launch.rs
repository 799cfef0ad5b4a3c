//! Starting and stopping PostgreSQL, so that it never outlives this process.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;
use tokio::process::{Child, ChildStdin, Command};

use super::account::{self, Account};
use super::binaries;
use crate::cli::{Isolation, Kind};
use crate::sql::settings;

/// The superuser that Amazon keeps for itself on every cluster; ours owns the catalog.
pub(crate) const OWNER: &str = "rdsdb";

/// Runs PostgreSQL until its standard input ends: the pipe closes when redshift-local stops, or is killed.
/// `$1` is a directory to remove afterwards.
const WATCHDOG: &str = r#"
scratch=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
postgres=$!
( cat <&3 >/dev/null; kill -INT $postgres 2>/dev/null ) &
wait $postgres
status=$?
rm -rf "$scratch"
exit $status
"#;

/// A running PostgreSQL. Dropping it closes the watchdog's pipe, which stops it too, only without waiting.
pub(crate) struct Postgres {
    data: PathBuf,
    socket_directory: PathBuf,
    watchdog: Child,
    lifeline: Option<ChildStdin>,
    /// Holds the socket, and the data when nothing is kept.
    _scratch: TempDir,
}

impl Postgres {
    /// Initialises the data directory where that was not done before, and starts the server on a unix socket.
    /// It may not answer yet when this returns.
    pub(crate) async fn launch(
        path: Option<&std::ffi::OsStr>,
        kept_data: Option<&Path>,
        isolation: Isolation,
        kind: Kind,
    ) -> anyhow::Result<Self> {
        let programs = binaries::find(path)?;
        let scratch =
            tempfile::Builder::new().prefix("redshift-local-").tempdir().context("no temporary directory")?;
        let account = account::for_postgres(scratch.path())?;
        account::hand_over(scratch.path(), account)?;
        let data = match kept_data {
            Some(directory) => own_directory(directory, account)?,
            None => scratch.path().to_owned(),
        }
        .join("postgres");
        if !data.join("PG_VERSION").exists() {
            initialise(&programs.join("initdb"), &data, account).await?;
        }

        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCHDOG, "redshift-local-watchdog"]);
        command.arg(scratch.path()).arg(programs.join("postgres")).arg("-D").arg(&data);
        for (name, value) in server_settings(kept_data.is_some(), isolation, kind) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.arg("-c").arg(format!("unix_socket_directories={}", scratch.path().display()));
        // A process group of its own: Ctrl-C in a terminal is for us, who then stop PostgreSQL in order.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
        run_as(&mut command, account);
        let mut watchdog = command.spawn().context("PostgreSQL could not be started")?;
        let lifeline = watchdog.stdin.take();
        Ok(Self { data, socket_directory: scratch.path().to_owned(), watchdog, lifeline, _scratch: scratch })
    }

    pub(crate) fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.socket_directory.join(".s.PGSQL.5432")
    }

    /// Where it notes how far its start is.
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.data.join("postmaster.pid")
    }

    /// Waits until PostgreSQL ends by itself, which it never should.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        match self.watchdog.wait().await {
            Ok(status) => anyhow::anyhow!("PostgreSQL stopped by itself ({status}); its own words are above"),
            Err(error) => anyhow::Error::from(error).context("PostgreSQL cannot be watched"),
        }
    }

    /// Asks for a fast shutdown, which rolls back and disconnects everybody, and waits for its end.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.lifeline.take());
        match tokio::time::timeout(Duration::from_secs(30), self.watchdog.wait()).await {
            Ok(status) => status.map(drop).context("PostgreSQL cannot be waited for"),
            Err(_) => bail!("PostgreSQL did not stop within 30 s"),
        }
    }
}

/// Whether PostgreSQL takes connections by now, as the last line of its pid file tells.
pub(crate) fn is_ready(pid_file: &Path) -> bool {
    let notes = std::fs::read_to_string(pid_file).unwrap_or_default();
    notes.lines().nth(7).is_some_and(|state| state.trim() == "ready")
}

fn own_directory(directory: &Path, account: Option<Account>) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(directory)
        .and_then(|()| account::hand_over(directory, account))
        .and_then(|()| directory.canonicalize())
        .with_context(|| format!("{} cannot be made the data directory", directory.display()))
}

async fn initialise(initdb: &Path, data: &Path, account: Option<Account>) -> anyhow::Result<()> {
    let mut command = Command::new(initdb);
    command.arg("-D").arg(data).args([
        "--no-sync",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--username",
        OWNER,
    ]);
    run_as(&mut command, account);
    let output = command.stdin(Stdio::null()).output().await.context("initdb could not be started")?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "initdb failed in {}: {}", data.display(), words.trim());
    Ok(())
}

fn run_as(command: &mut Command, account: Option<Account>) {
    // A shell that is set up for psql has variables which PostgreSQL would take for its own settings, PGPORT among them.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    // The directory we were started in may be closed to that account.
    command.current_dir("/");
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
}

fn server_settings(kept: bool, isolation: Isolation, kind: Kind) -> Vec<(String, String)> {
    let always = [
        ("listen_addresses", ""),
        ("max_connections", "120"),
        ("password_encryption", "md5"),
        ("timezone", "UTC"),
        ("log_min_messages", "fatal"),
        // Backslash escapes are active in Redshift's literals (fact 2.13).
        ("standard_conforming_strings", "off"),
        ("escape_string_warning", "off"),
        ("backslash_quote", "on"),
        ("jit", "off"),
    ];
    // One machine's scratch data needs no durability; this is where most of the start-up time goes.
    let scratch = [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
    ];
    // Under PostgreSQL's serializable a cycle of reads and writes ends in 40001, which the client sees as 1023.
    let (level, model) = match isolation {
        Isolation::Snapshot => ("repeatable read", "1"),
        Isolation::Serializable => ("serializable", "2"),
    };
    // Fact 2.7
    let idle = match kind {
        Kind::Provisioned => "4h",
        Kind::Serverless => "1h",
    };
    let idle = [("idle_session_timeout", idle), ("idle_in_transaction_session_timeout", "6h")];
    let levels = [("default_transaction_isolation", level), ("redshift_local.concurrency_model", model)];
    let words = always.into_iter().chain(scratch.into_iter().filter(|_| !kept)).chain(levels).chain(idle);
    let redshift =
        settings::DEFAULTS.iter().map(|(name, value)| (settings::stand_in(name), (*value).to_owned()));
    words.map(|(name, value)| (name.to_owned(), value.to_owned())).chain(redshift).collect()
}
