//! `prune`: removes what has done its work from the ledger and from the folder of manifests.

mod print;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::cli::{table_flag, terminal};
use crate::config;
use crate::config::environment::Environment;
use crate::load::gather::MANIFEST_FOLDER;
use crate::load::retention::{self, DAY, ForgottenFiles, YOUNGEST_FORGOTTEN};
use crate::model::object::SourceBucket;
use crate::model::shown::shown;

#[derive(Args)]
pub(super) struct PruneFlags {
    /// Keep everything of this time; at least 15d, as SQS may deliver a message again for 14 days
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = humantime::parse_duration)]
    keep: Duration,
    /// Forget files that announced themselves and were loaded so long ago, 90d and --keep at least, though their rows are in place. Announced again,
    /// such a file is loaded again: only for files that are gone from S3 by then
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    files_older_than: Option<Duration>,
    /// With --files-older-than: only files of this target table: schema.table, or table in every schema
    #[arg(long, requires = "files_older_than")]
    table: Option<String>,
    /// Look for manifests in this bucket of data, in s3-to-redshift-manifests/; may be repeated. Without it, in `MANIFEST_URL`
    #[arg(long, value_name = "BUCKET")]
    bucket: Vec<String>,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON object a line: each table, then the ledger, then the manifests
    #[arg(long)]
    json: bool,
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
    if flags.files_older_than.is_some_and(|age| age < YOUNGEST_FORGOTTEN) {
        environment.problem(format!(
            "--files-older-than must be at least {} days: a file that is forgotten is loaded again when it is announced again",
            YOUNGEST_FORGOTTEN.as_secs() / DAY
        ));
    }
    if flags.files_older_than.is_some_and(|age| age < flags.keep) {
        environment.problem(
            "--files-older-than must not be shorter than --keep, of which everything is kept".to_owned(),
        );
    }
    let table = table_flag::read(flags.table.as_deref(), &mut environment);
    let folders = folders(flags, loads.manifest_folder.as_ref(), &mut environment);
    let (warehouse, loads) = environment.finish((warehouse, loads))?;
    let loader = App::new(process).await.loader(warehouse, loads).map_err(CommandError::Failed)?;
    let failed = |failure: crate::failure::Failure| CommandError::Failed(failure.to_string());
    let ago = |flag: &str, age: Duration| {
        let age = chrono::Duration::from_std(age).ok();
        age.and_then(|age| (loader.now)().checked_sub_signed(age)).ok_or_else(|| {
            CommandError::Usage(format!("{flag} is too long: there was no such time so long ago"))
        })
    };
    let before = ago("--keep", flags.keep)?;
    let forgotten = match flags.files_older_than {
        Some(age) => Some(ForgottenFiles { before: ago("--files-older-than", age)?, table }),
        None => None,
    };
    let showing = |doing: &'static str| (!flags.json).then(|| terminal::progress(move || doing.to_owned()));
    let looking = showing("looking for what is old");
    let old = loader.find_old(before, forgotten.as_ref(), &folders).await;
    drop(looking);
    let old = old.map_err(failed)?;
    if !flags.dry_run {
        let _removing = showing("removing old rows from the ledger");
        loader.remove_old_rows(&old).await.map_err(failed)?;
    }
    let pruned = print::Pruned { old: &old, folders: &folders, is_dry_run: flags.dry_run };
    let mut out = anstream::stdout();
    // The rows are told before manifests are removed, which other rights allow.
    if flags.json {
        pruned.write_rows_as_json(&mut out)?;
    } else {
        pruned.write_rows(&mut out)?;
    }
    if !flags.dry_run {
        let _removing = showing("removing old manifests");
        loader.remove_old_manifests(&old).await.map_err(failed)?;
    }
    if flags.json {
        pruned.write_manifests_as_json(&mut out)?;
    } else {
        pruned.write_manifests(&mut out)?;
    }
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
