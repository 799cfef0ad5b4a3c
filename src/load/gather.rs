//! Gathers all facts about one wish: reads only, and as many at a time as do not need one another.

use chrono::{DateTime, Utc};

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::discover;
use crate::load::{Loader, TableWish};
use crate::model::load_id::LoadId;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::table::{ExistingTable, TableSpec, TableState};
use crate::plan::input::{DataSet, PlanningInput, Wish};
use crate::source::table_config;

/// The facts, and where the config was found.
pub struct Gathered {
    pub input: PlanningInput,
    /// The address of the table config, for people.
    pub config_name: String,
}

/// `loads_of_target` was counted before any of the facts that are gathered here.
pub(super) async fn gather(
    loader: &Loader,
    wish: &TableWish,
    load_id: LoadId,
    loads_of_target: i64,
    now: DateTime<Utc>,
) -> Result<Gathered, Failure> {
    let (source, table, recent_row_counts) = tokio::try_join!(
        gather_source(loader, wish),
        timed(loader, Stage::Inspect, loader.warehouse.inspect(&wish.target)),
        recent_row_counts(loader, wish)
    )?;
    let (data, config_name, config_text) = source;
    let spec = table_config::parse(&config_text, &wish.target).map_err(|error| {
        let sentence =
            format!("the table config {config_name} is not usable for {}: {error}; mend it", wish.target);
        Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence)
    })?;
    let newest_in_table = match &table {
        TableState::Table(existing) => newest(loader, &spec, existing, &data).await?,
        _ => None,
    };
    let manifest_folder = manifest_folder(loader.settings.manifest_folder.as_ref(), &data.chosen);
    let TableWish { message_id, superseded, truncate, force, expected_rows, .. } = wish.clone();
    let wish = Wish { load_id, message_id, superseded, truncate, force, expected_rows };
    let input = PlanningInput {
        wish,
        data,
        spec,
        config_text,
        table,
        newest_in_table,
        loads_of_target,
        row_count_policy: loader.settings.row_count_policy,
        recent_row_counts,
        manifest_folder,
        now,
    };
    Ok(Gathered { input, config_name })
}

async fn recent_row_counts(loader: &Loader, wish: &TableWish) -> Result<Vec<u64>, Failure> {
    match loader.settings.row_count_policy.largest_drop {
        Some(_) => loader.warehouse.recent_row_counts(&wish.target).await,
        None => Ok(Vec::new()),
    }
}

async fn gather_source(loader: &Loader, wish: &TableWish) -> Result<(DataSet, String, String), Failure> {
    let store = loader.store.as_ref();
    let discovered = timed(loader, Stage::Discover, discover::discover(store, wish)).await?;
    let (config_name, config_text) =
        timed(loader, Stage::Config, discover::read_config(store, wish, &discovered)).await?;
    let data = discover::data_set(store, discovered).await?;
    Ok((data, config_name, config_text))
}

/// Asks only about a column that the table has, of a type that compares with a date; anything else is for the
/// planner to refuse or to add.
async fn newest(
    loader: &Loader,
    spec: &TableSpec,
    existing: &ExistingTable,
    data: &DataSet,
) -> Result<Option<DateTime<Utc>>, Failure> {
    let column = &spec.data_date_column;
    let is_there =
        existing.columns.iter().any(|there| there.name == column.name && there.column_type.holds_dates());
    if !is_there {
        return Ok(None);
    }
    loader.warehouse.newest_data_date(&spec.target, column, data.date).await
}

/// The configured folder, or one at the top of the data's bucket, which the COPY role can read as well.
fn manifest_folder(configured: Option<&SourceBucket>, chosen: &ObjectUri) -> ObjectUri {
    match configured {
        Some(folder) => ObjectUri { bucket: folder.bucket.clone(), key: folder.prefix.clone() },
        None => ObjectUri { bucket: chosen.bucket.clone(), key: "s3-to-redshift-manifests/".to_owned() },
    }
}

async fn timed<T>(
    loader: &Loader,
    stage: Stage,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let start = tokio::time::Instant::now();
    let result = work.await?;
    loader.metrics.stage_ended(stage, start.elapsed());
    Ok(result)
}
