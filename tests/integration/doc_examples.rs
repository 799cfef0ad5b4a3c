//! Every page of docs/ does what it shows: its marked blocks are run in their order, and what they print is as shown.
//!
//! A block is marked by a comment on the line above it, which a reader of the page does not see. Each page has a bucket, a
//! queue, a schema and a ledger of its own; in its text they are always called `analytics`, `nyc` and `s3_to_redshift`.
//!
//! | mark | what becomes of the block |
//! |---|---|
//! | `<!-- run: file KEY -->` | is put into the bucket under this key, gzipped where the key ends with `.gz` |
//! | `<!-- run: message -->` | is sent to the queue, and loaded by a daemon; fails when it is parked |
//! | `<!-- run: notices -->` | is compared with all notices so far, one in a line; the daemon sends them to a queue of the page |
//! | `<!-- run: commands -->` | its lines that begin with `$ ` are run by `sh`, `s3-to-redshift`, `psql` and `aws` among them; what each prints, on stdout and then on stderr, is compared with the lines below it |
//! | `<!-- run: commands until as shown -->` | the same, again and again until they print what is shown |
//! | `<!-- run: saved NAME -->` | is written into a file of this name, where the commands are run |
//! | `<!-- run: variables -->` | is run by `sh`; what it exports is there for the commands and the daemon below |
//! | `<!-- run: serve -->` | starts the daemon, which then runs until the page ends |
//!
//! In what is shown, `…` stands for any part of a line, and a line with nothing else for any number of lines. A command goes
//! on behind `\`, and may fail: then the page should show why. Where the commands are run, `deploy` is the folder of this repository.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::secrets::{self, SECRETS};
use crate::support::servers::python_tool;
use crate::support::table::gzip;
use crate::support::wait::wait_for;

#[tokio::test]
async fn every_page_of_the_documentation_does_what_it_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    // Beside the pages are their pictures.
    let mut pages: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|suffix| suffix == "md")).collect();
    pages.sort();
    let mut blocks_run = 0;
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        let blocks = blocks(&page);
        blocks_run += blocks.len();
        if !blocks.is_empty() {
            let mut scenario = Scenario::new().await;
            scenario.variables.insert("NOTIFY_URL".to_owned(), queue_of_notices(&scenario).await);
            let folder = tempfile::tempdir().unwrap();
            let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
            std::os::unix::fs::symlink(deploy, folder.path().join("deploy")).unwrap();
            let mut example = Example { scenario, path: path.display().to_string(), folder, daemon: None };
            for block in &blocks {
                example.run(block).await;
            }
        }
    }
    assert!(blocks_run > 0, "no page has a marked block");
}

async fn queue_of_notices(scenario: &Scenario) -> String {
    let request = scenario.sqs.create_queue().queue_name(format!("{}-notices", scenario.name));
    request.send().await.expect("a queue is made").queue_url.expect("a queue has an address")
}

/// A marked block of a page.
struct Block<'a> {
    mark: &'a str,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let marked = page.split("<!-- run: ").skip(1);
    marked.map(|marked| block(marked).expect("a block in backticks follows right below its mark")).collect()
}

fn block(marked: &str) -> Option<Block<'_>> {
    let (mark, below) = marked.split_once(" -->\n```")?;
    let (_language, below) = below.split_once('\n')?;
    let (text, _) = below.split_once("\n```")?;
    Some(Block { mark, text: format!("{text}\n") })
}

/// A page that is being run.
struct Example {
    scenario: Scenario,
    path: String,
    /// What its commands write stays out of the way.
    folder: tempfile::TempDir,
    daemon: Option<Daemon>,
}

impl Example {
    async fn run(&mut self, block: &Block<'_>) {
        match block.mark.split_once(' ').unwrap_or((block.mark, "")) {
            ("file", key) => {
                let (key, text) = (self.real(key), self.real(&block.text));
                let content = if key.ends_with(".gz") { gzip(&text) } else { text.into_bytes() };
                self.scenario.put(&key, content).await;
            }
            ("message", "") => self.load(&self.real(&block.text)).await,
            ("commands", "") => {
                let printed = self.printed(&block.text).await;
                assert!(is_shown(&block.text, &printed), "{} should show:\n{printed}", self.path);
            }
            ("commands", "until as shown") => {
                wait_for(&format!("{} to show\n{}", self.path, block.text), async || {
                    is_shown(&block.text, &self.printed(&block.text).await).then_some(())
                })
                .await;
            }
            ("saved", name) => std::fs::write(self.folder.path().join(name), self.real(&block.text)).unwrap(),
            ("variables", "") => self.export(&block.text).await,
            ("serve", "") => {
                assert_eq!(block.text, "s3-to-redshift serve\n", "{}", self.path);
                self.daemon = Some(Daemon::ready(&self.scenario).await);
            }
            ("notices", "") => self.compare_notices(&block.text).await,
            _ => panic!("{}: nobody knows how to run: {}", self.path, block.mark),
        }
    }

    async fn load(&self, message: &str) {
        let mut daemon = Daemon::ready(&self.scenario).await;
        let id = self.scenario.send(message).await;
        let line = daemon.settled(&id).await;
        assert_eq!(line["disposition"], "deleted", "{}: {line:#}", self.path);
        // In good order: a poll that nobody listens to would take the next message, and a notice be lost.
        daemon.signal(Signal::TERM);
        assert_eq!(daemon.ended().await, Some(0));
    }

