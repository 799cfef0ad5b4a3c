//! The messages of dates, and the loads that answer them.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::cli::CommandError;
use crate::cli::backfill::dated::{Wanted, WantedDate};
use crate::cli::backfill::failed;
use crate::cli::backfill::run::{Message, Shipment};
use crate::cli::request_flags::RequestFlags;
use crate::load::Loader;
use crate::missing::answers::SentDate;
use crate::missing::flight::{Flight, Sent};
use crate::model::count::counted;
use crate::model::data_date::DataDate;
use crate::model::target_table::TargetTable;
use crate::queue::group::GroupId;

/// The dates that are not sent yet.
pub(in crate::cli::backfill) struct DatesToSend<'a> {
    loader: &'a Loader,
    flags: &'a RequestFlags,
    /// The tables whose messages say `force`.
    forced: HashSet<TargetTable>,
    all: u64,
    /// The oldest last.
    dates: Vec<WantedDate>,
}

impl<'a> DatesToSend<'a> {
    pub(in crate::cli::backfill) fn of(
        loader: &'a Loader,
        flags: &'a RequestFlags,
        wanted: Wanted,
        forced: HashSet<TargetTable>,
        force: bool,
    ) -> Self {
        let found = wanted.dates.len();
        let mut dates: Vec<WantedDate> =
            wanted.dates.into_iter().filter(|date| date.is_to_be_sent(force)).collect();
        if found > dates.len() {
            let passed_over = counted((found - dates.len()) as u64, "date");
            tracing::info!("{passed_over} passed over, as the ledger has them");
        }
        dates.reverse();
        Self { loader, flags, forced, all: dates.len() as u64, dates }
    }
}

impl Shipment for DatesToSend<'_> {
    type Asked = SentDate;
    const UNIT: &'static str = "date";

    fn all(&self) -> u64 {
        self.all
    }

    async fn next(&mut self) -> Result<Option<Message<SentDate>>, CommandError> {
        let Some(WantedDate { date, target, earlier, .. }) = self.dates.pop() else { return Ok(None) };
        let of_date = [
            ("tables", json!([target.table.as_str()])),
            ("date", Value::from(date.to_string())),
            ("force", Value::from(self.forced.contains(&target))),
        ];
        Ok(Some(Message {
            body: self.flags.message_with(of_date),
            group: GroupId::of(&target),
            date: date.to_string(),
            asked: SentDate { target, date, earlier },
        }))
    }

    async fn look(
        &mut self,
        flight: &mut Flight<SentDate>,
    ) -> Result<(u64, Vec<Sent<SentDate>>), CommandError> {
        let mut all = Vec::new();
        for (target, dates) in dates_of_tables(flight) {
            let loads = self.loader.warehouse.loads_of_dates(&target, &dates).await.map_err(failed)?;
            all.extend(flight.answered(|sent| sent.is_answered_by(&target, &loads)));
        }
        Ok((all.len() as u64, all))
    }

    fn count(_: &SentDate) -> u64 {
        1
    }

    fn is_loaded_in_part(_: &SentDate) -> bool {
        false
    }

    fn name(SentDate { target, date, .. }: &SentDate) -> String {
        format!("{target} of {date}")
    }
}

/// The dates of each table that are waited for.
fn dates_of_tables(flight: &Flight<SentDate>) -> Vec<(TargetTable, Vec<DataDate>)> {
    let mut of_tables: Vec<(TargetTable, Vec<DataDate>)> = Vec::new();
    for SentDate { target, date, .. } in flight.waiting() {
        match of_tables.iter_mut().find(|(of, _)| of == target) {
            Some((_, dates)) => dates.push(*date),
            None => of_tables.push((target.clone(), vec![*date])),
        }
    }
    of_tables
}
