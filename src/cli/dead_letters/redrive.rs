//! `dead-letters redrive`: holds what is in the dead-letter queue, and sends back what is meant.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;

use crate::app::wall_clock;
use crate::cli::CommandError;
use crate::cli::dead_letters::look::{HOLD, give_back, hold};
use crate::cli::dead_letters::send::{Sent, send, while_held};
use crate::cli::dead_letters::which::Which;
use crate::cli::dead_letters::{failed, print, warn_of_more};
use crate::model::shown::shown;
use crate::queue::dead_letter::filter::DeadLetterFilter;
use crate::queue::dead_letter::{DeadLetter, QueueNames};
use crate::queue::sqs::Sqs;
use crate::queue::{MessageQueue, ReceiptHandle};

#[derive(Args)]
pub(in crate::cli) struct RedriveFlags {
    #[command(flatten)]
    pub(super) which: Which,
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

impl RedriveFlags {
    pub(super) fn check(&self) -> Result<(), CommandError> {
        let can_ask = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if self.dry_run || self.yes || can_ask {
            return Ok(());
        }
        let sentence = "redrive needs --yes where nobody can be asked; --dry-run shows what it would do";
        Err(CommandError::Usage(sentence.to_owned()))
    }
}

/// Sends back what is seen; with `--yes` also what is only seen once that is gone.
pub(super) async fn run(
    queue: &Sqs,
    url: &str,
    flags: &RedriveFlags,
    filter: &DeadLetterFilter,
) -> Result<ExitCode, CommandError> {
    let start = wall_clock();
    let ours = queue.names().await.map_err(failed)?;
    let seen = hold(queue, url).await.map_err(failed)?;
    let are_all = seen.are_all;
    let sorted = Sorted::of(seen.letters, &ours, |letter| filter.takes(letter));
    give_back(queue, url, &sorted.rest).await.map_err(failed)?;
    sorted.tell(flags, filter, are_all);
    if sorted.wanted.is_empty() {
        return nothing_seen(are_all);
    }
    if !while_held(queue, url, &sorted.wanted, is_wanted(flags, &sorted.wanted)).await? {
        give_back(queue, url, &sorted.wanted).await.map_err(failed)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut sent = Sent::default();
    let mut follow = Follow { start, done: HashSet::new(), ours, filter, json: flags.json };
    follow.send(queue, url, sorted.wanted, &mut sent).await?;
    if flags.yes && !are_all && sent.went > 0 && !sent.is_given_up() {
        warn_of_more(follow.send_what_follows(queue, url, &mut sent).await?);
    }
    sent.verdict()
}

/// What is needed to know what else goes back.
struct Follow<'a> {
    start: DateTime<Utc>,
    /// First ids of what was sent, or could not be.
    done: HashSet<String>,
    ours: QueueNames,
    filter: &'a DeadLetterFilter,
    json: bool,
}

impl Follow<'_> {
    async fn send(
        &mut self,
        queue: &Sqs,
        url: &str,
        letters: Vec<DeadLetter>,
        sent: &mut Sent,
    ) -> Result<(), CommandError> {
        self.done.extend(letters.iter().map(|letter| letter.original_id().to_owned()));
        send(queue, url, letters, self.json, sent).await
    }

    /// A FIFO queue shows no more than ten messages of a group until these are gone, and then the next: it is gone through for as
    /// long as that sends any. Whether there are no others, as far as the queue counts them.
    async fn send_what_follows(
        &mut self,
        queue: &Sqs,
        url: &str,
        sent: &mut Sent,
    ) -> Result<bool, CommandError> {
        loop {
            let (before, mut rest) = (sent.went, HashMap::new());
            let ended = self.send_until_nothing_comes(queue, url, sent, &mut rest).await;
            let left = queue.dead_letters().await;
            let seen = i64::try_from(rest.len()).unwrap_or(i64::MAX);
            let given_back = queue.hide(url, rest.into_values().collect(), Duration::ZERO).await;
            ended?;
            given_back.map_err(failed)?;
            if sent.went == before || sent.is_given_up() {
                return Ok(left.map_err(failed)?.is_none_or(|left| left <= seen));
            }
        }
    }

