//! `pause` and `resume`: no load is started, of one table or at all, until somebody takes that back. Written beside the ledger, so
//! that it holds for every daemon and survives them.

use std::io::Write;
use std::process::ExitCode;

use chrono::SecondsFormat;
use clap::Args;
use serde_json::json;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config;
use crate::config::environment::Environment;
use crate::failure::Failure;
use crate::load::Loader;
use crate::model::pause::{Pause, PauseTarget, Pauses, WhoAndWhy};
use crate::model::shown::{shown, shown_as_json};
use crate::model::target_table::TargetTable;

#[derive(Args)]
pub(super) struct PauseFlags {
    /// Only loads of this target table: schema.table, or table in every schema. Without it every load
    #[arg(long)]
    table: Option<String>,
    /// Why, for whoever finds it paused; 1024 bytes at most
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Who says so; without it the user of the shell
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Only show what is paused, and change nothing
    #[arg(long, conflicts_with_all = ["table", "reason", "by"])]
    list: bool,
    /// What is paused then as JSON, an object a line
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ResumeFlags {
    /// The pause of this target table: schema.table, or table in every schema. Without it the pause of every load; tables
    /// that are paused by themselves stay so
    #[arg(long)]
    table: Option<String>,
    /// Why, for the log
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Who says so; without it the user of the shell
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// What is still paused then as JSON, an object a line
    #[arg(long)]
    json: bool,
}

pub(super) async fn pause(flags: &PauseFlags, environment: Environment) -> Result<ExitCode, CommandError> {
    let target = target(flags.table.as_deref())?;
    let who = WhoAndWhy::new(&by(flags.by.as_deref(), &environment), &flags.reason);
    let loader = loader(environment).await?;
    if !flags.list {
        loader.warehouse.pause(&target, &who).await.map_err(failed)?;
        tracing::info!(
            action = "pause",
            table = target.table(),
            by = who.by,
            reason = who.reason,
            "{target} is paused"
        );
        if let Some(doubt) = loader.doubt_about(&target).await {
            tracing::warn!("{doubt}");
        }
    }
    print(&pauses(&loader).await?, flags.json)
}

pub(super) async fn resume(flags: &ResumeFlags, environment: Environment) -> Result<ExitCode, CommandError> {
    let target = target(flags.table.as_deref())?;
    let who = WhoAndWhy::new(&by(flags.by.as_deref(), &environment), &flags.reason);
    let loader = loader(environment).await?;
    loader.warehouse.resume(&target).await.map_err(failed)?;
    let pauses = pauses(&loader).await?;
    let still = pauses.holding(&target).map_or_else(String::new, |pause| format!(", and is still {pause}"));
    tracing::info!(
        action = "resume",
        table = target.table(),
        by = who.by,
        reason = who.reason,
        "{target} is not paused by itself any more{still}"
    );
    print(&pauses, flags.json)
}

/// What somebody asks for by name is looked at or made in any case; but whoever has paused may have had a reason.
pub(super) fn warn_of(pauses: Result<Pauses, Failure>, targets: &[TargetTable], meanwhile: &str) {
    let pauses = match pauses {
        Ok(pauses) => pauses,
        Err(failure) => {
            tracing::warn!(error = %failure, "what is paused is not known. {meanwhile}");
            return;
        }
    };
    if let Some(pause) = pauses.of_all() {
        tracing::warn!("daemons are {pause}. {meanwhile}");
    }
    for target in targets {
        if let Some(pause) = pauses.of_table(target) {
            tracing::warn!("{target} is {pause}. {meanwhile}");
        }
    }
}

fn target(table: Option<&str>) -> Result<PauseTarget, CommandError> {
    let target = table.map_or(Ok(PauseTarget::All), PauseTarget::of_table);
    target.map_err(|error| CommandError::Usage(format!("--table: {error}")))
}

/// The user of the shell, and the machine where a shell tells it.
fn by(said: Option<&str>, environment: &Environment) -> String {
    if let Some(said) = said {
        return said.to_owned();
    }
    let user = ["USER", "LOGNAME"].iter().find_map(|name| environment.optional(name)).unwrap_or_default();
    match environment.optional("HOSTNAME") {
        Some(host) if !user.is_empty() => format!("{user}@{host}"),
        _ => user,
    }
}

async fn loader(mut environment: Environment) -> Result<Loader, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let (warehouse, loads) = environment.finish((warehouse, loads))?;
    App::new(process).await.loader(warehouse, loads).map_err(CommandError::Failed)
}

async fn pauses(loader: &Loader) -> Result<Pauses, CommandError> {
    loader.warehouse.pauses().await.map_err(failed)
}

fn failed(failure: Failure) -> CommandError {
    CommandError::Failed(failure.to_string())
}

fn print(pauses: &Pauses, is_json: bool) -> Result<ExitCode, CommandError> {
    let text = if is_json { as_json(pauses) } else { as_table(pauses) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(pauses: &Pauses) -> String {
    let line = |pause: &Pause| {
        let Pause { target, since, who } = pause;
        let line = json!({
            "table": target.table(),
            "since": since.to_rfc3339_opts(SecondsFormat::Secs, true),
            "by": who.by,
            "reason": who.reason,
        });
        format!("{}\n", shown_as_json(&line.to_string()))
    };
    pauses.all().iter().map(line).collect()
}

fn as_table(pauses: &Pauses) -> String {
    if pauses.all().is_empty() {
        return "nothing is paused\n".to_owned();
    }
    let head = ["paused", "since", "by", "reason"].map(str::to_owned);
    let rows = pauses.all().iter().map(|Pause { target, since, who }| {
        let since = since.format("%Y-%m-%d %H:%M:%S").to_string();
        [target.to_string(), since, shown(&who.by).into_owned(), shown(&who.reason).into_owned()]
    });
    let rows: Vec<[String; 4]> = [head].into_iter().chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (what, since, by) = (width(0), width(1), width(2));
    let line = |[paused, at, who, reason]: &[String; 4]| {
        let line = format!("{paused:<what$}  {at:<since$}  {who:<by$}  {reason}");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}
