//! Start and stop: what is said, what is kept, and that PostgreSQL goes too.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::servers::{aws_environment, port_of};
use crate::support::session::Session;

const PROGRAM: &str = env!("CARGO_BIN_EXE_redshift-local");

async fn start(arguments: &[&str]) -> (Child, u16) {
    start_in(arguments, &[]).await
}

async fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> (Child, u16) {
    let mut command = Command::new(PROGRAM);
    command
        .args(["--listen", "127.0.0.1:0", "--user", "me", "--password", "pw", "--database", "mine"])
        .args(arguments);
    command
        .envs(aws_environment("http://127.0.0.1:9"))
        .envs(environment.iter().copied())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().expect("the program is there");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("stdout is piped");
    BufReader::new(stdout).read_line(&mut line).await.expect("the program speaks UTF-8");
    (child, port_of(&line))
}

async fn connect(port: u16) -> Session {
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(port).user("me").password("pw").dbname("mine");
    Session::connect_with(&config).await.expect("the user of the flags can log in")
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
    kill_process(pid, signal).expect("it is our child");
}

/// PostgreSQL's own process, by its postmaster.pid.
async fn postmaster(session: &Session) -> (u32, String) {
    let directory = session.value("SHOW data_directory").await;
    let pid = session.value("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)").await;
    (pid.parse().expect("a pid is a number"), directory)
}

async fn gone(pid: u32) {
    let wait = async {
        while std::path::Path::new(&format!("/proc/{pid}")).exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("PostgreSQL stops within 20 s");
}

#[tokio::test]
async fn sigterm_stops_postgres_and_leaves_nothing() {
    let (mut child, port) = start(&[]).await;
    let session = connect(port).await;
    let (postgres, directory) = postmaster(&session).await;
    signal(&child, Signal::TERM);
    assert!(child.wait().await.expect("it can be waited for").success());
    gone(postgres).await;
    assert!(!std::path::Path::new(&directory).exists(), "{directory} is still there");
}

#[tokio::test]
async fn a_shell_that_is_set_up_for_psql_changes_nothing() {
    let (_child, port) = start_in(&[], &[("PGPORT", "5439"), ("PGDATESTYLE", "German")]).await;
    let session = connect(port).await;
    assert_eq!(session.value("SELECT '2015-07-01'::date::varchar").await, "2015-07-01");
}

#[tokio::test]
async fn a_kill_does_not_leave_postgres_behind() {
    let (mut child, port) = start(&[]).await;
    let session = connect(port).await;
    let (postgres, _) = postmaster(&session).await;
    child.kill().await.expect("it can be killed");
    gone(postgres).await;
}

#[tokio::test]
async fn data_dir_keeps_what_was_loaded() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let kept = directory.path().join("kept");
    // PostgreSQL may run as another user, who has to get there.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open).expect("it is ours");
    let arguments = ["--data-dir", kept.to_str().expect("the path is UTF-8")];
    let (mut child, port) = start(&arguments).await;
    connect(port).await.run("CREATE TABLE t (a int) DISTKEY (a); INSERT INTO t VALUES (7)").await;
    signal(&child, Signal::INT);
    assert!(child.wait().await.expect("it can be waited for").success());
    let (mut child, port) = start(&arguments).await;
    let session = connect(port).await;
    assert_eq!(session.value("SELECT a FROM t").await, "7");
    assert_eq!(session.value("SELECT reldiststyle FROM pg_class WHERE oid = 't'::regclass").await, "1");
    signal(&child, Signal::TERM);
    assert!(child.wait().await.expect("it can be waited for").success());
}
