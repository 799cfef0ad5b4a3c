//! `backfill`: has a range of data dates loaded by the daemon, the oldest first and few at a time.

mod dates;
mod preflight;
mod run;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::{CommandError, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::failure::Failure;
use crate::missing::date_range::DateRange;
use crate::model::count::counted;
use crate::model::granularity::Granularity;
use crate::request::LoadRequest;

use dates::Wanted;

#[derive(Args)]
pub(super) struct BackfillFlags {
    /// The first data date: a day in UTC, or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: String,
    /// The last data date, which is loaded too: a day in UTC, the whole of it, or RFC 3339
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Show the dates with their files, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// As many messages as this are sent before one of them is loaded
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    in_flight: u16,
    /// Wait for the load of a date for this long, then go on without it; after --in-flight of them in a row, stop
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = humantime::parse_duration)]
    patience: Duration,
    #[command(flatten)]
    request: RequestFlags,
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
    let range = DateRange::parse(&flags.from, &flags.to);
    let range =
        range.map_err(|problems| problems.into_iter().for_each(|problem| environment.problem(problem)));
    let process = ProcessSettings::of(&environment);
    let (warehouse, loads, queue, range) = environment.finish((warehouse, loads, queue, range))?;
    let request = flags.request()?;
    let Ok(range) = range else { return Ok(ExitCode::FAILURE) };
    let app = App::new(process).await;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let looked_at = Arc::<AtomicU64>::default();
    let showing = {
        let looked_at = Arc::clone(&looked_at);
        terminal::progress(move || {
            format!("{} looked at", counted(looked_at.load(Ordering::Relaxed), "object"))
        })
    };
    let wanted = Wanted::find(&loader, &request, range, &looked_at).await.map_err(failed)?;
    drop(showing);
    if wanted.dates.is_empty() {
        writeln!(
            std::io::stdout(),
            "no data of these dates under {}: {} looked at",
            request.terms.source,
            counted(looked_at.load(Ordering::Relaxed), "object")
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(queue) = queue else {
        dates::print(&mut anstream::stdout().lock(), &wanted, request.force)?;
        return Ok(ExitCode::SUCCESS);
    };
    let checking = terminal::progress(|| "planning the oldest date of each table".to_owned());
    let forced = preflight::forced(&loader, &request, &wanted).await?;
    drop(checking);
    run::run(flags, &loader, app.queue(queue).as_ref(), &request, wanted, &forced).await
}

fn failed(failure: Failure) -> CommandError {
    CommandError::Failed(failure.to_string())
}
