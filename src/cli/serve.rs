//! `serve`: the daemon.

use std::process::ExitCode;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config::environment::Environment;
use crate::config::serve::ServeSettings;
use crate::daemon::Daemon;
use crate::daemon::lifecycle::{self, Ending};
use crate::http;

pub(super) async fn run(environment: Environment) -> Result<ExitCode, CommandError> {
    let process = ProcessSettings::of(&environment);
    let settings = ServeSettings::read(environment)?;
    let app = App::new(process).await;
    let loader = app.loader(settings.warehouse, settings.loads).map_err(CommandError::Failed)?;
    let listener = http::listen(settings.daemon.listen_address).await?;
    let address = listener.local_addr()?;
    let daemon = Daemon::new(app.queue(settings.queue), loader, settings.daemon);
    let show = |state, stop| http::serve(listener, state, stop);
    Ok(match lifecycle::run(daemon, address, show).await? {
        Ending::Drained => ExitCode::SUCCESS,
        Ending::Aborted | Ending::Failed | Ending::AtOnce => ExitCode::FAILURE,
    })
}
