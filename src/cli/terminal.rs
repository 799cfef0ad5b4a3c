//! What a terminal gets beyond plain text: colours, and on stderr a line that says what a long command is doing.
//!
//! Colours go through `anstream`, which lets them pass to a terminal only, to none with `NO_COLOR`, and to anything with
//! `CLICOLOR_FORCE`. The line is for people who wait: there is none where stderr is a file, a pipe or the log of a build.

use std::io::{IsTerminal, Write};
use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::config::environment::Environment;
use crate::model::shown::shown_within;

/// The head of a table.
pub(super) const HEAD: Style = Style::new().dimmed();
pub(super) const OK: Style = AnsiColor::Green.on_default();
pub(super) const UNKNOWN: Style = AnsiColor::Cyan.on_default();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const FAILED: Style = AnsiColor::Red.on_default().bold();

/// How often a line of progress is drawn anew.
const TICK: Duration = Duration::from_millis(200);
/// Bytes, so that spinner, time and text fit into a line of 80 columns: one that is wrapped cannot be cleared for certain.
const LONGEST_TEXT: usize = 64;

/// A table of plain text, with its first line as a head.
pub(super) fn with_dim_head(table: &str) -> String {
    let (head, rows) = table.split_once('\n').unwrap_or((table, ""));
    format!("{HEAD}{head}{HEAD:#}\n{rows}")
}

/// The screen is one, whoever draws on it: what is written beside a line of progress has to know of it.
static SCREEN: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));

/// Lets lines of progress be drawn, where somebody sees them.
pub(super) fn start(environment: &Environment) {
    let can_redraw = environment.optional("TERM").is_some_and(|name| name != "dumb");
    // Some systems that build give their jobs a terminal, and keep all that was drawn on it.
    let is_build = environment.optional("CI").is_some();
    if std::io::stderr().is_terminal() && can_redraw && !is_build {
        SCREEN.set_draw_target(ProgressDrawTarget::stderr());
    }
}

/// A line of progress; it is cleared when this is dropped.
pub(super) struct Progress(ProgressBar);

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows what is being done, asked anew each time that it is drawn, and for how long.
pub(super) fn progress(doing: impl Fn() -> String + Clone + Send + Sync + 'static) -> Progress {
    let bar = ProgressBar::no_length();
    if SCREEN.is_hidden() {
        return Progress(bar);
    }
    let text = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let text =
            format!("{:>4.0} s  {}", state.elapsed().as_secs_f64(), shown_within(&doing(), LONGEST_TEXT));
        // Nothing is lost: it is drawn again.
        out.write_str(&text).unwrap_or_default();
    };
    let style = ProgressStyle::with_template("{spinner} {doing}").expect("the template is well formed");
    let bar = SCREEN.add(bar).with_style(style.tick_chars(r"|/-\ ").with_key("doing", text));
    bar.enable_steady_tick(TICK);
    Progress(bar)
}

/// Writes to a stream while lines of progress are out of the way.
pub(super) fn beside_progress<T>(write: impl FnOnce() -> T) -> T {
    SCREEN.suspend(write)
}

/// Where log lines go: stderr, beside lines of progress.
pub(super) struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        beside_progress(|| std::io::stderr().write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
