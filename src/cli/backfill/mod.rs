//! `backfill`: has a range of data dates loaded by the daemon, the oldest first and few at a time.

mod dated;
mod routed;
mod rows;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::{CommandError, passed_over, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::config::routing::RoutesLocation;
use crate::failure::Failure;
use crate::load::{Loader, routes};
use crate::missing::date_range::DateRange;
use crate::model::count::counted;
use crate::model::granularity::Granularity;
use crate::queue::MessageQueue;
use crate::request::LoadRequest;

use dated::{DatesToSend, Wanted};
use routed::{Files, FilesToSend};

/// Loads that are planned side by side, before anything is sent.
const CONCURRENT_PLANS: usize = 4;
/// Messages in flight: of dates, a load each; and of files, as many as make one COPY of usual size.
const DATES_IN_FLIGHT: u16 = 4;
const FILES_IN_FLIGHT: u16 = 20;

#[derive(Args)]
pub(super) struct BackfillFlags {
    /// The first data date: a day in UTC, or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: String,
    /// The last data date, which is loaded too: a day in UTC, the whole of it, or RFC 3339
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Plan each date and show what would become of it, and send nothing; ends with 1 when one would be refused or fail
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: one JSON object a line for each date
    #[arg(long, requires = "dry_run")]
    json: bool,
    /// As many messages as this are sent before one of them is loaded: 4, or 20 of files that ROUTES name, 50 in each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    in_flight: Option<u16>,
    /// Files that ROUTES name: also those that were loaded and then written again. The table config's `rewritten` says what becomes
    /// of them
    #[arg(long, conflicts_with = "bucket")]
    rewritten: bool,
    /// Wait for the load of a message for this long, then go on without it; after --in-flight of them in a row, stop
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = humantime::parse_duration)]
    patience: Duration,
    #[command(flatten)]
    request: RequestFlags,
}

/// Where data is looked for, and of which tables.
enum Place {
    Routes(RoutesLocation, LoadRequest),
    Dated(LoadRequest),
}

impl BackfillFlags {
    /// What each message asks for, but for its date.
    fn request(&self) -> Result<LoadRequest, CommandError> {
        let request = self.request.request().and_then(LoadRequest::sendable)?;
        let terms = &request.terms;
        let contradictions = [
            (terms.selection.date().is_some(), "--date is one date; --from and --to are those of a backfill"),
            (
                terms.replace_all(),
                "--truncate and --mode replace would leave the rows of the last date alone; leave them out",
            ),
            (
                terms.granularity == Some(Granularity::Stream),
                "--granularity stream needs a span for each date; send a message for each",
            ),
            (terms.expected_rows.is_some(), "--expected-rows is about one load; leave it out"),
        ];
        let problems: Vec<&str> =
            contradictions.into_iter().filter(|(is_one, _)| *is_one).map(|(_, problem)| problem).collect();
        if problems.is_empty() { Ok(request) } else { Err(CommandError::Usage(problems.join("\n"))) }
    }
}

pub(super) async fn run(
    flags: &BackfillFlags,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let queue = (!flags.dry_run).then(|| config::queue::read(&mut environment));
    let is_routed = !flags.request.names().any(|name| name == "bucket");
    let location = if is_routed { config::routing::read(&mut environment) } else { None };
    if is_routed && location.is_none() {
        environment.problem(
            "--bucket is required, for the dated layouts; or ROUTES, the file of rules, as a path or s3://…"
                .to_owned(),
        );
    }
    let range = DateRange::parse(&flags.from, &flags.to);
    let range =
        range.map_err(|problems| problems.into_iter().for_each(|problem| environment.problem(problem)));
    let process = ProcessSettings::of(&environment);
    let table_config_dir = environment.optional("TABLE_CONFIG_DIR").map(PathBuf::from);
    let (warehouse, loads, queue, range) = environment.finish((warehouse, loads, queue, range))?;
    let Ok(range) = range else { return Ok(ExitCode::FAILURE) };
    let place = match location {
        Some(location) => Place::Routes(location, routed::tables(&flags.request)?),
        None => Place::Dated(flags.request()?),
    };
    let app = App::new(process).await;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let queue = queue.map(|queue| app.queue(queue));
    let looked_at = Arc::<AtomicU64>::default();
    match place {
        Place::Dated(request) => dates(flags, &loader, queue, &request, range, looked_at).await,
        Place::Routes(location, LoadRequest { targets, force, .. }) => {
            let routes = routes::read(loader.store.as_ref(), &location).await?;
            let of = Files {
                loader: &loader,
                routes,
                targets,
                range,
                rewritten: flags.rewritten,
                force,
                table_config_dir,
                looked_at: &looked_at,
            };
            files(flags, queue, of, Arc::clone(&looked_at)).await
        }
    }
}

/// Of the dated layouts.
async fn dates(
    flags: &BackfillFlags,
    loader: &Loader,
    queue: Option<Arc<dyn MessageQueue>>,
    request: &LoadRequest,
    range: DateRange,
    looked_at: Arc<AtomicU64>,
) -> Result<ExitCode, CommandError> {
    let showing = progress(&looked_at);
    let wanted = Wanted::find(loader, request, range, &looked_at).await?;
    drop(showing);
    let Some(queue) = queue else {
        let planning = terminal::progress(|| "planning each date".to_owned());
        let states = dated::states(loader, request, &wanted).await?;
        drop(planning);
        return rows::show(&wanted.rows(states, request.force), rows::MESSAGE, flags.json);
    };
    for target in wanted.tables_without_data() {
        tracing::warn!("no data of {target} of these dates under {}", request.terms.source);
    }
    let planning = terminal::progress(|| "planning the oldest date of each table".to_owned());
    let forced = dated::forced(loader, request, &wanted).await?;
    drop(planning);
    let to_send = DatesToSend::of(loader, &flags.request, wanted, forced, request.force);
    run::run((flags.in_flight.unwrap_or(DATES_IN_FLIGHT), flags.patience), queue.as_ref(), to_send).await
}

/// Of files that the rules of ROUTES name.
async fn files(
    flags: &BackfillFlags,
    queue: Option<Arc<dyn MessageQueue>>,
    of: Files<'_>,
    looked_at: Arc<AtomicU64>,
) -> Result<ExitCode, CommandError> {
    of.check_rules()?;
    passed_over::tell_rules_not_walked(&of.routes);
    let showing = progress(&looked_at);
    let Some(queue) = queue else {
        let rows = of.rows().await?;
        drop(showing);
        return rows::show(&rows, rows::FILE, flags.json);
    };
    let to_send = FilesToSend::find(of).await?;
    drop(showing);
    run::run((flags.in_flight.unwrap_or(FILES_IN_FLIGHT), flags.patience), queue.as_ref(), to_send).await
}

fn progress(looked_at: &Arc<AtomicU64>) -> terminal::Progress {
    let looked_at = Arc::clone(looked_at);
    terminal::progress(move || format!("{} looked at", counted(looked_at.load(Ordering::Relaxed), "object")))
}

fn failed(failure: Failure) -> CommandError {
    CommandError::Failed(failure.to_string())
}
