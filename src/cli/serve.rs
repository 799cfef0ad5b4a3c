//! `serve`: the daemon.

use std::process::ExitCode;
use std::sync::Arc;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config::environment::Environment;
use crate::config::serve::ServeSettings;
use crate::daemon::Daemon;
use crate::daemon::lifecycle::{self, Ending};
use crate::http;
use crate::http::control::Admission;
use crate::load::routes::current::CurrentRoutes;

pub(super) async fn run(environment: Environment) -> Result<ExitCode, CommandError> {
    let process = ProcessSettings::of(&environment);
    let settings = ServeSettings::read(environment)?;
    let app = App::new(process).await;
    let loader = app.loader(settings.warehouse, settings.loads).map_err(CommandError::Failed)?;
    let routes = match settings.routes {
        Some(location) => Some(CurrentRoutes::read(Arc::new(app.s3()), location, settings.unrouted).await?),
        None => None,
    };
    let failed = |error: std::io::Error| CommandError::Failed(error.to_string());
    let listener = http::listen(settings.daemon.listen_address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let admission = Admission::new(settings.daemon.control_token.clone());
    let notices = settings.notify.map(|target| app.notices(target));
    let daemon = Daemon::new(app.queue(settings.queue), loader, notices, routes, settings.daemon);
    let show = |state, stop| http::serve(listener, state, admission, stop);
    Ok(match lifecycle::run(daemon, address, show).await.map_err(failed)? {
        Ending::Drained => ExitCode::SUCCESS,
        Ending::Aborted | Ending::Failed | Ending::AtOnce => ExitCode::FAILURE,
    })
}
