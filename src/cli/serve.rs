//! `serve`: the daemon.

use std::process::ExitCode;

use crate::app::{App, Surroundings};
use crate::cli::Trouble;
use crate::config::environment::Environment;
use crate::config::serve::ServeSettings;
use crate::daemon::Daemon;
use crate::daemon::lifecycle::{self, Ending};

pub(super) async fn run(environment: Environment) -> Result<ExitCode, Trouble> {
    let surroundings = Surroundings::of(&environment);
    let settings = ServeSettings::read(environment)?;
    let app = App::new(surroundings).await;
    let loader = app.loader(settings.warehouse, settings.loads).map_err(Trouble::Failed)?;
    let daemon = Daemon::new(app.queue(settings.queue), loader, settings.daemon);
    Ok(match lifecycle::run(daemon).await? {
        Ending::Drained => ExitCode::SUCCESS,
        Ending::Aborted => ExitCode::FAILURE,
    })
}
