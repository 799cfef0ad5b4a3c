//! `plan`: the same reads and the same planner, and nothing changed.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::{CommandError, checked};
use crate::config;
use crate::config::environment::Environment;
use crate::load::gather::Considered;
use crate::load::loader::Preview;
use crate::plan::decision::Decision;
use crate::plan::render;
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
        let text = match loader.preview(&order).await {
            Ok(Preview { considered, statements }) => {
                let Considered { input, data, config_name, decision } = &considered;
                would_load |= matches!(decision, Decision::Load(_));
                refused |= matches!(decision, Decision::Refuse(_));
                render::text(input, data.as_ref(), config_name, decision, &statements)
            }
            Err(failure) => {
                failed = true;
                format!("{}\n  {:<11} {failure}\n", order.target, "failed")
            }
        };
        writeln!(std::io::stdout(), "{text}")?;
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