    /// What is not sent is held meanwhile, so that others come.
    async fn send_until_nothing_comes(
        &mut self,
        queue: &Sqs,
        url: &str,
        sent: &mut Sent,
        rest: &mut HashMap<String, ReceiptHandle>,
    ) -> Result<(), CommandError> {
        while !sent.is_given_up() {
            let received = queue.receive_dead_letters(url, HOLD).await.map_err(failed)?;
            let is_meant = |letter: &DeadLetter| {
                self.filter.takes(letter) && is_left_from_before(letter, self.start, &self.done)
            };
            let sorted = Sorted::of(received, &self.ours, is_meant);
            // What comes again was held for too long: it would come for ever.
            let is_old = sorted.rest.iter().any(|letter| rest.contains_key(&letter.id));
            let has_come = !sorted.wanted.is_empty() || !sorted.rest.is_empty();
            rest.extend(sorted.rest.into_iter().map(|letter| (letter.id, letter.receipt_handle)));
            self.send(queue, url, sorted.wanted, sent).await?;
            if is_old || !has_come {
                break;
            }
        }
        Ok(())
    }
}

/// What comes back while this runs has failed again, and is not sent in circles.
fn is_left_from_before(letter: &DeadLetter, start: DateTime<Utc>, done: &HashSet<String>) -> bool {
    letter.parked_at.is_none_or(|at| at <= start) && !done.contains(letter.original_id())
}

fn nothing_seen(is_certain: bool) -> Result<ExitCode, CommandError> {
    if is_certain {
        tracing::info!("no such message is in the dead-letter queue");
        return Ok(ExitCode::SUCCESS);
    }
    let sentence = "no such message was seen, and not all that are there were; run this again";
    Err(CommandError::Failed(sentence.to_owned()))
}

/// What is held, by what becomes of it.
struct Sorted {
    wanted: Vec<DeadLetter>,
    /// That are not meant, or not ours.
    rest: Vec<DeadLetter>,
    /// Messages of other queues that would be meant, by the name of the queue.
    of_others: BTreeMap<String, usize>,
}

impl Sorted {
    fn of(letters: Vec<DeadLetter>, ours: &QueueNames, is_meant: impl Fn(&DeadLetter) -> bool) -> Self {
        let mut sorted = Self { wanted: Vec::new(), rest: Vec::new(), of_others: BTreeMap::new() };
        for letter in letters {
            let is_meant = is_meant(&letter);
            if is_meant && letter.is_of_another_queue(ours) {
                let name = letter.queue_name().unwrap_or_default().to_owned();
                *sorted.of_others.entry(name).or_default() += 1;
                sorted.rest.push(letter);
            } else if is_meant {
                sorted.wanted.push(letter);
            } else {
                sorted.rest.push(letter);
            }
        }
        sorted
    }

    fn tell(&self, flags: &RedriveFlags, filter: &DeadLetterFilter, are_all: bool) {
        // What is wanted names the table, so that only the others need to be looked at.
        if self.wanted.is_empty()
            && let Some(unknown) = flags.which.unknown_table(filter, &self.rest)
        {
            tracing::warn!("{unknown}");
        }
        for (name, count) in &self.of_others {
            tracing::warn!(
                "messages of another queue, {}, are passed over: {count}; send them back with its QUEUE_URL",
                shown(name)
            );
        }
        if !flags.yes {
            warn_of_more(are_all);
        }
    }
}

/// Shows them, and asks unless nothing is to be done.
async fn is_wanted(flags: &RedriveFlags, letters: &[DeadLetter]) -> Result<bool, CommandError> {
    if flags.yes {
        return Ok(true);
    }
    letters.iter().try_for_each(|letter| print::redriven(letter, None, flags.json))?;
    if flags.dry_run {
        return Ok(false);
    }
    let mut out = std::io::stdout().lock();
    write!(out, "Send {} messages back to the queue? [y/N] ", letters.len())?;
    out.flush()?;
    drop(out);
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.expect("reading a line does not panic")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::dead_letter::tests::letter;

    #[test]
    fn what_fails_again_while_the_rest_is_sent_is_not_sent_in_circles() {
        let start = DateTime::UNIX_EPOCH;
        let parked_at = |seconds: u64| Some(start + Duration::from_secs(seconds));
        let done = HashSet::from(["first".to_owned()]);
        let of = |id: &str, seconds: u64| DeadLetter {
            parked_at: parked_at(seconds),
            ..letter(&[("message_id", "second"), ("original_message_id", id)])
        };
        assert!(is_left_from_before(&of("another", 0), start, &done));
        assert!(!is_left_from_before(&of("first", 0), start, &done), "it has been sent");
        assert!(!is_left_from_before(&of("another", 1), start, &done), "it was parked since");
    }
}
