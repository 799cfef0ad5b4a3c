//! `prune`: removes what has done its work from the ledger and from the folder of manifests.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config;
use crate::config::environment::Environment;
use crate::load::gather::MANIFEST_FOLDER;
use crate::load::retention::{self, Old};
use crate::model::object::SourceBucket;
use crate::model::shown::shown;

#[derive(Args)]
pub(super) struct PruneFlags {
    /// Keep everything of this time; at least 15d, as SQS may deliver a message again for 14 days
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = humantime::parse_duration)]
    keep: Duration,
    /// Look for manifests in this bucket of data, in s3-to-redshift-manifests/; may be repeated. Without it, in `MANIFEST_URL`
    #[arg(long, value_name = "BUCKET")]
    bucket: Vec<String>,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(flags: &PruneFlags, mut environment: Environment) -> Result<ExitCode, CommandError> {
    let warehouse = config::warehouse::read(&mut environment);
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let shortest = retention::shortest(loads.timeout);
    if flags.keep < shortest {
        environment.problem(format!(
            "--keep must be at least {}: SQS may deliver a message again for 14 days, and a load may take LOAD_TIMEOUT",
            humantime::format_duration(shortest)
        ));
    }
    let folders = folders(flags, loads.manifest_folder.as_ref(), &mut environment);
    let (warehouse, loads) = environment.finish((warehouse, loads))?;
    let loader = App::new(process).await.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let failed = |failure: crate::failure::Failure| CommandError::Failed(failure.to_string());
    let before = chrono::Duration::from_std(flags.keep).ok();
    let before = before.and_then(|keep| (loader.now)().checked_sub_signed(keep));
    let before = before.ok_or_else(|| {
        CommandError::Usage("--keep is too long: there was no such time so long ago".to_owned())
    })?;
    let old = loader.find_old(before, &folders).await.map_err(failed)?;
    if !flags.dry_run {
        loader.remove_old_rows(&old).await.map_err(failed)?;
    }
    let mut out = std::io::stdout();
    write_rows(&mut out, &old, flags.dry_run)?;
    // The rows are told before manifests are removed, which other rights allow.
    if !flags.dry_run {
        loader.remove_old_manifests(&old).await.map_err(failed)?;
    }
    write_manifests(&mut out, &old, &folders, flags.dry_run)?;
    Ok(ExitCode::SUCCESS)
}

fn folders(
    flags: &PruneFlags,
    configured: Option<&SourceBucket>,
    environment: &mut Environment,
) -> Vec<SourceBucket> {
    if flags.bucket.is_empty() {
        return configured.into_iter().cloned().collect();
    }
    let mut folders: Vec<SourceBucket> = Vec::new();
    for bucket in &flags.bucket {
        match SourceBucket::parse(bucket) {
            Some(SourceBucket { bucket, prefix }) if prefix.is_empty() => {
                let folder = SourceBucket { bucket, prefix: MANIFEST_FOLDER.to_owned() };
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
            _ => {
                environment
                    .problem(format!("--bucket must be the name of a bucket, not `{}`", shown(bucket)));
            }
        }
    }
    folders
}

fn removed(is_dry_run: bool) -> &'static str {
    if is_dry_run { "would be removed" } else { "removed" }
}

fn write_rows(out: &mut impl Write, old: &Old, is_dry_run: bool) -> std::io::Result<()> {
    let removed = removed(is_dry_run);
    let tables = old.loads_of_tables();
    if !tables.is_empty() {
        let width = tables.keys().map(|table| table.to_string().len()).max().unwrap_or_default().max(5);
        writeln!(out, "{:<width$}  {:>8}  {:<10}  last", "table", "loads", "first")?;
        for (table, (count, first, last)) in &tables {
            let [first, last] = [first, last].map(|end| end.format("%Y-%m-%d"));
            writeln!(out, "{:<width$}  {count:>8}  {first}  {last}", table.to_string())?;
        }
    }
    writeln!(out, "{:>8} rows of loads {removed} from the ledger", old.rows.loads.len())?;
    writeln!(out, "{:>8} rows of covered messages {removed} from the ledger", old.rows.messages)
}

fn write_manifests(
    out: &mut impl Write,
    old: &Old,
    folders: &[SourceBucket],
    is_dry_run: bool,
) -> std::io::Result<()> {
    let removed = removed(is_dry_run);
    match folders {
        [] => writeln!(
            out,
            "         no manifests looked for: name buckets with --bucket, or set MANIFEST_URL"
        )?,
        folders => {
            let names: Vec<String> = folders.iter().map(ToString::to_string).collect();
            writeln!(out, "{:>8} manifests {removed} from {}", old.manifests.count(), names.join(", "))?;
        }
    }
    if !old.rows.are_all || !old.manifests.are_all {
        writeln!(out, "         there is more: run this again")?;
    }
    Ok(())
}