    /// Runs the commands of a block and writes what they print as the page should show it.
    async fn printed(&self, shown: &str) -> String {
        let mut printed = String::new();
        let mut lines = shown.lines();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else { continue };
            let (mut command, mut last) = (format!("{first}\n"), line);
            writeln!(printed, "{line}").unwrap();
            while last.ends_with('\\') {
                last = lines.next().expect("a command has an end");
                writeln!(command, "{last}").unwrap();
                writeln!(printed, "{last}").unwrap();
            }
            printed += &self.as_in_pages(&self.output_of(&self.real(&command)).await);
        }
        printed
    }

    async fn export(&mut self, text: &str) {
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, _)| name);
        for name in names.collect::<Vec<_>>() {
            let value = self.output_of(&format!("{}printf %s \"${name}\"", self.real(text))).await;
            assert!(!value.is_empty(), "{}: {name} is empty", self.path);
            self.scenario.variables.insert(name.to_owned(), value);
        }
    }

    async fn compare_notices(&self, shown: &str) {
        let (shown, mut notices): (Vec<&str>, Vec<String>) = (shown.lines().collect(), Vec::new());
        let queue = &self.scenario.variables["NOTIFY_URL"];
        wait_for("the notices of a page", async || {
            let request = self.scenario.sqs.receive_message().queue_url(queue).max_number_of_messages(10);
            let messages = request.send().await.ok()?.messages.unwrap_or_default();
            notices.extend(messages.iter().filter_map(|message| Some(self.as_in_pages(message.body()?))));
            (notices.len() >= shown.len()).then_some(())
        })
        .await;
        let notices: Vec<&str> = notices.iter().map(String::as_str).collect();
        assert!(is_as_shown(&shown, &notices), "{} should show:\n{}", self.path, notices.join("\n"));
    }

    async fn output_of(&self, command: &str) -> String {
        let program = self.scenario.program();
        let folder = Path::new(program.get_program()).parent().unwrap().display().to_string();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env_clear().current_dir(self.folder.path());
        shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let aws = python_tool("aws", "AWS_BIN");
        let packages = aws.parent().expect("it is in a folder").display();
        shell.env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin:{packages}"));
        // The first version of AWS's command line knows the region by the older name only.
        let of_clients =
            [("PGHOST", "REDSHIFT_HOST"), ("PGPORT", "REDSHIFT_PORT"), ("AWS_DEFAULT_REGION", "AWS_REGION")];
        for (name, of_program) in of_clients {
            let value = program.get_envs().find(|(name, _)| *name == of_program).and_then(|(_, value)| value);
            shell.env(name, value.unwrap());
        }
        shell.env("PGUSER", "dev").env("PGDATABASE", "dev").env("PGPASSWORD", &SECRETS.password);
        let output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        secrets::assert_none_in("a command", &text);
        as_on_a_terminal(&text)
    }

    fn names(&self) -> [(&str, String); 3] {
        let name = &self.scenario.name;
        [("s3_to_redshift", format!("{name}_ledger")), ("analytics", name.clone()), ("nyc", name.clone())]
    }

    /// A text of the page, with the names of this run.
    fn real(&self, text: &str) -> String {
        self.names().iter().fold(text.to_owned(), |text, (shown, real)| text.replace(shown, real))
    }

    /// What a command has printed, with the names of the page. Only a bucket stands behind `s3://`.
    fn as_in_pages(&self, text: &str) -> String {
        let text = text.replace(&format!("s3://{}", self.scenario.name), "s3://analytics");
        let names = self.names().into_iter().filter(|(shown, _)| *shown != "analytics");
        names.fold(text, |text, (shown, real)| text.replace(&real, shown))
    }
}

/// Where a line was begun anew, only its last state is seen.
fn as_on_a_terminal(text: &str) -> String {
    let last = |line: &str| line.rsplit('\r').next().expect("a text has at least one part").to_owned();
    text.split('\n').map(last).collect::<Vec<String>>().join("\n")
}

fn is_shown(shown: &str, printed: &str) -> bool {
    let (shown, printed): (Vec<&str>, Vec<&str>) = (shown.lines().collect(), printed.lines().collect());
    is_as_shown(&shown, &printed)
}

fn is_as_shown(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        ([line, below @ ..], _) if line.trim() == "…" => {
            (0..=printed.len()).any(|passed_over| is_as_shown(below, &printed[passed_over..]))
        }
        ([line, below @ ..], [first, others @ ..]) => is_like(line, first) && is_as_shown(below, others),
        _ => false,
    }
}

/// Whether a line is as shown, where `…` stands for any part of it.
fn is_like(shown: &str, line: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    (0..=rest.len()).filter_map(|passed_over| rest.get(passed_over..)).any(|rest| is_like(after, rest))
}

#[test]
fn an_ellipsis_stands_for_any_part_and_nothing_else_does() {
    assert!(is_as_shown(&["a", "…", "d…f"], &["a", "b", "c", "d e f"]));
    assert!(is_as_shown(&["a", "…"], &["a"]));
    for printed in [&["a", "d e"][..], &["d e f"], &["a", "d e f", "g"], &[]] {
        assert!(!is_as_shown(&["a", "…", "d…f"], printed), "{printed:?}");
    }
}
