//! `history`: the last loads in the ledger, as a table or as JSON lines.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config;
use crate::config::environment::Environment;
use crate::model::ident::Ident;
use crate::model::shown::{shown, shown_as_json, shown_within};
use crate::warehouse::{HistoryFilter, LedgerEntry};

#[derive(Args)]
pub(super) struct HistoryFlags {
    /// Only this target schema
    #[arg(long)]
    schema: Option<String>,
    /// Only this target table; also schema.table, as it is listed
    #[arg(long)]
    table: Option<String>,
    /// As many loads as this, newest first
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// One JSON object a line, with every column of the ledger
    #[arg(long)]
    json: bool,
}

impl HistoryFlags {
    fn filter(&self) -> Result<HistoryFilter, CommandError> {
        let table = self.table.as_deref();
        let (schema, table) = match (self.schema.as_deref(), table.and_then(|table| table.split_once('.'))) {
            (None, Some((schema, table))) => (Some(schema), Some(table)),
            (schema, _) => (schema, table),
        };
        Ok(HistoryFilter {
            schema: name("--schema", schema)?,
            table: name("--table", table)?,
            limit: self.limit,
            ..HistoryFilter::default()
        })
    }
}

pub(super) async fn run(
    flags: &HistoryFlags,
    mut environment: Environment,
) -> Result<ExitCode, CommandError> {
    let filter = flags.filter()?;
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let (warehouse, loads) = environment.finish((warehouse, loads))?;
    let app = App::new(process).await;
    let loader = app.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let entries = loader.warehouse.history(&filter).await;
    let entries = entries.map_err(|failure| CommandError::Failed(failure.to_string()))?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        for entry in &entries {
            let line = serde_json::to_string(entry).expect("text and numbers are always JSON");
            writeln!(out, "{}", shown_as_json(&line))?;
        }
    } else {
        write_table(&mut out, &entries)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Bytes: a schema and a table of the longest names fit.
const LONGEST_CELL: usize = 256;

fn write_table(out: &mut impl Write, entries: &[LedgerEntry]) -> std::io::Result<()> {
    // Others may write in the ledger too.
    let table_of = |entry: &LedgerEntry| {
        shown_within(&format!("{}.{}", entry.target_schema, entry.target_table), LONGEST_CELL)
    };
    let width = entries.iter().map(|entry| table_of(entry).len()).max().unwrap_or_default().max(5);
    writeln!(
        out,
        "{:<19}  {:<width$}  {:<19}  {:>12}  {:<7}  load id",
        "finished", "table", "data date", "rows", "mode"
    )?;
    for entry in entries {
        // Whole seconds are enough to look at.
        let seconds = |instant: &str| shown(&instant.chars().take(19).collect::<String>()).into_owned();
        writeln!(
            out,
            "{:<19}  {:<width$}  {:<19}  {:>12}  {:<7}  {}",
            seconds(&entry.finished_at),
            table_of(entry),
            seconds(&entry.data_date),
            entry.rows_loaded,
            shown_within(&entry.mode, LONGEST_CELL),
            shown_within(&entry.load_id, LONGEST_CELL)
        )?;
    }
    Ok(())
}

fn name(flag: &str, raw: Option<&str>) -> Result<Option<Ident>, CommandError> {
    let parsed = raw.map(Ident::new).transpose();
    parsed.map_err(|error| CommandError::Usage(format!("{flag}: {error}")))
}
