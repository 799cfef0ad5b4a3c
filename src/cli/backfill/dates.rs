//! Which dates a backfill is about.

use std::collections::HashSet;
use std::io::Write;
use std::sync::atomic::AtomicU64;

use crate::cli::terminal::HEAD;
use crate::failure::Failure;
use crate::load::Loader;
use crate::missing::Why;
use crate::missing::date_range::DateRange;
use crate::model::count::{counted, grouped};
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;

/// The dates that have data on S3, each with a table, the oldest first.
pub(super) struct Wanted {
    pub(super) dates: Vec<WantedDate>,
}

pub(super) struct WantedDate {
    pub(super) date: DataDate,
    pub(super) target: TargetTable,
    files: u64,
    bytes: u64,
    /// `None` of what the ledger has as it is on S3.
    pub(super) why: Option<Why>,
    /// Loads of the date so far.
    pub(super) earlier: HashSet<LoadId>,
}

impl Wanted {
    pub(super) async fn find(
        loader: &Loader,
        request: &LoadRequest,
        range: DateRange,
        looked_at: &AtomicU64,
    ) -> Result<Self, Failure> {
        let mut dates = Vec::new();
        for target in &request.targets {
            let of_table = loader.dates_of(&request.terms.source, target, Some(range), looked_at).await?;
            for (date, on_s3) in &of_table.dates {
                let (loads, form) = (of_table.loads_of(*date), on_s3.preferred());
                dates.push(WantedDate {
                    date: *date,
                    target: target.clone(),
                    files: form.objects,
                    bytes: form.object.meta.size,
                    why: on_s3.why_missing(&loads),
                    earlier: loads.iter().map(|load| load.load_id.clone()).collect(),
                });
            }
        }
        // Tables of one date in the order in which they are named.
        dates.sort_by_key(|wanted| wanted.date);
        Ok(Self { dates })
    }
}

impl WantedDate {
    /// Whether it is to be sent, when everything is or only what the ledger lacks.
    pub(super) fn is_to_be_sent(&self, force: bool) -> bool {
        force || self.why.is_some()
    }
}

pub(super) fn print(out: &mut impl Write, wanted: &Wanted, force: bool) -> std::io::Result<()> {
    let width =
        wanted.dates.iter().map(|date| date.target.to_string().len()).max().unwrap_or_default().max(5);
    writeln!(
        out,
        "{HEAD}{:<24}  {:<width$}  {:>8}  {:>16}  state{HEAD:#}",
        "date", "table", "files", "bytes"
    )?;
    let (mut to_send, mut bytes) = (0, 0);
    for date in &wanted.dates {
        let is_sent = date.is_to_be_sent(force);
        let state = match (date.why, is_sent) {
            (None, false) => "loaded",
            (None, true) => "loaded, and again",
            (Some(Why::NeverLoaded), _) => "to load",
            (Some(Why::Rewritten), _) => "written again since its load",
        };
        if is_sent {
            to_send += 1;
            bytes += date.bytes;
        }
        let [files, size] = [date.files, date.bytes].map(grouped);
        let (day, table) = (date.date.to_string(), date.target.to_string());
        writeln!(out, "{day:<24}  {table:<width$}  {files:>8}  {size:>16}  {state}")?;
    }
    writeln!(out, "{} to send, {}", counted(to_send, "message"), counted(bytes, "byte"))
}
