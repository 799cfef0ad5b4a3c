//! A backfill of the dated layouts: a load message for each date.

mod preflight;
mod shipment;

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::CommandError;
use crate::cli::backfill::failed;
use crate::cli::backfill::rows::{Amount, Row, State};
use crate::load::Loader;
use crate::missing::Why;
use crate::missing::date_range::{DateRange, Days};
use crate::model::count::counted;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;

pub(super) use preflight::{forced, states};
pub(super) use shipment::DatesToSend;

/// The dates that have data on S3, each with a table, the oldest first.
pub(super) struct Wanted {
    pub(super) dates: Vec<WantedDate>,
    /// Days without data of each table.
    pub(super) without_data: Vec<(TargetTable, Days)>,
}

pub(super) struct WantedDate {
    date: DataDate,
    target: TargetTable,
    on_s3: Amount,
    /// `None` of what the ledger has as it is on S3.
    why: Option<Why>,
    /// Loads of the date so far.
    earlier: HashSet<LoadId>,
}

impl Wanted {
    /// # Errors
    /// When S3 or the ledger cannot be asked, or one of the tables has no data of any date.
    pub(super) async fn find(
        loader: &Loader,
        request: &LoadRequest,
        range: DateRange,
        looked_at: &AtomicU64,
    ) -> Result<Self, CommandError> {
        let source = &request.terms.source;
        let (mut dates, mut without_data, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for target in &request.targets {
            let of_table = loader.dates_of(source, target, Some(range), looked_at).await.map_err(failed)?;
            if of_table.dates.is_empty() && !of_table.has_others {
                unknown.push(target.to_string());
            }
            let days = range.days_without(of_table.dates.keys().copied());
            without_data.extend(days.into_iter().map(|days| (target.clone(), days)));
            for (date, on_s3) in &of_table.dates {
                let (loads, form) = (of_table.loads_of(*date), on_s3.preferred());
                dates.push(WantedDate {
                    date: *date,
                    target: target.clone(),
                    on_s3: Amount { files: form.objects, bytes: form.object.meta.size },
                    why: on_s3.why_missing(&loads),
                    earlier: loads.iter().map(|load| load.load_id.clone()).collect(),
                });
            }
        }
        if !unknown.is_empty() {
            return Err(CommandError::Failed(format!(
                "no data of {} of any date in the dated layouts under {source} ({} looked at): see that bucket, schema and tables are right; leave out --bucket for tables that the rules of ROUTES name",
                unknown.join(", "),
                counted(looked_at.load(Ordering::Relaxed), "object")
            )));
        }
        // Tables of one date in the order in which they are named.
        dates.sort_by_key(|wanted| wanted.date);
        Ok(Self { dates, without_data })
    }

    /// The tables of which no date of the range has data.
    pub(super) fn tables_without_data(&self) -> BTreeSet<&TargetTable> {
        let without = self.without_data.iter().map(|(target, _)| target);
        without.filter(|target| !self.dates.iter().any(|date| date.target == **target)).collect()
    }

    /// What would become of each, in the order of the dates; `states` are those of the dates that have data.
    pub(super) fn rows(&self, states: Vec<State>, force: bool) -> Vec<Row> {
        let of_dates = self.dates.iter().zip(states).map(|(date, state)| date.row(state, force));
        let without = self.without_data.iter().map(|(target, days)| Row::of_days_without_data(target, *days));
        let mut rows: Vec<Row> = of_dates.chain(without).collect();
        // A day is a beginning of its dates.
        rows.sort_by(|left, right| left.date.cmp(&right.date));
        rows
    }
}

impl WantedDate {
    /// Whether it is to be sent, when everything is or only what the ledger lacks.
    fn is_to_be_sent(&self, force: bool) -> bool {
        force || self.why.is_some()
    }

    /// What would become of it, if nothing is in the way.
    fn state(&self, force: bool) -> State {
        match (self.why, self.is_to_be_sent(force)) {
            (None, false) => State::Loaded,
            (None, true) => State::LoadedAndAgain,
            (Some(Why::NeverLoaded), _) => State::ToLoad,
            (Some(Why::Rewritten), _) => State::Rewritten,
        }
    }

    fn row(&self, state: State, force: bool) -> Row {
        let on_s3 = self.on_s3;
        let all_if = |is_so: bool| if is_so { on_s3.files } else { 0 };
        Row {
            date: self.date.to_string(),
            target: self.target.clone(),
            on_s3,
            to_send: if self.is_to_be_sent(force) { on_s3 } else { Amount::default() },
            loaded: all_if(self.why.is_none()),
            rewritten: all_if(self.why == Some(Why::Rewritten)),
            state,
        }
    }
}
