//! `dead-letters`: what was parked, why, and back with it.

mod look;
mod print;
mod redrive;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config;
use crate::config::environment::Environment;
use crate::queue::QueueError;
use crate::queue::dead_letter::DeadLetterFilter;
use crate::queue::sqs::Sqs;

use look::Seen;

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

/// Which messages.
#[derive(Args)]
pub(super) struct Which {
    /// Only of this target table: schema.table, or table in every schema
    #[arg(long)]
    table: Option<String>,
    /// Only those that failed so, such as `schema_conflict`
    #[arg(long)]
    kind: Option<String>,
    /// Only the one with this id of the original message
    #[arg(long)]
    id: Option<String>,
}

impl Which {
    fn filter(&self) -> DeadLetterFilter {
        DeadLetterFilter { table: self.table.clone(), kind: self.kind.clone(), id: self.id.clone() }
    }
}

pub(super) async fn run(
    command: &DeadLettersCommand,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let queue = config::queue::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let settings = environment.finish(queue)?;
    let queue = App::new(process).await.sqs(settings);
    match command {
        DeadLettersCommand::List { which, json } => {
            let (_, Seen { letters, are_all }) = seen(&queue, &which.filter()).await?;
            print::list(&letters, *json)?;
            warn_of_more(are_all);
            Ok(ExitCode::SUCCESS)
        }
        DeadLettersCommand::Show { id, json } => {
            let which = DeadLetterFilter { id: Some(id.clone()), ..DeadLetterFilter::default() };
            let (_, Seen { letters, are_all }) = seen(&queue, &which).await?;
            let Some(letter) = letters.first() else { return Err(not_seen(are_all)) };
            print::show(letter, *json)?;
            Ok(ExitCode::SUCCESS)
        }
        DeadLettersCommand::Redrive(flags) => redrive::run(&queue, flags).await,
    }
}

/// The dead-letter queue and what is in it.
async fn seen<'a>(queue: &'a Sqs, which: &DeadLetterFilter) -> Result<(&'a str, Seen), CommandError> {
    let url = queue.dead_letters_at().await.map_err(failed)?;
    let url = url.ok_or_else(|| {
        let sentence = "the queue has no dead-letter queue: it has no redrive policy, and DEAD_LETTER_QUEUE_URL is not set";
        CommandError::Failed(sentence.to_owned())
    })?;
    let mut seen = look::look(queue, url).await.map_err(failed)?;
    seen.letters.retain(|letter| which.takes(letter));
    Ok((url, seen))
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
