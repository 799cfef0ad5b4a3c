//! `load`: one load now, a line for each table.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::{App, ProcessSettings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::terminal::{self, FAILED, OK, WARNING};
use crate::cli::{CommandError, checked, pause};
use crate::config;
use crate::config::environment::Environment;
use crate::failure::Failure;
use crate::load::{LoadOutcome, Loader};
use crate::model::after_work::AfterWork;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::request::order::Order;
use crate::telemetry::progress::Progress;
use crate::warehouse::AfterDone;

pub(super) async fn run(
    flags: &RequestFlags,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let settings = environment.finish((warehouse, loads));
    let (request, (warehouse, loads)) = checked(flags.request(), settings)?;
    let app = App::new(process).await;
    let concurrent = loads.max_concurrent;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    // A load needs a second session while its transaction is open: it logs in meanwhile. What is wrong with it shows then.
    let (prepared, pauses) = tokio::join!(loader.warehouse.prepare_ledger(), loader.warehouse.pauses());
    prepared.map_err(|failure| CommandError::Failed(failure.to_string()))?;
    pause::warn_of(pauses, &request.targets, "This load by hand is made all the same");

    let abort = CancellationToken::new();
    let _at_signal = tokio_util::task::AbortOnDropHandle::new(abort_at_signal(&abort)?);
    // No message stands behind this load; its id only has to be nobody else's.
    let orders = Order::all_of(request, &format!("cli-{}", uuid::Uuid::now_v7()));
    let done = Arc::<AtomicUsize>::default();
    let shown_progress = show_progress(Arc::clone(&loader.progress), Arc::clone(&done), orders.len());
    let loads = orders.into_iter().map(|order| {
        let (loader, abort) = (&loader, &abort);
        async move {
            let start = Instant::now();
            let result = loader.load(&order, abort).await;
            let line =
                format!("{:<30} {}", order.target.to_string(), words(&result, start.elapsed().as_secs_f64()));
            let after = result.as_ref().map_or_else(|_| Vec::new(), after_of);
            (line, result.is_ok(), order.target, after)
        }
    });
    let mut results = stream::iter(loads).buffered(concurrent);
    let mut all_well = true;
    let mut written = Ok(());
    let mut to_do = Vec::new();
    while let Some((line, is_ok, target, after)) = results.next().await {
        to_do.extend(after.into_iter().map(|work| (target.clone(), work)));
        // Whoever read our output may be gone; the loads are awaited all the same.
        written = written.and_then(|()| write_line(&line));
        all_well &= is_ok;
        done.fetch_add(1, Ordering::Relaxed);
    }
    drop(shown_progress);
    for (target, work) in to_do {
        let line = after_load(&loader, &target, work, &abort).await;
        written = written.and_then(|()| write_line(&line));
    }
    // A load that failed is told by the code, where nobody reads the line.
    if !all_well {
        return Ok(ExitCode::FAILURE);
    }
    written?;
    Ok(ExitCode::SUCCESS)
}

/// How many tables are done, and where the others are.
fn show_progress(loads: Arc<Progress>, done: Arc<AtomicUsize>, tables: usize) -> terminal::Progress {
    terminal::progress(move || {
        let running = loads.attempts_of(|attempt| attempt.stage.is_some());
        let stages = running.iter().filter_map(|attempt| {
            let (stage, _) = attempt.stage?;
            Some(format!("{} {}", attempt.target, <&str>::from(stage)))
        });
        let stages: Vec<String> = stages.collect();
        format!("{} of {tables} tables  {}", done.load(Ordering::Relaxed), stages.join(", "))
    })
}

fn write_line(line: &str) -> std::io::Result<()> {
    terminal::beside_progress(|| writeln!(anstream::stdout(), "{line}"))
}

fn after_of(outcome: &LoadOutcome) -> Vec<AfterWork> {
    match outcome {
        LoadOutcome::Loaded(report) => report.after.clone(),
        LoadOutcome::Skipped(_) => Vec::new(),
    }
}

/// Whatever becomes of it, the load is committed.
async fn after_load(
    loader: &Loader,
    target: &TargetTable,
    work: AfterWork,
    abort: &CancellationToken,
) -> String {
    let start = Instant::now();
    let done = loader.warehouse.after_load(target, work, abort).await;
    let seconds = start.elapsed().as_secs_f64();
    let words = match done {
        Ok(AfterDone { may_be_passed_over: false }) => {
            format!("{OK}done{OK:#}    {work} after its load, in {seconds:.1} s")
        }
        Ok(AfterDone { may_be_passed_over: true }) => format!(
            "{WARNING}done{WARNING:#}    {work} after its load, in {seconds:.1} s, unless Redshift has passed over it: the loader's user does not own the table"
        ),
        Err(failure) => format!("{WARNING}loaded, but{WARNING:#} {failure}"),
    };
    format!("{:<30} {words}", target.to_string())
}

fn words(result: &Result<LoadOutcome, Failure>, seconds: f64) -> String {
    match result {
        Ok(LoadOutcome::Loaded(report)) => {
            format!(
                "{OK}loaded{OK:#}  {} rows of {} from {}{}, in {seconds:.1} s (load {})",
                report.rows,
                report.data_date,
                shown(&report.source_url.to_string()),
                report.other_rows(),
                report.load_id
            )
        }
        Ok(LoadOutcome::Skipped(reason)) => format!("skipped {reason}"),
        Err(failure) => format!("{FAILED}failed{FAILED:#}  {failure}"),
    }
}

/// An interrupted load is cancelled and rolled back like any other.
pub(super) fn abort_at_signal(abort: &CancellationToken) -> std::io::Result<tokio::task::JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let abort = abort.clone();
    let tracker = tokio_util::task::TaskTracker::new();
    Ok(tracker.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        abort.cancel();
    }))
}
