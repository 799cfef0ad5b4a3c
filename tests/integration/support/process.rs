//! Child processes that never outlive the test process, even when that is killed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Runs the command it is given and ends it when its own input is closed, which the kernel does for a dead parent.
const WATCHDOG: &str =
    r#""$@" </dev/null & child=$!; cat >/dev/null; kill -TERM $child 2>/dev/null; wait $child"#;

/// A server under a watchdog; stopped when dropped, or when the test process ends.
pub(crate) struct Server {
    // Held for its input pipe.
    _watchdog: Child,
    pub(crate) output: Lines,
}

impl Server {
    /// Starts `command`, whose two outputs are collected.
    pub(crate) fn start(command: &Command) -> Self {
        let mut watchdog = Command::new("sh");
        watchdog.args(["-c", WATCHDOG, "watchdog"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => watchdog.env(name, value),
                None => watchdog.env_remove(name),
            };
        }
        watchdog.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = watchdog.spawn().expect("sh is there");
        let output = Lines::default();
        output.collect(child.stdout.take().expect("it is piped"));
        output.collect(child.stderr.take().expect("it is piped"));
        Self { _watchdog: child, output }
    }
}

/// The lines that a process has written so far.
#[derive(Clone, Default)]
pub(crate) struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    readers: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Lines {
    /// Reads to the end on a thread of its own, so that no pipe ever fills up.
    pub(crate) fn collect(&self, output: impl std::io::Read + Send + 'static) {
        let lines = Arc::clone(&self.lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                lines.lock().unwrap().push(String::from_utf8(line).expect("the process writes UTF-8"));
            }
        });
        self.readers.lock().unwrap().push(reader);
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// All lines of a process that has ended.
    pub(crate) fn to_the_end(&self) -> Vec<String> {
        for reader in self.readers.lock().unwrap().drain(..) {
            reader.join().expect("what it reads is text");
        }
        self.all()
    }

    pub(crate) fn find(&self, text: &str) -> Option<String> {
        self.all().into_iter().find(|line| line.contains(text))
    }
}

/// A port that was free a moment ago, and is given to nobody else: ports up to 32767 are none that the kernel takes for
/// outgoing connections.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Not where another run of the tests begins.
    let first = 12_000 + u16::try_from(std::process::id() % 100).expect("it is below 100") * 200;
    loop {
        let port = first + GIVEN.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_768, "no port is free");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
