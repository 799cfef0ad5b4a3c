//! `plan`: the same reads and the same planner, and nothing changed.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::{CommandError, checked};
use crate::config;
use crate::config::environment::Environment;
use crate::failure::Failure;
use crate::load::gather::Considered;
use crate::load::loader::Preview;
use crate::model::shown::shown_as_json;
use crate::model::target_table::TargetTable;
use crate::plan::decision::Decision;
use crate::plan::render::{self, facts};
use crate::request::order::Order;

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
}

pub(super) async fn run(flags: &PlanFlags, mut environment: Environment) -> Result<ExitCode, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let settings = environment.finish((warehouse, loads));
    let (request, (warehouse, loads)) = checked(flags.request.request(), settings)?;
    let app = App::new(process).await;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let mut would_load = false;
    let (mut refused, mut failed) = (false, false);
    for order in Order::all_of(request, "plan") {
        let preview = loader.preview(&order).await;
        match preview.as_ref().map(|preview| &preview.considered.decision) {
            Ok(Decision::Load(_)) => would_load = true,
            Ok(Decision::Refuse(_)) => refused = true,
            Ok(Decision::Skip(_)) => {}
            Err(_) => failed = true,
        }
        let told = if flags.json { json(&order.target, preview) } else { text(&order.target, preview) };
        writeln!(std::io::stdout(), "{told}")?;
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else if flags.exit_code && would_load {
        ExitCode::from(EXIT_WOULD_LOAD)
    } else if flags.exit_code && refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn text(target: &TargetTable, preview: Result<Preview, Failure>) -> String {
    match preview {
        Ok(Preview { considered: Considered { input, data, config_name, decision }, statements }) => {
            render::text(&input, data.as_ref(), &config_name, &decision, &statements)
        }
        Err(failure) => format!("{target}\n  {:<11} {failure}\n", "failed"),
    }
}

fn json(target: &TargetTable, preview: Result<Preview, Failure>) -> String {
    let planned = match preview {
        Ok(Preview { considered: Considered { input, data, config_name, decision }, statements }) => {
            facts::of_plan(&input, data.as_ref(), &config_name, &decision, statements)
        }
        Err(failure) => facts::of_failure(target, &failure),
    };
    shown_as_json(&serde_json::to_string(&planned).expect("text is always JSON"))
}
