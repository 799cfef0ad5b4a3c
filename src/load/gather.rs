//! Gathers all facts about one order, and decides: reads only, as many at a time as do not need one another, and none that
//! the decision does not need.

use chrono::{DateTime, Duration, Utc};

use crate::config::loads::OwnSqlPolicy;
use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::Loader;
use crate::load::already_there::{earlier_loads, table_rows};
use crate::load::discover::{self, Discovered};
use crate::load::files::{self, KnownFiles};
use crate::load::look::look;
use crate::load::views::with_views;
use crate::model::load_id::LoadId;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::table::{TableSpec, TableState};
use crate::plan::data_set::DataSet;
use crate::plan::decision::{Decision, SkipReason};
use crate::plan::fingerprint;
use crate::plan::input::{LoadsSince, PlanningInput};
use crate::plan::planner::{plan, without_files};
use crate::plan::reading::Reading;
use crate::plan::settings::Settings;
use crate::request::order::Order;
use crate::schema::widening::Widening;
use crate::source::table_config;
use crate::warehouse::survey::{Survey, SurveyQuestion};

/// Where generated manifests go in the bucket of the data, unless another folder is configured.
pub(crate) const MANIFEST_FOLDER: &str = "s3-to-redshift-manifests/";
/// More than the clocks of a loader and of Redshift may differ: loads that end from now on are counted in any case.
const CLOCKS_DIFFER: Duration = Duration::days(1);

/// The facts, and what follows from them.
pub struct Considered {
    pub input: PlanningInput,
    /// `None` when the decision was clear before the files of a manifest were looked at.
    pub data: Option<DataSet>,
    /// The address of the table config, for people.
    pub config_name: String,
    pub decision: Decision,
}

/// What comes before a look at S3: what is known to be done needs none, and a load that commits meanwhile is noticed.
pub(super) async fn survey(
    loader: &Loader,
    order: &Order,
    message_id: Option<&str>,
) -> Result<Surveyed, Failure> {
    let now = (loader.now)();
    let row_counts = loader.settings.row_count_policy.largest_drop.is_some();
    let question = SurveyQuestion { message_id, since: now - CLOCKS_DIFFER, row_counts };
    let found = timed(loader, Stage::Inspect, loader.warehouse.survey(&order.target, &question)).await?;
    let is_there = matches!(found.table, TableState::Table(_) | TableState::NotATable(_));
    if is_there || found.ledger.newest_end.is_some() {
        loader.metrics.table_is_there(&order.target);
    }
    let loads_since = LoadsSince { moment: question.since, count: found.ledger.loads_since };
    Ok(Surveyed { found, loads_since, widened: Vec::new(), now })
}

