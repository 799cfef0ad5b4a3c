//! `missing`: data on S3 that no row of the ledger knows, shown and, when asked, sent to the queue.

mod flags;
mod print;
mod send;
mod unknown;

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::app::{App, ProcessSettings, wall_clock};
use crate::cli::missing::send::Sender;
use crate::cli::missing::unknown::NothingOf;
use crate::cli::{CommandError, passed_over, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::failure::Failure;
use crate::load::missing::MissingSink;
use crate::load::{Loader, routes};
use crate::missing::Missing;
use crate::missing::scope::Scope;
use crate::missing::summary::Summary;
use crate::model::count::counted;
use crate::model::table_filter::TableFilter;
use crate::request::LoadRequest;
use crate::routing::Routes;

pub(super) use flags::MissingFlags;

/// With `--exit-code`: something is missing.
const EXIT_MISSING: u8 = 3;

/// Where data is looked for.
enum Place {
    Routes(Routes),
    /// The dated layouts of these tables in this bucket.
    Dated(Box<LoadRequest>),
}

pub(super) async fn run(
    flags: &MissingFlags,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let queue = flags.enqueue.then(|| config::queue::read(&mut environment));
    let dated = flags.dated();
    let location = match dated {
        Some(_) => None,
        None => config::routing::read(&mut environment),
    };
    if dated.is_none() && location.is_none() {
        environment.problem(
            "ROUTES is required, the file of rules, as a path or s3://…; or name tables of the dated layout with --bucket, --schema and --tables".to_owned(),
        );
    }
    let scope = flags.scope(wall_clock(), &mut environment);
    if let (Some(Ok(request)), Some(table)) = (&dated, &scope.table)
        && !request.targets.iter().any(|target| scope.takes_table(target))
    {
        environment.problem(format!("--table must be one of --tables, or be left out, not `{table}`"));
    }
    let process = ProcessSettings::of(&environment);
    let settings = environment.finish((warehouse, loads, queue))?;
    let (warehouse, loads, queue) = settings;
    let dated = dated.transpose()?;
    let app = App::new(process).await;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let place = match (dated, location) {
        (Some(request), _) => Place::Dated(Box::new(request)),
        (None, Some(location)) => Place::Routes(routes::read(loader.store.as_ref(), &location).await?),
        (None, None) => return Ok(ExitCode::FAILURE),
    };
    let sender = match queue {
        Some(queue) => Some(Sender::new(app.queue(queue), flags, newest_dates(&loader, &place).await?)),
        None => None,
    };
    let mut report = Report { json: flags.json, summary: Summary::default(), sender, ended: Ok(()) };
    let looked_at = Arc::<AtomicU64>::default();
    let showing = {
        let looked_at = Arc::clone(&looked_at);
        terminal::progress(move || {
            format!("{} looked at", counted(looked_at.load(Ordering::Relaxed), "object"))
        })
    };
    let walked = walk(&loader, &place, &scope, &looked_at, &mut report).await;
    drop(showing);
    report.ended?;
    let nothing_of = walked.map_err(failed)?;
    let Report { summary, sender, .. } = report;
    let problem = unknown::problem(&loader, &place, nothing_of).await?;
    // That nothing is missing of a table which nobody knows would pass for an answer.
    if let Some(problem) = problem.clone().filter(|_| summary.tables.is_empty()) {
        return Err(CommandError::Usage(problem));
    }
    if !flags.json {
        print::summary(&mut anstream::stdout().lock(), &summary, looked_at.load(Ordering::Relaxed))?;
    }
    if let Some(sender) = sender {
        sender.tell();
    }
    if let Some(problem) = problem {
        return Err(CommandError::Usage(problem));
    }
    let is_missing = !summary.tables.is_empty();
    Ok(if flags.exit_code && is_missing { ExitCode::from(EXIT_MISSING) } else { ExitCode::SUCCESS })
}

/// How new the tables of the dated layouts are: what is older is not loaded by a message alone.
async fn newest_dates(loader: &Loader, place: &Place) -> Result<send::NewestDates, CommandError> {
    match place {
        Place::Routes(_) => Ok(send::NewestDates::default()),
        Place::Dated(_) => {
            let tables = loader.warehouse.freshness().await.map_err(failed)?;
            Ok(tables.into_iter().map(|(target, freshness)| (target, freshness.data_date)).collect())
        }
    }
}

/// Returns the tables of which S3 has nothing at all.
async fn walk(
    loader: &Loader,
    place: &Place,
    scope: &Scope,
    looked_at: &AtomicU64,
    report: &mut Report,
) -> Result<NothingOf, Failure> {
    let mut nothing_of = NothingOf::default();
    match place {
        Place::Routes(routes) => {
            passed_over::tell_rules_not_walked(routes);
            let passed = loader.find_missing_of_routes(routes, scope, looked_at, report).await?;
            if let Some(words) = passed.words() {
                tracing::info!("{words}");
            }
            if passed.of_tables_in_scope == 0 {
                nothing_of.tables.extend(scope.table.clone());
            }
            nothing_of.others = passed.other_tables;
        }
        Place::Dated(request) => {
            let LoadRequest { targets, terms, .. } = request.as_ref();
            for target in targets.iter().filter(|target| scope.takes_table(target)) {
                let before = looked_at.load(Ordering::Relaxed);
                if loader
                    .find_missing_dates(&terms.source, target, scope, looked_at, report)
                    .await?
                    .is_break()
                {
                    break;
                }
                // The layouts have the name of the table in every key.
                if looked_at.load(Ordering::Relaxed) == before {
                    nothing_of.tables.push(TableFilter::of(target));
                }
            }
        }
    }
    Ok(nothing_of)
}

fn failed(failure: Failure) -> CommandError {
    CommandError::Failed(failure.to_string())
}

/// Shows and sends what is missing as it is found.
struct Report {
    json: bool,
    summary: Summary,
    sender: Option<Sender>,
    ended: Result<(), CommandError>,
}

#[async_trait]
impl MissingSink for Report {
    async fn tell(&mut self, missing: Vec<Missing>) -> ControlFlow<()> {
        self.ended = self.take(&missing).await;
        match self.ended {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

impl Report {
    async fn take(&mut self, missing: &[Missing]) -> Result<(), CommandError> {
        missing.iter().for_each(|missing| self.summary.add(missing));
        if self.json {
            terminal::beside_progress(|| {
                let mut out = std::io::stdout().lock();
                missing.iter().try_for_each(|missing| writeln!(out, "{}", print::json_line(missing)))
            })?;
        }
        match &mut self.sender {
            Some(sender) => sender.send(missing).await,
            None => Ok(()),
        }
    }
}
