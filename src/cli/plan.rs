//! `plan`: the same reads and the same planner, and nothing changed.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::app::{App, ProcessSettings};
use crate::cli::load::abort_at_signal;
use crate::cli::request_flags::RequestFlags;
use crate::cli::{CommandError, checked, pause, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::failure::Failure;
use crate::load::Loader;
use crate::load::gather::Considered;
use crate::load::loader::Preview;
use crate::model::count::counted;
use crate::model::shown::shown_as_json;
use crate::model::target_table::TargetTable;
use crate::plan::data_check::{DataCheck, Verdict};
use crate::plan::decision::Decision;
use crate::plan::render::{self, facts};
use crate::request::order::Order;

const STOPPED: &str = "stopped by a signal; nothing was changed";

/// The code that says that something would be loaded.
const EXIT_WOULD_LOAD: u8 = 3;

#[derive(Args)]
pub(super) struct PlanFlags {
    #[command(flatten)]
    request: RequestFlags,
    /// End with code 3 when something would be loaded, else with 1 when something would be refused; 1 in any case when a table cannot be planned
    #[arg(long)]
    exit_code: bool,
    /// One JSON object a line, for each table
    #[arg(long)]
    json: bool,
    /// Have COPY read the data of what would be loaded, without loading it: tells the rows that it refuses, and ends with 1 when there are any. A manifest or file of paths that COPY needs is written to S3, and deleted again
    #[arg(long)]
    check_data: bool,
}

pub(super) async fn run(flags: &PlanFlags, mut environment: Environment) -> Result<ExitCode, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let settings = environment.finish((warehouse, loads));
    let (request, (warehouse, loads)) = checked(flags.request.request(), settings)?;
    let app = App::new(process).await;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let stop = CancellationToken::new();
    // Only a check leaves something to roll back.
    let _at_signal = match flags.check_data {
        true => Some(tokio_util::task::AbortOnDropHandle::new(abort_at_signal(&stop)?)),
        false => None,
    };
    let (mut ends, targets) = (Ends::default(), request.targets.clone());
    for order in Order::all_of(request, "plan") {
        let words = format!("looking at the data and the table of {}", order.target);
        let looking = terminal::progress(move || words.clone());
        let preview = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(CommandError::Failed(STOPPED.to_owned())),
            preview = loader.preview(&order) => preview,
        };
        drop(looking);
        let check = match &preview {
            Ok(preview) if flags.check_data => check(&loader, preview, &stop).await,
            _ => None,
        };
        ends.note(&preview, check.as_ref());
        let told = if flags.json {
            json(&order.target, preview, check)
        } else {
            text(&order.target, preview, check.as_ref())
        };
        writeln!(std::io::stdout(), "{told}")?;
    }
    if ends.would_load {
        pause::warn_of(loader.warehouse.pauses().await, &targets, "Messages wait meanwhile; `load` does not");
    }
    Ok(ends.code(flags))
}

/// `None` where nothing would be loaded.
async fn check(loader: &Loader, preview: &Preview, stop: &CancellationToken) -> Option<DataCheck> {
    let Decision::Load(plan) = &preview.considered.decision else { return None };
    let words = format!("COPY reads {} without loading them", counted(plan.ledger_row.bytes, "byte"));
    let _reading = terminal::progress(move || words.clone());
    Some(loader.check_data(&preview.considered, plan, stop).await)
}

/// How the tables have ended.
#[derive(Default)]
struct Ends {
    would_load: bool,
    refused: bool,
    /// That could not be planned, or whose data would be refused or was not checked.
    failed: bool,
}

impl Ends {
    fn note(&mut self, preview: &Result<Preview, Failure>, check: Option<&DataCheck>) {
        match preview.as_ref().map(|preview| &preview.considered.decision) {
            Ok(Decision::Load(_)) => self.would_load = true,
            Ok(Decision::Refuse(_)) => self.refused = true,
            Ok(Decision::Skip(_)) => {}
            Err(_) => self.failed = true,
        }
        self.failed |= check.is_some_and(|check| matches!(check.verdict, Verdict::Refused | Verdict::Failed));
    }

    fn code(&self, flags: &PlanFlags) -> ExitCode {
        if self.failed {
            ExitCode::FAILURE
        } else if flags.exit_code && self.would_load {
            ExitCode::from(EXIT_WOULD_LOAD)
        } else if flags.exit_code && self.refused {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

fn text(target: &TargetTable, preview: Result<Preview, Failure>, check: Option<&DataCheck>) -> String {
    match preview {
        Ok(Preview { considered: Considered { input, data, config_name, decision }, statements }) => {
            let text = render::text(&input, data.as_ref(), &config_name, &decision, &statements);
            let check = check.map(|check| format!("\n{}", render::data_check::text(check)));
            text + &check.unwrap_or_default()
        }
        Err(failure) => format!("{target}\n  {:<11} {failure}\n", "failed"),
    }
}

fn json(target: &TargetTable, preview: Result<Preview, Failure>, check: Option<DataCheck>) -> String {
    let planned = match preview {
        Ok(Preview { considered: Considered { input, data, config_name, decision }, statements }) => {
            facts::of_plan(&input, data.as_ref(), &config_name, &decision, statements)
        }
        Err(failure) => facts::of_failure(target, &failure),
    };
    let planned = facts::PlannedTable { data_check: check, ..planned };
    shown_as_json(&serde_json::to_string(&planned).expect("text is always JSON"))
}
