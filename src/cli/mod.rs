//! The command line: a short door for each command.

mod legacy;
mod terminal;
mod request_flags;
mod table_flag;
mod passed_over;
mod serve;
mod load;
mod plan;
mod config_infer;
mod enqueue;
mod history;
mod pause;
mod prune;
mod route;
mod missing;
mod backfill;
mod check;
mod dead_letters;
mod manual;
#[cfg(test)]
mod documented;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::environment::{Environment, InvalidConfiguration};
use crate::config::logs::{self, LogFormat};
use crate::load::routes::NoRoutes;
use crate::model::shown::shown;
use crate::request::{InvalidRequest, LoadRequest};
use crate::telemetry::logging;

use request_flags::RequestFlags;

/// Usage and configuration errors.
const EXIT_USAGE: u8 = 2;
/// Whoever read the output is gone: what a shell says of a program that SIGPIPE has ended.
const EXIT_BROKEN_PIPE: u8 = 128 + 13;

/// Loads dated files from S3 into Redshift, exactly once, driven by an SQS queue.
#[derive(Parser)]
#[command(name = "s3-to-redshift", version, arg_required_else_help = true)]
#[command(
    after_help = "Settings come from the environment: QUEUE_URL, REDSHIFT_HOST, REDSHIFT_PORT, REDSHIFT_DB, \
REDSHIFT_USER, REDSHIFT_PASSWORD, REDSHIFT_SSLMODE, REDSHIFT_ROLE_ARN, LEDGER_SCHEMA, MANIFEST_URL, \
DEAD_LETTER_QUEUE_URL, MAX_CONCURRENT_LOADS, MAX_HELD_MESSAGES, LOCK_WAIT_WARNING, ZERO_ROWS, ROW_COUNT_DROP, \
LOAD_ERRORS_SHOWN, LOAD_ERROR_VALUES, VISIBILITY_TIMEOUT, LOAD_TIMEOUT, SHUTDOWN_GRACE, MAINTENANCE_WINDOW, MISSING_INTERVAL, TABLE_CONFIG_DIR, TABLE_CONFIG_SQL, ROUTES, UNROUTED, NOTIFY_URL, CONTROL_TOKEN, LISTEN_ADDRESS, LOG_FORMAT, \
RUST_LOG and the AWS SDK's own. Without a command, the flags of `load` are understood, with one dash or two."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon: receive load messages until told to stop
    Serve,
    /// Load tables now, without the queue
    Load(RequestFlags),
    /// Show what a load would find, decide and run, and change nothing
    Plan(plan::PlanFlags),
    /// Table configs: infer a first one from a sample of the data
    #[command(subcommand)]
    Config(config_infer::ConfigCommand),
    /// Check a load message and send it to the queue. The daemon looks up a path as --config in its directory of table
    /// configs
    Enqueue(RequestFlags),
    /// Show the last loads in the ledger
    History(history::HistoryFlags),
    /// Look at all that the daemon needs: queue, bucket, warehouse, ledger, rights. Changes nothing; ends with 1 when something
    /// would keep it from loading
    Check(check::CheckFlags),
    /// Show messages that were parked as they could not be loaded, and send them back
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLettersCommand),
    /// Start no load, of one table or at all, until `resume`; holds for every daemon with this ledger
    Pause(pause::PauseFlags),
    /// Start loads again
    Resume(pause::ResumeFlags),
    /// Show which rule of ROUTES takes or ignores a key, and what it would load. Looks at no object. Ends with 1 when a key has no
    /// rule or makes no load, or when the file of ROUTES cannot be read; with 2 when that file is wrong
    Route(route::RouteFlags),
    /// Show data on S3 that no row of the ledger knows: where the rules of ROUTES look, or with --bucket, --schema and --tables in the
    /// dated layouts
    Missing(missing::MissingFlags),
    /// Have a range of data dates loaded by the daemon, the oldest first and few at a time
    Backfill(backfill::BackfillFlags),
    /// Remove old rows from the ledger that protect nothing any more, and old manifests of our own
    Prune(prune::PruneFlags),
    /// Print what a shell needs to complete commands and flags
    Completions(manual::CompletionsFlags),
    /// Print the manual, for `man -l -`
    Man(manual::ManFlags),
}

/// Runs the program with the arguments of the process, its own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(legacy::modernise(arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors too, to clap, and print to stdout with code 0.
            let code = u8::try_from(error.exit_code()).unwrap_or(EXIT_USAGE);
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(error) => report(&error.into()),
            };
        }
    };
    let mut environment = Environment::of_process();
    start_logging(&cli.command, &mut environment);
    terminal::start(&environment);
    // What waits for others nearly all the time needs one thread: handing work to a second one costs more than it brings.
    let mut runtime = match cli.command {
        Command::Serve => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&CommandError::Failed(format!("the runtime cannot start: {error}"))),
    };
    let code = match runtime.block_on(dispatch(cli.command, environment)) {
        Ok(code) => code,
        Err(error) => report(&error),
    };
    // Whatever matters was awaited. Otherwise a name server that does not answer would keep the process.
    runtime.shutdown_background();
    code
}

