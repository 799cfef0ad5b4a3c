//! `enqueue`: checks a message as the daemon will, and sends it.

use std::io::Write;
use std::process::ExitCode;

use crate::app::{App, ProcessSettings};
use crate::cli::request_flags::RequestFlags;
use crate::cli::{CommandError, checked};
use crate::config;
use crate::config::environment::Environment;
use crate::queue::group::GroupId;
use crate::request::LoadRequest;

pub(super) async fn run(
    flags: &RequestFlags,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let queue = config::queue::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let request = flags.request().and_then(LoadRequest::sendable);
    let (request, queue) = checked(request, environment.finish(queue))?;
    let queue = App::new(process).await.queue(queue);
    // A message has one group. For one of several tables it is that of the first: it stays in order with the messages of
    // that table, and the daemon keeps the order of the others, as it does on any queue.
    let group = GroupId::of(request.targets.first().expect("a request names a table"));
    let sent = queue.send(&flags.message(), &group).await;
    let id = sent.map_err(|error| CommandError::Failed(error.to_string()))?;
    writeln!(std::io::stdout(), "{id}")?;
    Ok(ExitCode::SUCCESS)
}
