//! The composition root: the only file that names every concrete type.

use std::sync::Arc;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use chrono::{DateTime, Utc};

use crate::aws_calls::AwsCalls;
use crate::config::environment::Environment;
use crate::config::loads::LoadSettings;
use crate::config::notify::NotifyTarget;
use crate::config::queue::QueueSettings;
use crate::config::warehouse::WarehouseSettings;
use crate::load::Loader;
use crate::notify::{self, NoticeSink};
use crate::queue::MessageQueue;
use crate::queue::sqs::Sqs;
use crate::storage::ObjectStore;
use crate::storage::s3::S3;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::progress::Progress;
use crate::telemetry::told::Told;
use crate::warehouse::redshift::{Redshift, SessionSettings};

/// What the environment says besides settings.
pub struct ProcessSettings {
    s3_path_style: bool,
    loader_name: String,
}

impl ProcessSettings {
    pub fn of(environment: &Environment) -> Self {
        Self { s3_path_style: s3_path_style(environment), loader_name: loader_name(environment) }
    }
}

/// Whether S3 is asked for at an endpoint of the user's, where buckets have no host names of their own.
fn s3_path_style(environment: &Environment) -> bool {
    ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().any(|name| environment.optional(name).is_some())
}

/// The name under which this process writes its loads into the ledger.
fn loader_name(environment: &Environment) -> String {
    let host = environment.optional("HOSTNAME").unwrap_or_else(|| "localhost".to_owned());
    format!("s3-to-redshift {} on {host}", env!("CARGO_PKG_VERSION"))
}

/// Makes the parts of the program out of settings.
pub struct App {
    sdk_config: SdkConfig,
    process: ProcessSettings,
    metrics: Arc<Metrics>,
    calls: AwsCalls,
}

impl App {
    /// Finds region, endpoints and credentials the way every AWS tool does. May ask the network, so settings are checked
    /// before.
    pub async fn new(process: ProcessSettings) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            // Longer than any answer takes.
            .operation_attempt_timeout(Duration::from_secs(60))
            .build();
        let sdk_config =
            aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await;
        let metrics = Arc::new(Metrics::new());
        Self { sdk_config, process, calls: AwsCalls::counted_in(Arc::clone(&metrics)), metrics }
    }

    pub fn queue(&self, settings: QueueSettings) -> Arc<dyn MessageQueue> {
        Arc::new(self.sqs(settings))
    }

    pub fn sqs(&self, settings: QueueSettings) -> Sqs {
        Sqs::new(&self.sdk_config, settings.url, settings.dead_letter_url, &self.calls)
    }

    pub fn s3(&self) -> S3 {
        S3::new(self.sdk_config.clone(), self.process.s3_path_style, self.calls.clone())
    }

    pub fn notices(&self, target: NotifyTarget) -> Arc<dyn NoticeSink> {
        match target {
            NotifyTarget::Topic { arn, region } => {
                Arc::new(notify::sns::Sns::new(&self.sdk_config, arn, region, &self.calls))
            }
            NotifyTarget::Queue(url) => Arc::new(notify::sqs::Sqs::new(&self.sdk_config, url, &self.calls)),
        }
    }

    /// # Errors
    /// When the connection to Redshift cannot be prepared; as a sentence.
    pub fn loader(&self, warehouse: WarehouseSettings, loads: LoadSettings) -> Result<Loader, String> {
        let (metrics, progress) = (Arc::clone(&self.metrics), Arc::<Progress>::default());
        let store: Arc<dyn ObjectStore> = Arc::new(self.s3());
        let redshift = self.redshift(
            warehouse,
            &loads,
            Arc::clone(&store),
            Arc::clone(&metrics),
            Arc::clone(&progress),
        )?;
        Ok(Loader {
            store,
            warehouse: Arc::new(redshift),
            metrics,
            progress,
            name: self.process.loader_name.clone(),
            settings: loads,
            told: Told::default(),
            now: wall_clock,
        })
    }

    /// # Errors
    /// As of [`App::loader`].
    pub fn redshift(
        &self,
        warehouse: WarehouseSettings,
        loads: &LoadSettings,
        store: Arc<dyn ObjectStore>,
        metrics: Arc<Metrics>,
        progress: Arc<Progress>,
    ) -> Result<Redshift, String> {
        let sessions = SessionSettings {
            concurrent_loads: loads.max_concurrent,
            statement_timeout: loads.timeout,
            lock_wait_warning: loads.lock_wait_warning,
            loader: self.process.loader_name.clone(),
        };
        Redshift::new(warehouse, sessions, store, metrics, progress)
    }
}

/// The one place that reads the clock.
pub fn wall_clock() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "this is the edge; everything else is given the time")]
    Utc::now()
}
