//! Compares S3 with the ledger from time to time, where the routes look, and tells what is missing. Sends nothing.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::failure::Failure;
use crate::load::missing::MissingSink;
use crate::missing::Missing;
use crate::missing::scope::Scope;
use crate::missing::summary::Summary;
use crate::model::count::counted;
use crate::model::shown::shown;
use crate::routing::Routes;

/// Files that are younger may be on their way.
const GRACE: Duration = Duration::from_secs(15 * 60);

/// Walks until `stop`; for ever does nothing where no interval is set, or nothing is routed.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    let (Some(every), Some(routes)) = (daemon.settings.missing_interval, &daemon.routes) else {
        stop.cancelled().await;
        return;
    };
    let walking = async {
        loop {
            // Not at the start: what has come while no daemon ran is loaded first.
            tokio::time::sleep(every).await;
            daemon.warehouse.up().await;
            walk(daemon, &routes.now()).await;
        }
    };
    tokio::select! {
        () = walking => {}
        () = stop.cancelled() => {}
    }
}

async fn walk(daemon: &Daemon, routes: &Routes) {
    match find(daemon, routes).await {
        Ok((summary, looked_at)) => tell(daemon, &summary, looked_at),
        // The numbers of the walk before stay: they are as true as they were.
        Err(failure) => warn!(error = %failure, "S3 cannot be compared with the ledger now"),
    }
}

async fn find(daemon: &Daemon, routes: &Routes) -> Result<(Summary, u64), Failure> {
    let grace = chrono::Duration::from_std(GRACE).expect("some minutes are a duration");
    let scope = Scope { before: (daemon.loader.now)().checked_sub_signed(grace), ..Scope::default() };
    let (looked_at, mut summing) = (AtomicU64::new(0), Summing::default());
    daemon.loader.find_missing_of_routes(routes, &scope, &looked_at, &mut summing).await?;
    Ok((summing.0, looked_at.into_inner()))
}

fn tell(daemon: &Daemon, summary: &Summary, looked_at: u64) {
    let tables = summary.tables.iter().map(|(target, total)| (target, total.files, total.bytes));
    daemon.metrics.missing(tables);
    let looked_at = counted(looked_at, "object");
    if summary.tables.is_empty() {
        info!("nothing is missing that the routes take: {looked_at} looked at");
    }
    for (target, total) in &summary.tables {
        let example = total.examples.first().map(|uri| format!(", such as {}", shown(&uri.to_string())));
        warn!(
            table = %target,
            files = total.files,
            bytes = total.bytes,
            rewritten = total.rewritten,
            "{} of {target} on S3 is not in the ledger{}; `s3-to-redshift missing` lists them",
            counted(total.files, "file"),
            example.unwrap_or_default()
        );
    }
}

#[derive(Default)]
struct Summing(Summary);

#[async_trait]
impl MissingSink for Summing {
    async fn tell(&mut self, missing: Vec<Missing>) -> ControlFlow<()> {
        missing.iter().for_each(|missing| self.0.add(missing));
        ControlFlow::Continue(())
    }
}
