//! `config infer`: a first table config from a sample of the data.

mod draft;
mod file;
mod target;

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::app::{App, ProcessSettings};
use crate::cli::{CommandError, terminal};
use crate::config::environment::Environment;
use crate::model::file_terms::FileTerms;
use crate::model::object::ObjectUri;

use draft::draft;
use file::SampledFile;
use target::target;

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print a first table config, with what was guessed and why, from a sample of the data
    Infer(InferFlags),
}

#[derive(Args)]
pub(super) struct InferFlags {
    /// A data file: `s3://bucket/key`, or a path
    #[arg(value_name = "FILE")]
    source: String,
    /// Target schema; where it is left out, the name of the file says it
    #[arg(long)]
    schema: Option<String>,
    /// Target table; where it is left out, the name of the file says it
    #[arg(long)]
    table: Option<String>,
    /// Format of the data, whatever the suffix of the file says
    #[arg(long)]
    format: Option<String>,
    /// What stands between the fields of `csv` and of `delimited`, which it means by itself: `;`, `\t`, `|~|`, or octal as `\001`
    #[arg(long, value_name = "TEXT")]
    delimiter: Option<String>,
    /// Lines to skip at the start of the file, of which the last names the columns; 0 for none. Guessed where it is left out
    #[arg(long, value_name = "N")]
    ignore_header: Option<u64>,
}

pub(super) async fn run(command: &ConfigCommand, environment: Environment) -> Result<ExitCode, CommandError> {
    let ConfigCommand::Infer(flags) = command;
    let target = target(flags).map_err(CommandError::Usage)?;
    let terms = terms(flags).map_err(CommandError::Usage)?;
    let file = open(&flags.source, &environment).await?;
    let words = format!("reading the beginning of {file}");
    let reading = terminal::progress(move || words.clone());
    let draft = draft(&file, target, &terms).await.map_err(CommandError::Failed);
    drop(reading);
    let draft = draft?;
    write!(std::io::stdout(), "{}", draft.yaml())?;
    Ok(ExitCode::SUCCESS)
}

fn terms(flags: &InferFlags) -> Result<FileTerms, String> {
    let mut terms = FileTerms::default();
    if let Some(word) = &flags.format {
        terms.read_format(word)?;
    }
    if let Some(text) = &flags.delimiter {
        terms.read_delimiter(text)?;
    }
    if let Some(lines) = flags.ignore_header {
        terms.read_ignore_header(lines)?;
    }
    Ok(terms)
}

/// A path needs no AWS.
async fn open(source: &str, environment: &Environment) -> Result<SampledFile, CommandError> {
    if !source.starts_with("s3://") {
        return SampledFile::local(source.into()).await.map_err(CommandError::Failed);
    }
    let uri = ObjectUri::parse(source).map_err(|error| CommandError::Usage(error.to_string()))?;
    let app = App::new(ProcessSettings::of(environment)).await;
    SampledFile::on_s3(app.s3(), uri).await.map_err(CommandError::Failed)
}
