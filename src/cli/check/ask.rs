//! Asks queue, bucket and warehouse side by side. Whatever one of them does not answer, the others are asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future;

use crate::app::{App, wall_clock};
use crate::config::daemon::DaemonSettings;
use crate::config::loads::LoadSettings;
use crate::config::routing::RoutesLocation;
use crate::config::serve::ServeSettings;
use crate::config::warehouse::WarehouseSettings;
use crate::load::gather::MANIFEST_FOLDER;
use crate::load::routes;
use crate::model::object::{Access, ObjectMeta, ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;
use crate::preflight::bucket::Listing;
use crate::preflight::{self, Finding, clock};
use crate::queue::MessageQueue;
use crate::queue::sqs::Sqs;
use crate::source::layout;
use crate::storage::s3::S3;
use crate::storage::{ObjectStore, StorageError};
use crate::telemetry::metrics::Metrics;
use crate::warehouse::Warehouse;
use crate::warehouse::redshift::Redshift;

/// For one question, a login included, which has 20 s of its own.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// The answer, or the finding that there was none.
async fn in_time<T>(check: &'static str, question: impl Future<Output = T>) -> Result<T, Finding> {
    let answer = tokio::time::timeout(LONGEST_ANSWER, question).await;
    answer.map_err(|_| {
        let within = humantime::format_duration(LONGEST_ANSWER);
        Finding::failed(check, &format!("no answer within {within}; check the network on the way there"))
    })
}

/// Every finding, in the order in which people read them.
pub(super) async fn everything(
    app: &App,
    settings: ServeSettings,
    source: Option<&SourceBucket>,
    targets: &[TargetTable],
) -> Vec<Finding> {
    let ServeSettings { queue, warehouse, loads, daemon, notify: _, routes, unrouted: _ } = settings;
    let store = Arc::new(app.s3());
    let of_queue = of_queue(app.sqs(queue), &daemon, &loads);
    let of_bucket = of_bucket(&store, source, targets, &loads);
    let of_role = of_role(&store, &warehouse);
    let of_warehouse = of_warehouse(app, &store, &warehouse, &loads, targets);
    let (queue, bucket, role, warehouse) =
        future::join4(Box::pin(of_queue), Box::pin(of_bucket), Box::pin(of_role), Box::pin(of_warehouse))
            .await;
    let routes = of_routes(store.as_ref(), routes.as_ref()).await;
    [queue, routes, bucket, warehouse, role].concat()
}

/// Nothing where files do not announce themselves.
async fn of_routes(store: &S3, location: Option<&RoutesLocation>) -> Vec<Finding> {
    let Some(location) = location else { return Vec::new() };
    let found = match in_time("routes", routes::read(store, location)).await {
        Err(finding) => finding,
        Ok(Ok(routes)) => {
            Finding::ok("routes", format!("{location} has rules that can be used: {}", routes.count()))
        }
        Ok(Err(none)) => Finding::failed("routes", &none.problems().join("; ")),
    };
    vec![found]
}

async fn of_queue(queue: Sqs, daemon: &DaemonSettings, loads: &LoadSettings) -> Vec<Finding> {
    let visibility = preflight::queue::visibility_timeout(daemon.visibility_timeout, loads.timeout);
    let before = wall_clock();
    let setup = match in_time("queue", queue.setup()).await {
        Ok(Ok(setup)) => setup,
        Ok(Err(error)) => return vec![Finding::failed("queue", &error), visibility],
        Err(finding) => return vec![finding, visibility],
    };
    let asked = [before, wall_clock()];
    let (depth, dead) = tokio::join!(
        in_time("queue", queue.depth()),
        in_time("dead_letter_queue", queue.dead_letter_setup())
    );
    let mut findings = vec![
        depth.map_or_else(|finding| finding, |depth| preflight::queue::queue(&setup, depth)),
        visibility,
        clock::clock("clock_aws", "AWS", setup.told_at, asked),
    ];
    let has_dead_letter_queue = !matches!(dead, Ok(Ok(None)));
    findings.push(preflight::queue::redrive_policy(&setup, has_dead_letter_queue));
    match dead {
        Ok(Ok(None)) => {}
        Ok(Err(error)) => findings.push(Finding::failed("dead_letter_queue", &error)),
        Err(finding) => findings.push(finding),
        Ok(Ok(Some(dead))) => {
            let (messages, parked) = tokio::join!(
                in_time("dead_letter_queue", queue.dead_letters()),
                in_time("parking", queue.may_park(&dead.url))
            );
            let messages = messages.ok().and_then(Result::ok).flatten();
            findings.push(preflight::queue::dead_letter_queue(&setup, &dead, messages));
            findings
                .push(parked.map_or_else(|finding| finding, |tried| preflight::queue::parking(&dead, tried)));
        }
    }
    findings
}

async fn of_bucket(
    store: &S3,
    source: Option<&SourceBucket>,
    targets: &[TargetTable],
    loads: &LoadSettings,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(source) = source {
        let region = in_time("bucket_region", store.region(&source.bucket)).await;
        let region = region.map(|region| preflight::bucket::region(source, region));
        findings.push(region.unwrap_or_else(|finding| finding));
        let listing = list(store, source, targets).await;
        findings.push(preflight::bucket::listing(source, targets.len(), &listing));
        let object = listing.ok().and_then(|listing| listing.readable);
        let read = match &object {
            None => Ok(None),
            Some(uri) => in_time("bucket_reading", store.read_head(uri, 1)).await.map(Some),
        };
        findings.push(read.map_or_else(
            |finding| finding,
            |read| {
                let tried = object.as_ref().zip(read).map(|(uri, read)| (uri, read.map(drop)));
                preflight::bucket::reading(tried)
            },
        ));
    }
    let of_data = || {
        let bucket = source?.bucket.clone();
        Some(SourceBucket { bucket, prefix: MANIFEST_FOLDER.to_owned() })
    };
    if let Some(folder) = loads.manifest_folder.clone().or_else(of_data) {
        let key = format!("{}check-{}", folder.prefix, uuid::Uuid::now_v7());
        let uri = ObjectUri { bucket: folder.bucket.clone(), key };
        let tried = in_time("manifest_folder", store.may_write(&uri)).await;
        findings
            .push(tried.map_or_else(|finding| finding, |tried| preflight::bucket::manifests(&folder, tried)));
    }
    findings
}

/// What is listed is enough to tell that listing is allowed, however much more there is.
async fn list(store: &S3, source: &SourceBucket, targets: &[TargetTable]) -> Result<Listing, StorageError> {
    let seen = Mutex::new(Listing { objects: 0, data: 0, is_all: false, readable: None });
    let listing = async {
        for target in targets {
            for prefix in layout::listing_prefixes(source, target) {
                store.list(&source.bucket, &prefix, &mut |object| see(&seen, object, source, target)).await?;
            }
        }
        if targets.is_empty() {
            // Under which little is, if anything.
            store.list(&source.bucket, MANIFEST_FOLDER, &mut |_| {}).await?;
        }
        Ok(())
    };
    let listed = in_time("bucket_listing", listing).await;
    let is_all = match listed {
        Ok(listed) => listed.map(|()| true)?,
        Err(_) => false,
    };
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Listing { is_all, ..seen })
}

