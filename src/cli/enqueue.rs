//! `enqueue`: checks a message as the daemon will, and sends it.

use std::io::Write;
use std::process::ExitCode;

use crate::app::{App, Surroundings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::{Trouble, checked};
use crate::config;
use crate::config::environment::Environment;

pub(super) async fn run(flags: &RequestFlags, mut environment: Environment) -> Result<ExitCode, Trouble> {
    let queue = config::queue::read(&mut environment);
    let surroundings = Surroundings::of(&environment);
    let (_, queue) = checked(flags.request(), environment.finish(queue))?;
    let queue = App::new(surroundings).await.queue(queue);
    let id = queue.send(&flags.message()).await.map_err(|error| Trouble::Failed(error.to_string()))?;
    writeln!(std::io::stdout(), "{id}")?;
    Ok(ExitCode::SUCCESS)
}
