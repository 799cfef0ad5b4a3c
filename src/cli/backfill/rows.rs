//! What a backfill would do with each date, for people and for programs.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::CommandError;
use crate::cli::terminal::HEAD;
use crate::failure::Failure;
use crate::failure::disposition::ends_all_work;
use crate::load::gather::Considered;
use crate::missing::date_range::Days;
use crate::model::count::{counted, grouped};
use crate::model::shown::{shown_as_json, shown_within};
use crate::model::target_table::TargetTable;
use crate::plan::decision::Decision;

/// Bytes of what is said of one date.
const LONGEST_DETAIL: usize = 1_000;

/// A date of a table, or days without data.
pub(super) struct Row {
    /// A date, or a day and the last one of several.
    pub(super) date: String,
    pub(super) target: TargetTable,
    /// What is on S3 of it.
    pub(super) on_s3: Amount,
    pub(super) to_send: Amount,
    pub(super) loaded: u64,
    pub(super) rewritten: u64,
    pub(super) state: State,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amount {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// What would become of it.
pub(super) enum State {
    ToLoad,
    /// The ledger has it as it is; nothing is sent.
    Loaded,
    /// The ledger has it as it is, and it is sent all the same.
    LoadedAndAgain,
    /// Written again since its load.
    Rewritten,
    /// The same, and not sent unless it is asked for.
    RewrittenAndLeft,
    NoneFound,
    Skipped(String),
    Refused(String),
    /// The load would not come as far as a decision.
    Fails(Box<Failure>),
}

impl State {
    /// A word of it for programs; of a failure its kind.
    fn label(&self) -> &'static str {
        match self {
            Self::ToLoad => "to_load",
            Self::Loaded => "loaded",
            Self::LoadedAndAgain => "loaded_and_again",
            Self::Rewritten => "rewritten",
            Self::RewrittenAndLeft => "rewritten_and_left",
            Self::NoneFound => "none_found",
            Self::Skipped(_) => "skipped",
            Self::Refused(_) => "refused",
            Self::Fails(failure) => failure.kind.label(),
        }
    }

    fn detail(&self) -> Option<String> {
        let detail = match self {
            Self::Skipped(detail) | Self::Refused(detail) => detail.clone(),
            Self::Fails(failure) => failure.to_string(),
            _ => return None,
        };
        Some(shown_within(&detail, LONGEST_DETAIL))
    }

    fn words(&self) -> String {
        let words = match self {
            Self::ToLoad => "to load",
            Self::Loaded => "loaded",
            Self::LoadedAndAgain => "loaded, and again",
            Self::Rewritten => "written again since its load",
            Self::RewrittenAndLeft => "written again since its load; --rewritten sends it",
            Self::NoneFound => "none found",
            Self::Skipped(_) => "would be passed over: ",
            Self::Refused(_) => "would be refused: ",
            Self::Fails(_) => "would fail: ",
        };
        words.to_owned() + &self.detail().unwrap_or_default()
    }

    fn is_problem(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Fails(_))
    }

    /// What a plan says, where nothing in it is in the way of the state that is known without it.
    ///
    /// # Errors
    /// When the plan could not be made for a reason that all dates share, as a warehouse that is away.
    pub(super) fn planned(self, plan: Result<&Considered, Failure>) -> Result<Self, CommandError> {
        Ok(match plan {
            Ok(Considered { decision: Decision::Load(_), .. }) => self,
            Ok(Considered { decision: Decision::Skip(reason), .. }) => Self::Skipped(reason.to_string()),
            Ok(Considered { decision: Decision::Refuse(refusal), .. }) => Self::Refused(refusal.to_string()),
            Err(failure) if ends_all_work(failure.kind) => {
                return Err(CommandError::Failed(failure.to_string()));
            }
            Err(failure) => Self::Fails(Box::new(failure)),
        })
    }
}

impl Row {
    pub(super) fn of_days_without_data(target: &TargetTable, days: Days) -> Self {
        let Days { first, last } = days;
        Self {
            date: if first == last { first.to_string() } else { format!("{first} to {last}") },
            target: target.clone(),
            on_s3: Amount::default(),
            to_send: Amount::default(),
            loaded: 0,
            rewritten: 0,
            state: State::NoneFound,
        }
    }

    fn json(&self) -> Value {
        let Self { date, target, on_s3, to_send, loaded, rewritten, state } = self;
        json!({
            "date": date,
            "table": target.to_string(),
            "files": on_s3.files,
            "bytes": on_s3.bytes,
            "files_to_send": to_send.files,
            "bytes_to_send": to_send.bytes,
            "files_loaded": loaded,
            "files_rewritten": rewritten,
            "state": state.label(),
            "detail": state.detail(),
        })
    }

    /// The state, and how many files are in another one.
    fn words(&self) -> String {
        let Self { on_s3, to_send, loaded, rewritten, .. } = self;
        let left = on_s3.files.saturating_sub(to_send.files + loaded);
        let is_mixed = to_send.files > 0 && to_send.files < on_s3.files && loaded + rewritten > 0;
        let others = [(*loaded, "loaded"), (left, "written again since their load")];
        let others = others.into_iter().filter(|(count, _)| is_mixed && *count > 0);
        let others: String = others.map(|(count, what)| format!(", {count} {what}")).collect();
        format!("{}{others}", self.state.words())
    }
}

pub(super) const FILE: &str = "file";
pub(super) const MESSAGE: &str = "message";

/// Shows what would be done; `unit` is what is sent and counted. It fails when a date would be refused or would fail.
pub(super) fn show(rows: &[Row], unit: &str, json: bool) -> Result<ExitCode, CommandError> {
    let mut out = anstream::stdout().lock();
    if json {
        print_json(&mut out, rows)?;
    } else {
        print(&mut out, rows, unit)?;
    }
    let has_problem = rows.iter().any(|row| row.state.is_problem());
    Ok(if has_problem { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_json(out: &mut impl Write, rows: &[Row]) -> std::io::Result<()> {
    rows.iter().try_for_each(|row| writeln!(out, "{}", shown_as_json(&row.json().to_string())))
}

fn print(out: &mut impl Write, rows: &[Row], unit: &str) -> std::io::Result<()> {
    let widest = |cells: &mut dyn Iterator<Item = usize>, least| cells.max().unwrap_or_default().max(least);
    let dates = widest(&mut rows.iter().map(|row| row.date.len()), 24);
    let tables = widest(&mut rows.iter().map(|row| row.target.to_string().len()), 5);
    writeln!(
        out,
        "{HEAD}{:<dates$}  {:<tables$}  {:>8}  {:>16}  state{HEAD:#}",
        "date", "table", "files", "bytes"
    )?;
    let (mut to_send, mut bytes) = (0, 0);
    for row in rows {
        let is_sent = row.to_send.files > 0;
        to_send += if unit == FILE { row.to_send.files } else { u64::from(is_sent) };
        bytes += row.to_send.bytes;
        let [files, size] = [row.on_s3.files, row.on_s3.bytes].map(grouped);
        let (date, table, words) = (&row.date, row.target.to_string(), row.words());
        writeln!(out, "{date:<dates$}  {table:<tables$}  {files:>8}  {size:>16}  {words}")?;
    }
    writeln!(out, "{} to send, {}", counted(to_send, unit), counted(bytes, "byte"))
}