/// Prefixes are only a first sieve: the names of other tables may begin alike.
fn see(seen: &Mutex<Listing>, object: ObjectMeta, source: &SourceBucket, target: &TargetTable) {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.objects += 1;
    let is_readable = object.access == Access::AtOnce;
    let uri = object.uri.clone();
    if layout::named(object, source, target).is_some_and(|named| named.is_data()) {
        seen.data += 1;
        if is_readable {
            seen.readable.get_or_insert(uri);
        }
    }
}

async fn of_role(store: &S3, warehouse: &WarehouseSettings) -> Vec<Finding> {
    let keys = match &warehouse.copy_role {
        Some(_) => None,
        None => match in_time("copy_role", store.access_keys()).await {
            Ok(keys) => Some(keys),
            Err(finding) => return vec![finding],
        },
    };
    vec![preflight::bucket::role(warehouse.copy_role.as_ref(), keys)]
}

async fn of_warehouse(
    app: &App,
    store: &Arc<S3>,
    settings: &WarehouseSettings,
    loads: &LoadSettings,
    targets: &[TargetTable],
) -> Vec<Finding> {
    // Redshift ends by itself what nobody waits for any more.
    let loads = LoadSettings { timeout: LONGEST_ANSWER, ..loads.clone() };
    let store: Arc<dyn ObjectStore> = Arc::<S3>::clone(store);
    let redshift =
        match app.redshift(settings.clone(), &loads, store, Arc::new(Metrics::new()), Arc::default()) {
            Ok(redshift) => redshift,
            Err(error) => return vec![Finding::failed("tls", &error)],
        };
    let mut findings = vec![preflight::warehouse::tls(settings)];
    let reached = redshift.reach(true).await;
    findings.push(preflight::warehouse::login(settings, &reached));
    if reached.is_err() {
        let sentence =
            "version, isolation, clock, ledger and tables were not looked at, as Redshift let nobody in";
        findings.push(Finding::unknown("warehouse", sentence));
        return findings;
    }
    findings.extend(of_warehouse_itself(&redshift).await);
    let state = in_time("ledger", redshift.ledger_state()).await;
    let ledger = |state| preflight::warehouse::ledger(settings.ledger_schema.as_str(), &state);
    findings.push(state.map_or_else(|finding| finding, ledger));
    let pauses = in_time("pauses", redshift.pauses()).await;
    findings.push(pauses.map_or_else(|finding| finding, |pauses| preflight::warehouse::pauses(&pauses)));
    for target in targets {
        let facts = in_time("table", redshift.target_facts(target)).await;
        findings.extend(facts.map_or_else(
            |finding| vec![finding.of_table(target)],
            |facts| preflight::target::target(target, &settings.user, &facts),
        ));
    }
    findings
}

async fn of_warehouse_itself(redshift: &Redshift) -> Vec<Finding> {
    let before = wall_clock();
    match in_time("version", redshift.facts()).await {
        Ok(Ok(facts)) => {
            let asked = [before, wall_clock()];
            let clock = clock::clock("clock_redshift", "Redshift", facts.told_at, asked);
            preflight::warehouse::facts(&facts).into_iter().chain([clock]).collect()
        }
        Ok(Err(failure)) => vec![Finding::failed("version", &failure)],
        Err(finding) => vec![finding],
    }
}
