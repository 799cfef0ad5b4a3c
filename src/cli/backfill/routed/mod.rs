//! A backfill of files that announce themselves: notifications of those whose keys tell a date of the range.

mod preview;
mod shipment;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::CommandError;
use crate::cli::backfill::failed;
use crate::cli::backfill::rows::{Amount, Row, State};
use crate::cli::request_flags::RequestFlags;
use crate::load::Loader;
use crate::load::missing::{Shown, Walked};
use crate::missing::date_range::DateRange;
use crate::missing::date_totals::{DateTotal, DateTotals};
use crate::missing::dated_files::FileSink;
use crate::model::count::counted;
use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;
use crate::routing::{MayTake, Routes};

pub(super) use shipment::FilesToSend;

/// Fields of a message that say which tables are meant, and not how they are loaded.
const OF_TABLES: [&str; 3] = ["schema", "tables", "force"];

/// What a backfill of files is about.
pub(super) struct Files<'a> {
    pub(super) loader: &'a Loader,
    pub(super) routes: Routes,
    pub(super) targets: Vec<TargetTable>,
    pub(super) range: DateRange,
    /// Whether files are sent, too, that were written again since their load.
    pub(super) rewritten: bool,
    /// Whether rows of older files may take the place of newer ones of the same key.
    pub(super) force: bool,
    /// Of the daemon, for rules that name a table config in it.
    pub(super) table_config_dir: Option<PathBuf>,
    pub(super) looked_at: &'a AtomicU64,
}

/// The tables that flags name, where rules say the rest.
pub(super) fn tables(flags: &RequestFlags) -> Result<LoadRequest, CommandError> {
    let of_rules: Vec<String> = flags
        .names()
        .filter(|name| !OF_TABLES.contains(name))
        .map(|name| format!("--{}", name.replace('_', "-")))
        .collect();
    if !of_rules.is_empty() {
        return Err(CommandError::Usage(format!(
            "{}: without --bucket, the rules of ROUTES say how files are loaded; leave it out, or name the bucket of the dated layouts",
            of_rules.join(", ")
        )));
    }
    Ok(flags.request_of_any_bucket()?)
}

impl Files<'_> {
    /// # Errors
    /// When no rule takes dated files of one of the tables.
    pub(super) fn check_rules(&self) -> Result<(), CommandError> {
        let problem = |target: &TargetTable| match self.routes.may_take(target) {
            MayTake::DatedFiles => None,
            MayTake::Files => Some(without_date(target)),
            MayTake::Nothing => Some(format!(
                "no rule of ROUTES takes files of {target}: see that schema and tables are right; for the dated layouts, name --bucket"
            )),
        };
        let problems: Vec<String> = self.targets.iter().filter_map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(CommandError::Failed(problems.join("\n"))) }
    }

    /// Shows a walk to the sink, and says what of it was not for it.
    ///
    /// # Errors
    /// When S3 or the ledger cannot be asked, or there is no file of one of the tables, of whatever date.
    async fn walk(&self, sink: &mut dyn FileSink) -> Result<(), CommandError> {
        let of = (&self.targets[..], self.range);
        let walked = self.loader.find_files_of_dates(&self.routes, of, self.looked_at, sink).await;
        let Walked { passed, tables } = walked.map_err(failed)?;
        let of_target = |target| (target, tables.get(target).copied().unwrap_or_default());
        let shown: Vec<(&TargetTable, Shown)> = self.targets.iter().map(of_target).collect();
        let problems: Vec<String> =
            shown.iter().filter_map(|(target, shown)| self.nothing_dated(target, *shown)).collect();
        if !problems.is_empty() {
            return Err(CommandError::Failed(problems.join("\n")));
        }
        for (target, Shown { undated, .. }) in shown {
            if undated > 0 {
                let undated = counted(undated, "file");
                tracing::warn!("{undated} of {target} passed over, as their rules give them no date");
            }
        }
        if let Some(words) = passed.words() {
            tracing::info!("{words}");
        }
        Ok(())
    }

    /// What is wrong when there is no file with a date of a table at all.
    fn nothing_dated(&self, target: &TargetTable, shown: Shown) -> Option<String> {
        let looked_at = || counted(self.looked_at.load(Ordering::Relaxed), "object");
        match shown {
            Shown { dated: 0, undated: 0 } => Some(format!(
                "no file of {target} of any date where the rules of ROUTES look ({} looked at): see that schema, tables and rules are right; `s3-to-redshift route KEY` shows what they make of a key",
                looked_at()
            )),
            Shown { dated: 0, .. } => Some(without_date(target)),
            _ => None,
        }
    }

    /// What would become of each date.
    pub(super) async fn rows(&self) -> Result<Vec<Row>, CommandError> {
        let mut totals = DateTotals::new(self.rewritten);
        self.walk(&mut totals).await?;
        let states = self.states(&totals).await?;
        let mut rows = Vec::new();
        for target in &self.targets {
            let of_target = totals.dates.keys().filter(|(_, of)| of == target).map(|(date, _)| *date);
            let days = self.range.days_without(of_target).into_iter();
            rows.extend(days.map(|days| Row::of_days_without_data(target, days)));
        }
        let of_dates = totals.dates.iter().zip(states);
        rows.extend(of_dates.map(|(((_, target), total), state)| self.row(target, total, state)));
        // A day is a beginning of its dates.
        rows.sort_by(|left, right| (&left.date, &left.target).cmp(&(&right.date, &right.target)));
        Ok(rows)
    }

    /// Of a date, when nothing is in the way of its files.
    fn state(&self, total: &DateTotal) -> State {
        match (total.never_loaded(), total.rewritten) {
            (0, 0) => State::Loaded,
            (0, _) if self.rewritten => State::Rewritten,
            (0, _) => State::RewrittenAndLeft,
            (..) => State::ToLoad,
        }
    }

    fn row(&self, target: &TargetTable, total: &DateTotal, state: State) -> Row {
        let (files, bytes) = if self.rewritten { (total.rewritten, total.rewritten_bytes) } else { (0, 0) };
        Row {
            date: total.date.to_string(),
            target: target.clone(),
            on_s3: Amount { files: total.files, bytes: total.bytes },
            to_send: Amount { files: total.never_loaded() + files, bytes: total.never_loaded_bytes + bytes },
            loaded: total.loaded,
            rewritten: total.rewritten,
            state,
        }
    }
}

fn without_date(target: &TargetTable) -> String {
    format!(
        "the rules of ROUTES that take files of {target} give them no date, as `{{date:%Y-%m-%d}}` in their patterns would; `s3-to-redshift missing --enqueue --table {target}` sends what was never loaded"
    )
}
