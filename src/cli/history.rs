//! `history`: the last loads in the ledger, as a table, a plot or JSON lines.

mod plot;
mod table;

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::{CommandError, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::model::ident::Ident;
use crate::model::shown::shown_as_json;
use crate::warehouse::history::HistoryFilter;

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
    /// The rows of each load as a bar, the oldest first; for one table
    #[arg(long, requires = "table", conflicts_with = "json")]
    plot: bool,
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
    let mut out = anstream::stdout().lock();
    if flags.json {
        for entry in &entries {
            let line = serde_json::to_string(entry).expect("text and numbers are always JSON");
            writeln!(out, "{}", shown_as_json(&line))?;
        }
    } else if flags.plot {
        write!(out, "{}", plot::of(&entries))?;
    } else {
        write!(out, "{}", terminal::with_dim_head(&table::of(&entries)))?;
    }
    if entries.is_empty() {
        tracing::info!("the ledger has no such load");
    }
    Ok(ExitCode::SUCCESS)
}

fn name(flag: &str, raw: Option<&str>) -> Result<Option<Ident>, CommandError> {
    let parsed = raw.map(Ident::new).transpose();
    parsed.map_err(|error| CommandError::Usage(format!("{flag}: {error}")))
}
