//! Gathers all facts about one order, and decides: reads only, as many at a time as do not need one another, and none that
//! the decision does not need.

use chrono::{DateTime, Utc};

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::Loader;
use crate::load::discover::{self, Discovered};
use crate::load::readable::check_readable;
use crate::model::load_id::LoadId;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::table::{ExistingTable, TableSpec, TableState};
use crate::plan::decision::Decision;
use crate::plan::fingerprint;
use crate::plan::input::{DataSet, EarlierLoads, PlanningInput, TableRows, latest_plausible};
use crate::plan::planner::{plan, without_files};
use crate::request::order::Order;
use crate::source::table_config;

/// The facts, and what follows from them.
pub struct Considered {
    pub input: PlanningInput,
    /// `None` when the decision was clear before the files of a manifest were looked at.
    pub data: Option<DataSet>,
    /// The address of the table config, for people.
    pub config_name: String,
    pub decision: Decision,
}

/// `loads_of_target` was counted before any of the facts that are gathered here.
pub(super) async fn consider(
    loader: &Loader,
    order: &Order,
    load_id: LoadId,
    loads_of_target: i64,
    now: DateTime<Utc>,
) -> Result<Considered, Failure> {
    // Each to its end, also when another fails: a load that fails is counted by table only where there is one, and a
    // question that is given up leaves behind a session that nobody can use.
    let (source, table, recent_row_counts) = tokio::join!(
        gather_source(loader, order),
        inspected(loader, order),
        recent_row_counts(loader, order)
    );
    let Source { discovered, data, config_name, config_text } = source?;
    let (table, recent_row_counts) = (table?, recent_row_counts?);
    let spec = table_config::parse(&config_text, &order.target).map_err(|error| {
        let sentence = format!("the table config {config_name} is not usable for {}: {error}", order.target);
        Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence)
            .advised(&Advice::FixTableConfig)
    })?;
    let (rows, earlier) = tokio::join!(
        table_rows(loader, &spec, &table, &discovered, now),
        earlier_loads(loader, &table, order, &discovered, data.as_ref())
    );
    let (rows, earlier) = (rows?, earlier?);
    let manifest_folder =
        manifest_folder(loader.settings.manifest_folder.as_ref(), &discovered.file.object.uri);
    let mut input = PlanningInput {
        load_id,
        order: order.clone(),
        date: discovered.file.date,
        chosen: discovered.file.object.clone(),
        misnamed: discovered.misnamed.clone(),
        spec,
        config_fingerprint: fingerprint::of_config(&config_text),
        table,
        rows,
        earlier,
        loads_of_target,
        row_count_policy: loader.settings.row_count_policy,
        recent_row_counts,
        manifest_folder,
        now,
    };
    let considered = |input, data, decision| Considered { input, data, config_name, decision };
    if let Some(decision) = without_files(&input) {
        return Ok(considered(input, data, decision));
    }
    check_readable(loader.store.as_ref(), &input.chosen).await?;
    let data = match data {
        Some(data) => data,
        None => {
            let data = discover::files_of_manifest(loader.store.as_ref(), &discovered).await?;
            input.earlier = earlier_loads(loader, &input.table, order, &discovered, Some(&data)).await?;
            data
        }
    };
    let decision = plan(&input, &data);
    Ok(considered(input, Some(data), decision))
}

async fn inspected(loader: &Loader, order: &Order) -> Result<TableState, Failure> {
    let table = timed(loader, Stage::Inspect, loader.warehouse.inspect(&order.target)).await?;
    if let TableState::Table(_) | TableState::NotATable(_) = table {
        loader.metrics.table_is_there(&order.target);
    }
    Ok(table)
}

async fn recent_row_counts(loader: &Loader, order: &Order) -> Result<Vec<u64>, Failure> {
    match loader.settings.row_count_policy.largest_drop {
        Some(_) => loader.warehouse.recent_row_counts(&order.target).await,
        None => Ok(Vec::new()),
    }
}

/// What is on S3.
struct Source {
    discovered: Discovered,
    /// `None` for a manifest that was not read yet.
    data: Option<DataSet>,
    config_name: String,
    config_text: String,
}

async fn gather_source(loader: &Loader, order: &Order) -> Result<Source, Failure> {
    let store = loader.store.as_ref();
    let discovered = timed(loader, Stage::Discover, discover::discover(store, order)).await?;
    let (config_name, config_text) =
        timed(loader, Stage::Config, discover::read_config(store, order, &discovered)).await?;
    let data = discover::lone_file(store, &discovered).await?;
    Ok(Source { discovered, data, config_name, config_text })
}

/// Asks only about a column that the table has, of a type that compares with a date; anything else is for the
/// planner to refuse or to add.
async fn table_rows(
    loader: &Loader,
    spec: &TableSpec,
    table: &TableState,
    discovered: &Discovered,
    now: DateTime<Utc>,
) -> Result<TableRows, Failure> {
    let TableState::Table(existing) = table else { return Ok(TableRows::default()) };
    let column = Some(&spec.data_date_column).filter(|column| holds_dates(existing, column.name.as_str()));
    loader.warehouse.table_rows(&spec.target, column, discovered.file.date, latest_plausible(now)).await
}

fn holds_dates(existing: &ExistingTable, column: &str) -> bool {
    existing.columns.iter().any(|there| there.name.as_str() == column && there.column_type.holds_dates())
}

async fn earlier_loads(
    loader: &Loader,
    table: &TableState,
    order: &Order,
    discovered: &Discovered,
    data: Option<&DataSet>,
) -> Result<EarlierLoads, Failure> {
    // Of a table that is not there nothing is in place.
    let TableState::Table(_) = table else { return Ok(EarlierLoads::default()) };
    let files = data.map(|data| fingerprint::of_files(&data.files));
    loader.warehouse.earlier_loads(&order.target, discovered.file.date, files.as_ref()).await
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
