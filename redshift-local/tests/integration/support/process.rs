//! Child processes that end with the test process, however it ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Ends the program when standard input does, which is when its last holder is gone. The shell lets go of its own
/// output, so that a program that ends early is the end of that output for whoever waits for a line.
const WATCHDOG: &str = r#""$@" & child=$!; exec >/dev/null; cat; kill -TERM $child 2>/dev/null; wait $child"#;

/// A running program. Dropping it lets the watchdog stop it.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    lifeline: ChildStdin,
}

impl Process {
    /// Starts `program` under the watchdog.
    pub(crate) fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCHDOG, "watchdog", program]).args(arguments).envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        let lifeline = child.stdin.take().expect("stdin is piped");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, stdout, lifeline }
    }

    /// Stops the program and waits for its end.
    pub(crate) fn stop(mut self) {
        drop(self.lifeline);
        self.child.wait().expect("it is a child of ours");
    }

    /// The next line on its standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("the program speaks UTF-8");
        line
    }
}