/// What is known before S3 is looked at, and when that was.
pub(super) struct Surveyed {
    pub(super) found: Survey,
    pub(super) loads_since: LoadsSince,
    /// Columns that earlier attempts at the same load meant to widen.
    pub(super) widened: Vec<Widening>,
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn consider(
    loader: &Loader,
    order: &Order,
    load_id: LoadId,
    surveyed: Surveyed,
) -> Result<Considered, Failure> {
    let Surveyed { found: survey, loads_since, widened, now } = surveyed;
    let source = gather_source(loader, order).await?;
    let Source { discovered, config_name, config_text } = source;
    let spec = usable_spec(loader, order, &config_name, &config_text)?;
    let settings = Settings::of(&order.terms, &spec.options);
    let window = settings.window(&order.terms, discovered.date).map_err(|error| {
        let sentence = format!("{} cannot be loaded: {error}", order.target);
        Failure::new(FailureKind::InvalidRequest, Stage::Plan, sentence)
    })?;
    let mode = settings.mode.value;
    let known = files::known_files(loader.store.as_ref(), &discovered, spec.options.parts).await?;
    // Each to its end, also when another fails: a question that is given up leaves behind a session that nobody can use.
    let (rows, earlier) = tokio::join!(
        table_rows(loader, &spec, &survey.table, discovered.date, &window, now),
        earlier_loads(loader, &survey, order, &discovered, (&window, mode), known.data())
    );
    let (rows, earlier) = (rows?, earlier?);
    let table = with_views(loader, &spec, survey.table.clone()).await?;
    let manifest_folder = manifest_folder(loader.settings.manifest_folder.as_ref(), &discovered.chosen.uri);
    let mut input = PlanningInput {
        load_id,
        order: order.clone(),
        date: discovered.date,
        settings,
        window,
        chosen: discovered.chosen.clone(),
        misnamed: discovered.misnamed.clone(),
        known_files: Vec::new(),
        spec,
        config_fingerprint: fingerprint::of_config(&config_text),
        table,
        rows,
        earlier,
        loads_since,
        has_cuts: survey.ledger.last_had_cuts,
        widened_before: widened,
        row_count_policy: loader.settings.row_count_policy,
        recent_row_counts: survey.ledger.recent_row_counts.clone(),
        manifest_folder,
        now,
    };
    let considered = |input, data, decision| Considered { input, data, config_name, decision };
    let decided = without_files(&input);
    let data = match known {
        KnownFiles::All(data) => Some(data),
        KnownFiles::OfManifest => None,
        // What is loaded already is no less loaded when its mark is tidied away.
        KnownFiles::Unfinished(data, _)
            if matches!(decided, Some(Decision::Skip(SkipReason::SameFiles { .. }))) =>
        {
            Some(data)
        }
        KnownFiles::Unfinished(_, failure) => return Err(failure),
    };
    if let Some(decision) = decided {
        return Ok(considered(input, data, decision));
    }
    files::check_all_readable(loader.store.as_ref(), &input.chosen, data.as_ref()).await?;
    let mut data = match data {
        Some(data) => data,
        None => {
            let data = files::files_of_manifest(loader.store.as_ref(), &discovered).await?;
            input.earlier =
                earlier_loads(loader, &survey, order, &discovered, (&input.window, mode), Some(&data))
                    .await?;
            data
        }
    };
    let decision = decide(loader, &mut input, &mut data).await?;
    Ok(considered(input, Some(data), decision))
}

/// What a table config says of the target, if this loader does what it asks for.
pub(super) fn usable_spec(
    loader: &Loader,
    order: &Order,
    config_name: &str,
    config_text: &str,
) -> Result<TableSpec, Failure> {
    let spec = table_config::parse(config_text, &order.target).map_err(|error| {
        let sentence = format!("the table config {config_name} is not usable for {}: {error}", order.target);
        Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence)
            .advised(&Advice::FixTableConfig)
    })?;
    if loader.settings.own_sql == OwnSqlPolicy::Refuse && !spec.options.own_sql.is_empty() {
        let sentence = format!(
            "the table config {config_name} is not usable for {}: it has `meta.pre_sql` or `meta.post_sql`, which this loader does \
             not run, as TABLE_CONFIG_SQL is refuse; remove the statements, or ask whoever runs the loader",
            order.target
        );
        return Err(Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence));
    }
    Ok(spec)
}

/// The last facts, which only a load needs, and the decision.
pub(super) async fn decide(
    loader: &Loader,
    input: &mut PlanningInput,
    data: &mut DataSet,
) -> Result<Decision, Failure> {
    if let Some(name) = &input.spec.options.template {
        input.settings.files.template =
            Some(timed(loader, Stage::Inspect, loader.warehouse.template(name)).await?);
    }
    if let Ok(reading) = Reading::of(&input.settings.files, data.stored) {
        data.look =
            timed(loader, Stage::Discover, look(loader.store.as_ref(), &reading, &data.files)).await?;
    }
    Ok(plan(input, data))
}

/// What is on S3.
struct Source {
    discovered: Discovered,
    config_name: String,
    config_text: String,
}

async fn gather_source(loader: &Loader, order: &Order) -> Result<Source, Failure> {
    let store = loader.store.as_ref();
    let discovered = timed(loader, Stage::Discover, discover::discover(store, order)).await?;
    let location = order.terms.config.clone().unwrap_or_else(|| discovered.config_beside());
    let (config_name, config_text) =
        timed(loader, Stage::Config, discover::read_config(store, &location)).await?;
    Ok(Source { discovered, config_name, config_text })
}

/// The configured folder, or one at the top of the data's bucket, which the COPY role can read as well.
pub(super) fn manifest_folder(configured: Option<&SourceBucket>, chosen: &ObjectUri) -> ObjectUri {
    match configured {
        Some(folder) => ObjectUri { bucket: folder.bucket.clone(), key: folder.prefix.clone() },
        None => ObjectUri { bucket: chosen.bucket.clone(), key: MANIFEST_FOLDER.to_owned() },
    }
}

pub(super) async fn timed<T>(
    loader: &Loader,
    stage: Stage,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let start = tokio::time::Instant::now();
    let result = work.await?;
    loader.metrics.stage_ended(stage, start.elapsed());
    Ok(result)
}
