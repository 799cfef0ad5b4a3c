//! `dead-letters`: what was parked, why, and back with it.

mod which;
mod look;
mod print;
mod redrive;
mod send;

use std::process::ExitCode;

use clap::Subcommand;

use crate::app::{App, ProcessSettings};
use crate::cli::{CommandError, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::queue::QueueError;
use crate::queue::dead_letter::filter::DeadLetterFilter;
use crate::queue::sqs::Sqs;

use look::{Seen, look};
use which::Which;

#[derive(Subcommand)]
pub(super) enum DeadLettersCommand {
    /// What was parked, when and why; takes none away
    List {
        #[command(flatten)]
        which: Which,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// One message whole: its body, attributes and the rows that COPY refused; does not take it away
    Show {
        /// The id of the original message, as list shows it
        #[arg(long)]
        id: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Send messages back to the queue, once their cause is fixed; says first which
    Redrive(redrive::RedriveFlags),
}

impl DeadLettersCommand {
    fn filter(&self, environment: &mut Environment) -> DeadLetterFilter {
        match self {
            Self::List { which, .. } | Self::Redrive(redrive::RedriveFlags { which, .. }) => {
                which.filter(environment)
            }
            Self::Show { id, .. } => DeadLetterFilter { id: Some(id.clone()), ..DeadLetterFilter::default() },
        }
    }
}

pub(super) async fn run(
    command: &DeadLettersCommand,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let filter = command.filter(&mut environment);
    let queue = config::queue::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let settings = environment.finish(queue)?;
    if let DeadLettersCommand::Redrive(flags) = command {
        flags.check()?;
    }
    let queue = App::new(process).await.sqs(settings);
    let url = dead_letter_queue(&queue).await?;
    match command {
        DeadLettersCommand::List { which, json } => {
            let Seen { mut letters, are_all } = looked(&queue, url).await?;
            if let Some(unknown) = which.unknown_table(&filter, &letters) {
                tracing::warn!("{unknown}");
            }
            letters.retain(|letter| filter.takes(letter));
            print::list(&letters, *json)?;
            warn_of_more(are_all);
            Ok(ExitCode::SUCCESS)
        }
        DeadLettersCommand::Show { json, .. } => {
            let Seen { letters, are_all } = looked(&queue, url).await?;
            let letter = letters.iter().find(|letter| filter.takes(letter));
            print::show(letter.ok_or_else(|| not_seen(are_all))?, *json)?;
            Ok(ExitCode::SUCCESS)
        }
        DeadLettersCommand::Redrive(flags) => redrive::run(&queue, url, flags, &filter).await,
    }
}

async fn looked(queue: &Sqs, url: &str) -> Result<Seen, CommandError> {
    let _looking = terminal::progress(|| "looking through the dead-letter queue".to_owned());
    look(queue, url).await.map_err(failed)
}

async fn dead_letter_queue(queue: &Sqs) -> Result<&str, CommandError> {
    let url = queue.dead_letters_at().await.map_err(failed)?;
    url.ok_or_else(|| {
        let sentence = "the queue has no dead-letter queue: it has no redrive policy, and DEAD_LETTER_QUEUE_URL is not set";
        CommandError::Failed(sentence.to_owned())
    })
}

fn not_seen(are_all: bool) -> CommandError {
    CommandError::Failed(match are_all {
        true => "no such message is in the dead-letter queue".to_owned(),
        false => format!("no such message was seen in the dead-letter queue; {MORE}"),
    })
}

const MORE: &str = "not all of it could be seen: others look at it too, or it is long, or FIFO with many messages of one group";

fn warn_of_more(are_all: bool) {
    if !are_all {
        tracing::warn!("{MORE}");
    }
}

fn failed(error: QueueError) -> CommandError {
    CommandError::Failed(error.to_string())
}
