//! `enqueue`: checks a message as the daemon will, and sends it.

use std::io::Write;
use std::process::ExitCode;

use crate::app::App;
use crate::cli::Trouble;
use crate::cli::request_flags::RequestFlags;
use crate::config::environment::Environment;
use crate::config::settings;

pub(super) async fn run(flags: &RequestFlags, mut environment: Environment) -> Result<ExitCode, Trouble> {
    let app = App::new(&environment).await;
    flags.request()?;
    let queue = settings::queue(&mut environment);
    let queue = app.queue(environment.finish(queue)?);
    let id = queue.send(&flags.message()).await.map_err(|error| Trouble::Failed(error.to_string()))?;
    writeln!(std::io::stdout(), "{id}")?;
    Ok(ExitCode::SUCCESS)
}
