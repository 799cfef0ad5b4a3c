//! How loads run: how many, how long, and with how many rows.

use std::time::Duration;

use crate::config::environment::Environment;
use crate::model::object::SourceBucket;
use crate::plan::row_count::RowCountPolicy;

/// Redshift counts a statement's time-out in milliseconds of 32 bits.
const LONGEST_LOAD: Duration = Duration::from_secs(24 * 24 * 60 * 60);

/// How loads run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadSettings {
    /// Loads at one time, of different tables.
    pub max_concurrent: usize,
    pub timeout: Duration,
    /// A load that waits for a lock for longer than this says in the log who holds it.
    pub lock_wait_warning: Duration,
    pub row_count_policy: RowCountPolicy,
    /// Where generated manifests go; `None`: a folder of the data's bucket.
    pub manifest_folder: Option<SourceBucket>,
    pub own_sql: OwnSqlPolicy,
}

/// Whether table configs may bring SQL along. Whoever writes one has it run as the loader's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnSqlPolicy {
    Allow,
    Refuse,
}

/// Reads how loads run.
pub fn read(environment: &mut Environment) -> LoadSettings {
    let timeout = environment.duration("LOAD_TIMEOUT", Duration::from_secs(2 * 60 * 60));
    if timeout > LONGEST_LOAD {
        environment.problem("LOAD_TIMEOUT must be at most 24d".to_owned());
    }
    LoadSettings {
        max_concurrent: environment.count("MAX_CONCURRENT_LOADS", 4),
        timeout,
        lock_wait_warning: environment.duration("LOCK_WAIT_WARNING", Duration::from_secs(30)),
        row_count_policy: row_count_policy(environment),
        manifest_folder: environment.parsed(
            "MANIFEST_URL",
            None,
            "a folder such as s3://bucket/prefix/",
            |text| text.strip_prefix("s3://").and_then(SourceBucket::parse).map(Some),
        ),
        own_sql: environment.parsed("TABLE_CONFIG_SQL", OwnSqlPolicy::Allow, "allow or refuse", |text| {
            match text {
                "allow" => Some(OwnSqlPolicy::Allow),
                "refuse" => Some(OwnSqlPolicy::Refuse),
                _ => None,
            }
        }),
    }
}

fn row_count_policy(environment: &mut Environment) -> RowCountPolicy {
    RowCountPolicy {
        refuses_zero: environment.parsed("ZERO_ROWS", false, "load or refuse", |text| match text {
            "load" => Some(false),
            "refuse" => Some(true),
            _ => None,
        }),
        largest_drop: environment.parsed("ROW_COUNT_DROP", None, "a share from 1% to 99%", |text| {
            let percent = text.strip_suffix('%')?.trim().parse().ok();
            percent.filter(|percent| (1..100).contains(percent)).map(Some)
        }),
    }
}