async fn dispatch(command: Command, environment: Environment) -> Result<ExitCode, CommandError> {
    match command {
        Command::Serve => serve::run(environment).await,
        Command::Load(flags) => load::run(&flags, environment).await,
        Command::Plan(flags) => plan::run(&flags, environment).await,
        Command::Config(command) => config_infer::run(&command, environment).await,
        Command::Enqueue(flags) => enqueue::run(&flags, environment).await,
        Command::History(flags) => history::run(&flags, environment).await,
        Command::Check(flags) => check::run(&flags, environment).await,
        Command::DeadLetters(command) => dead_letters::run(&command, environment).await,
        Command::Pause(flags) => pause::pause(&flags, environment).await,
        Command::Resume(flags) => pause::resume(&flags, environment).await,
        Command::Route(flags) => route::run(&flags, environment).await,
        Command::Missing(flags) => missing::run(&flags, environment).await,
        Command::Backfill(flags) => backfill::run(&flags, environment).await,
        Command::Prune(flags) => prune::run(&flags, environment).await,
        Command::Completions(flags) => manual::completions(&flags, Cli::command()),
        Command::Man(flags) => manual::man(&flags, Cli::command()),
    }
}

/// Problems stay with the environment, and are reported together with all others.
fn start_logging(command: &Command, environment: &mut Environment) {
    let settings = logs::read(environment);
    if settings.filter.as_deref().is_some_and(|text| !logging::is_filter(text)) {
        environment.problem(
            "RUST_LOG must be a level such as info, or a filter such as s3_to_redshift=debug".to_owned(),
        );
    }
    let usual = if matches!(command, Command::Serve) { LogFormat::Json } else { LogFormat::Text };
    logging::start(settings.format.unwrap_or(usual), settings.filter.as_deref(), || terminal::LogWriter);
}

/// A request and settings that are both usable, or the problems of both.
fn checked<S>(
    request: Result<LoadRequest, InvalidRequest>,
    settings: Result<S, InvalidConfiguration>,
) -> Result<(LoadRequest, S), CommandError> {
    match (request, settings) {
        (Ok(request), Ok(settings)) => Ok((request, settings)),
        (Ok(_), Err(configuration)) => Err(configuration.into()),
        (Err(request), Ok(_)) => Err(request.into()),
        (Err(request), Err(configuration)) => {
            Err(CommandError::Usage(format!("{}\n{configuration}", list_of(&request))))
        }
    }
}

fn list_of(invalid: &InvalidRequest) -> String {
    format!("the request is not usable:{}", listed(&invalid.problems))
}

/// A line for each problem.
fn listed(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("\n  - {problem}")).collect()
}

/// Why a command ends early.
enum CommandError {
    /// The call or the configuration is wrong.
    Usage(String),
    Failed(String),
    /// Nobody reads what is printed any more.
    BrokenPipe,
}

impl From<InvalidConfiguration> for CommandError {
    fn from(error: InvalidConfiguration) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<InvalidRequest> for CommandError {
    fn from(error: InvalidRequest) -> Self {
        Self::Usage(list_of(&error))
    }
}

/// A wrong file of routes is wrong configuration; one that cannot be read now may be read later.
impl From<NoRoutes> for CommandError {
    fn from(none: NoRoutes) -> Self {
        match none {
            NoRoutes::Unreadable(why) => Self::Failed(why),
            NoRoutes::Invalid(problems) => {
                Self::Usage(format!("the routes are not usable:{}", listed(&problems)))
            }
        }
    }
}

/// Of what a command prints.
impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Failed(format!("the output cannot be written: {error}")),
        }
    }
}

/// Of several lines, each as it may be shown.
fn shown_lines(text: &str) -> String {
    text.split('\n').map(shown).collect::<Vec<_>>().join("\n")
}

fn report(error: &CommandError) -> ExitCode {
    let (text, code) = match error {
        CommandError::Usage(text) => (text, ExitCode::from(EXIT_USAGE)),
        CommandError::Failed(text) => (text, ExitCode::FAILURE),
        // As `head` expects it of everybody: nobody is told that enough was read.
        CommandError::BrokenPipe => return ExitCode::from(EXIT_BROKEN_PIPE),
    };
    // With stderr gone there is nobody left to tell.
    match writeln!(std::io::stderr(), "s3-to-redshift: {}", shown_lines(text)) {
        Ok(()) | Err(_) => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_shown_line_by_line_and_escaped() {
        let listed =
            list_of(&InvalidRequest { problems: vec!["a\u{1b}[2J".to_owned()], targets: Vec::new() });
        assert_eq!(shown_lines(&listed), "the request is not usable:\n  - a\\u{1b}[2J");
    }
}
