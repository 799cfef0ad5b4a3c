//! `dead-letters redrive`: sends messages back to the queue, each before it is deleted from the dead-letter queue.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use tokio::time::Instant;

use crate::cli::CommandError;
use crate::cli::dead_letters::look::{HOLD, LONGEST_LOOK, Seen};
use crate::cli::dead_letters::{Which, failed, print, seen, warn_of_more};
use crate::model::shown::shown;
use crate::queue::dead_letter::DeadLetter;
use crate::queue::sqs::Sqs;

#[derive(Args)]
pub(in crate::cli) struct RedriveFlags {
    #[command(flatten)]
    which: Which,
    /// Say what would be sent back, and do nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Ask nobody; needed where nobody can be asked
    #[arg(long)]
    yes: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(queue: &Sqs, flags: &RedriveFlags) -> Result<ExitCode, CommandError> {
    let can_ask = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if !flags.dry_run && !flags.yes && !can_ask {
        let sentence = "redrive needs --yes where nobody can be asked; --dry-run shows what it would do";
        return Err(CommandError::Usage(sentence.to_owned()));
    }
    let (url, Seen { letters, are_all }) = seen(queue, &flags.which.filter()).await?;
    if !flags.yes {
        letters.iter().try_for_each(|letter| print::redriven(letter, None, flags.json))?;
    }
    warn_of_more(are_all);
    if letters.is_empty() && are_all {
        tracing::info!("no such message is in the dead-letter queue");
        return Ok(ExitCode::SUCCESS);
    }
    if letters.is_empty() {
        let sentence = "no such message was seen, and not all that are there were; run this again";
        return Err(CommandError::Failed(sentence.to_owned()));
    }
    if flags.dry_run || (!flags.yes && !is_wanted(letters.len())?) {
        return Ok(ExitCode::SUCCESS);
    }
    let wanted: HashSet<String> = letters.into_iter().map(|letter| letter.id).collect();
    redrive(queue, url, wanted, flags.json).await
}

fn is_wanted(count: usize) -> Result<bool, CommandError> {
    let mut out = std::io::stdout().lock();
    write!(out, "Send {count} messages back to the queue? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Those that were shown, and no others: what has been parked meanwhile was seen by nobody.
async fn redrive(
    queue: &Sqs,
    url: &str,
    mut wanted: HashSet<String>,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let start = Instant::now();
    let mut others = Vec::new();
    let mut ended = Ok(());
    while !wanted.is_empty() && start.elapsed() < LONGEST_LOOK && ended.is_ok() {
        let received = match queue.receive_dead_letters(url, HOLD).await {
            Ok(received) if received.is_empty() => break,
            Ok(received) => received,
            Err(error) => {
                ended = Err(failed(error));
                break;
            }
        };
        for letter in received {
            if ended.is_ok() && wanted.contains(&letter.id) {
                ended = send_back(queue, url, &letter, json).await;
                if ended.is_ok() {
                    wanted.remove(&letter.id);
                    continue;
                }
            }
            others.push(letter);
        }
    }
    let given_back = queue.give_back(url, &others).await;
    ended?;
    given_back.map_err(failed)?;
    if wanted.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let sentence = format!(
        "{} messages that were seen were not sent back: the time was up, others took them, or they wait behind others of \
         their group; run this again",
        wanted.len()
    );
    Err(CommandError::Failed(sentence))
}

/// SQS has accepted the message before it is deleted here: who is killed in between leaves it in both queues, and the ledger
/// keeps its files from being loaded twice.
async fn send_back(queue: &Sqs, url: &str, letter: &DeadLetter, json: bool) -> Result<(), CommandError> {
    let sent = queue.send_back(letter).await;
    let sent = sent.map_err(|error| {
        let sentence =
            format!("{} was not sent back and is still parked: {error}", shown(letter.message_id()));
        CommandError::Failed(sentence)
    })?;
    queue.delete_dead_letter(url, letter).await.map_err(|error| {
        let sentence = format!(
            "{} was sent back as {}, and is still in the dead-letter queue too: {error}",
            shown(letter.message_id()),
            shown(&sent)
        );
        CommandError::Failed(sentence)
    })?;
    print::redriven(letter, Some(&sent), json)?;
    Ok(())
}
