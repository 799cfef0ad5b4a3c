//! Sends what is missing to the queue, no faster than it is told to.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior};

use crate::cli::missing::MissingFlags;
use crate::cli::{CommandError, passed_over};
use crate::missing::batches::bodies;
use crate::missing::rate::Rate;
use crate::missing::{Data, Missing, Why};
use crate::model::count::counted;
use crate::model::data_date::DataDate;
use crate::model::target_table::TargetTable;
use crate::queue::MessageQueue;
use crate::queue::group::GroupId;
use crate::request::events::rewrite::Body;

/// The newest date of each table that the ledger knows.
pub(super) type NewestDates = HashMap<TargetTable, DataDate>;

/// Sends, and counts what it has sent.
pub(super) struct Sender {
    queue: Arc<dyn MessageQueue>,
    rate: Rate,
    pace: Interval,
    sends_rewritten: bool,
    /// The bucket and prefix of the dated layouts.
    bucket: Option<String>,
    newest: NewestDates,
    messages: u64,
    files: u64,
    /// Data that is left out.
    rewritten: u64,
    older: u64,
}

impl Sender {
    pub(super) fn new(queue: Arc<dyn MessageQueue>, flags: &MissingFlags, newest: NewestDates) -> Self {
        let mut pace = tokio::time::interval(flags.rate.interval);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            queue,
            rate: flags.rate,
            pace,
            sends_rewritten: flags.rewritten,
            bucket: flags.bucket.clone(),
            newest,
            messages: 0,
            files: 0,
            rewritten: 0,
            older: 0,
        }
    }

    /// Of one table.
    pub(super) async fn send(&mut self, missing: &[Missing]) -> Result<(), CommandError> {
        let Some(Missing { target, .. }) = missing.first() else { return Ok(()) };
        let group = GroupId::of(target);
        let wanted: Vec<&Missing> =
            missing.iter().filter(|missing| self.sends_rewritten || missing.why != Why::Rewritten).collect();
        self.rewritten += (missing.len() - wanted.len()) as u64;
        let mut files = Vec::new();
        for missing in wanted {
            let date = match missing.data {
                Data::OfDate(date) => date,
                Data::File(_) => {
                    files.push(&missing.object.meta);
                    continue;
                }
            };
            if let Some(body) = self.load_message(missing, date) {
                self.send_one(&body, &group, missing.objects).await?;
            }
        }
        for Body { text, files } in bodies(files) {
            self.send_one(&text, &group, files as u64).await?;
        }
        Ok(())
    }

    /// `None` for a date that the daemon would pass over, as the table has newer data.
    fn load_message(&mut self, missing: &Missing, date: DataDate) -> Option<String> {
        let is_rewritten = missing.why == Why::Rewritten;
        if !is_rewritten && self.newest.get(&missing.target).is_some_and(|newest| date < *newest) {
            self.older += 1;
            return None;
        }
        let TargetTable { schema, table } = &missing.target;
        let message = json!({
            "schema": schema.as_str(),
            "tables": [table.as_str()],
            "bucket": self.bucket,
            "date": date.to_string(),
            "force": is_rewritten,
        });
        Some(message.to_string())
    }

    async fn send_one(&mut self, body: &str, group: &GroupId, files: u64) -> Result<(), CommandError> {
        self.pace.tick().await;
        let sent = self.queue.send(body, group).await;
        sent.map_err(|error| {
            let Self { messages, .. } = self;
            CommandError::Failed(format!("{error}; {} before it sent", counted(*messages, "message")))
        })?;
        self.messages += 1;
        self.files += files;
        Ok(())
    }

    /// Says what was sent, and what was not.
    pub(super) fn tell(&self) {
        let Self { messages, files, rewritten, older, rate, .. } = self;
        tracing::info!(
            "sent {} with {}, at most {rate}",
            counted(*messages, "message"),
            counted(*files, "file")
        );
        passed_over::tell_rewritten(*rewritten);
        if *older > 0 {
            tracing::warn!(
                "not sent: {} older than the newest data of the table, which the daemon would pass over; load them with `s3-to-redshift backfill`",
                counted(*older, "date")
            );
        }
    }
}
