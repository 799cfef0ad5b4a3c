//! What can be configured, one struct for each concern.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::environment::{Environment, InvalidConfiguration};
use crate::config::secret::Secret;
use crate::model::ident::Ident;
use crate::model::object::SourceBucket;
use crate::plan::row_count::RowCountPolicy;

/// Where the queue is. Needed by `serve` and `enqueue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    pub url: String,
    /// `None`: found through the queue's redrive policy.
    pub dead_letter_url: Option<String>,
}

/// Where Redshift is, and as whom to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseSettings {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    pub password: Secret,
    pub tls: Tls,
    /// `None`: COPY gets the keys of the AWS credential chain.
    pub copy_role: Option<CopyRole>,
    pub ledger_schema: Ident,
    pub load_errors: LoadErrorSettings,
}

/// What is told of rows that COPY refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadErrorSettings {
    /// As many rows as this.
    pub shown: u32,
    /// With their values, which are the producer's data.
    pub with_values: bool,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted, with the server's certificate chain and name checked.
    VerifyFull,
    /// In the clear; for a stand-in on this machine.
    Disable,
}

/// The IAM role that Redshift assumes for COPY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyRole {
    /// The cluster's default role.
    Default,
    /// One ARN, or several in a chain, separated by commas.
    Arns(String),
}

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
}

/// How the daemon lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonSettings {
    /// Messages received and not yet settled.
    pub max_held_messages: usize,
    pub visibility_timeout: Duration,
    /// How long a drain may take before loads are aborted.
    pub shutdown_grace: Duration,
    pub listen_address: SocketAddr,
}

/// How logs look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// `None`: as suits the command.
    pub format: Option<LogFormat>,
    /// `RUST_LOG`'s text.
    pub filter: Option<String>,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, fields at the top, for machines.
    Json,
    /// For people.
    Text,
}

const MINUTE: Duration = Duration::from_secs(60);
/// What SQS lets one queue have in flight.
const MOST_HELD_MESSAGES: usize = 120_000;
/// Redshift counts a statement's time-out in milliseconds of 32 bits.
const LONGEST_LOAD: Duration = Duration::from_secs(24 * 24 * 60 * 60);
const LONGEST_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// Reads what the queue needs.
pub fn queue(environment: &mut Environment) -> QueueSettings {
    QueueSettings {
        url: environment.required("QUEUE_URL"),
        dead_letter_url: environment.optional("DEAD_LETTER_QUEUE_URL"),
    }
}

/// Reads what the warehouse needs.
pub fn warehouse(environment: &mut Environment) -> WarehouseSettings {
    let ledger_default = Ident::new("s3_to_redshift").expect("the default is an identifier");
    WarehouseSettings {
        host: environment.required("REDSHIFT_HOST"),
        port: environment.parsed("REDSHIFT_PORT", 5439, "a port number", |text| text.parse().ok()),
        database: environment.required("REDSHIFT_DB"),
        user: environment.required("REDSHIFT_USER"),
        password: environment.required_secret("REDSHIFT_PASSWORD"),
        tls: environment.parsed("REDSHIFT_SSLMODE", Tls::VerifyFull, "verify-full or disable", |text| {
            match text {
                "verify-full" => Some(Tls::VerifyFull),
                "disable" => Some(Tls::Disable),
                _ => None,
            }
        }),
        copy_role: copy_role(environment),
        ledger_schema: environment
            .parsed("LEDGER_SCHEMA", ledger_default, "a schema name", |text| Ident::new(text).ok()),
        load_errors: LoadErrorSettings {
            shown: environment.parsed("LOAD_ERRORS_SHOWN", 5, "a number from 1 to 100", |text| {
                text.parse().ok().filter(|shown| (1..=100).contains(shown))
            }),
            with_values: environment
                .parsed("LOAD_ERROR_VALUES", false, "true or false", |text| text.parse().ok()),
        },
    }
}

fn copy_role(environment: &mut Environment) -> Option<CopyRole> {
    let expected = "`default` or the ARN of an IAM role, several separated by commas without spaces";
    environment.parsed("REDSHIFT_ROLE_ARN", None, expected, |text| {
        let is_arn = |part: &str| part.starts_with("arn:") && !part.contains(char::is_whitespace);
        match text {
            "default" => Some(Some(CopyRole::Default)),
            arns if arns.split(',').all(is_arn) => Some(Some(CopyRole::Arns(arns.to_owned()))),
            _ => None,
        }
    })
}

/// Reads how loads run.
pub fn loads(environment: &mut Environment) -> LoadSettings {
    let timeout = environment.duration("LOAD_TIMEOUT", 120 * MINUTE);
    if timeout > LONGEST_LOAD {
        environment.problem("LOAD_TIMEOUT must be at most 24d".to_owned());
    }
    LoadSettings {
        max_concurrent: environment.count("MAX_CONCURRENT_LOADS", 4),
        timeout,
        lock_wait_warning: environment.duration("LOCK_WAIT_WARNING", MINUTE / 2),
        row_count_policy: row_count_policy(environment),
        manifest_folder: environment.parsed(
            "MANIFEST_URL",
            None,
            "a folder such as s3://bucket/prefix/",
            |text| text.strip_prefix("s3://").and_then(SourceBucket::parse).map(Some),
        ),
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

/// Reads how the daemon lives.
pub fn daemon(environment: &mut Environment) -> DaemonSettings {
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080));
    let settings = DaemonSettings {
        max_held_messages: environment.count("MAX_HELD_MESSAGES", 1000),
        visibility_timeout: environment.duration("VISIBILITY_TIMEOUT", 5 * MINUTE),
        shutdown_grace: environment.duration("SHUTDOWN_GRACE", 5 * MINUTE),
        listen_address: environment.parsed(
            "LISTEN_ADDRESS",
            anywhere,
            "an address and port such as 0.0.0.0:8080",
            |text| text.parse().ok(),
        ),
    };
    if settings.max_held_messages > MOST_HELD_MESSAGES {
        environment.problem("MAX_HELD_MESSAGES must be at most 120000, which is SQS's limit".to_owned());
    }
    if settings.visibility_timeout > LONGEST_VISIBILITY {
        environment.problem("VISIBILITY_TIMEOUT must be at most 12h, which is SQS's limit".to_owned());
    }
    settings
}

/// Reads how logs look.
pub fn logs(environment: &mut Environment) -> LogSettings {
    LogSettings {
        format: environment.parsed("LOG_FORMAT", None, "json or text", |text| match text {
            "json" => Some(Some(LogFormat::Json)),
            "text" => Some(Some(LogFormat::Text)),
            _ => None,
        }),
        filter: environment.optional("RUST_LOG"),
    }
}

/// Whether S3 is asked for at an endpoint of the user's, where buckets have no host names of their own.
pub fn s3_path_style(environment: &Environment) -> bool {
    ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().any(|name| environment.optional(name).is_some())
}

/// The name under which this process writes its loads into the ledger.
pub fn loader_name(environment: &Environment) -> String {
    let host = environment.optional("HOSTNAME").unwrap_or_else(|| "localhost".to_owned());
    format!("s3-to-redshift {} on {host}", env!("CARGO_PKG_VERSION"))
}

/// Everything that `serve` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSettings {
    pub queue: QueueSettings,
    pub warehouse: WarehouseSettings,
    pub loads: LoadSettings,
    pub daemon: DaemonSettings,
}

impl ServeSettings {
    pub fn read(mut environment: Environment) -> Result<Self, InvalidConfiguration> {
        let settings = Self {
            queue: queue(&mut environment),
            warehouse: warehouse(&mut environment),
            loads: loads(&mut environment),
            daemon: daemon(&mut environment),
        };
        environment.finish(settings)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    const COMPLETE: [(&str, &str); 5] = [
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/loads"),
        ("REDSHIFT_HOST", "redshift.example.com"),
        ("REDSHIFT_DB", "analytics"),
        ("REDSHIFT_USER", "loader"),
        ("REDSHIFT_PASSWORD", "secret"),
    ];

    #[test]
    fn defaults_are_those_of_the_contract() {
        let settings = ServeSettings::read(environment(&COMPLETE)).unwrap();
        assert_eq!((settings.warehouse.port, settings.warehouse.tls), (5439, Tls::VerifyFull));
        assert_eq!(settings.warehouse.ledger_schema.as_str(), "s3_to_redshift");
        let load_errors = LoadErrorSettings { shown: 5, with_values: false };
        assert_eq!(settings.warehouse.load_errors, load_errors);
        assert_eq!((settings.loads.max_concurrent, settings.loads.timeout), (4, 120 * MINUTE));
        assert_eq!(settings.daemon.max_held_messages, 1000);
        assert_eq!(settings.daemon.visibility_timeout, 5 * MINUTE);
        assert_eq!(settings.daemon.shutdown_grace, 5 * MINUTE);
        assert_eq!(settings.daemon.listen_address.to_string(), "0.0.0.0:8080");
    }

    #[test]
    fn every_problem_is_reported_at_once_and_no_secret_is() {
        let broken = environment(&[
            ("REDSHIFT_PASSWORD", "hunter2"),
            ("REDSHIFT_PORT", "many"),
            ("REDSHIFT_SSLMODE", "prefer"),
            ("REDSHIFT_ROLE_ARN", "a role"),
            ("MAX_CONCURRENT_LOADS", "0"),
            ("LOAD_TIMEOUT", "7200"),
            ("VISIBILITY_TIMEOUT", "13h"),
            ("LISTEN_ADDRESS", "8080"),
            ("MANIFEST_URL", "/tmp"),
        ]);
        let text = ServeSettings::read(broken).unwrap_err().to_string();
        expect![[r#"
            the configuration is not usable:
              - QUEUE_URL is required
              - REDSHIFT_HOST is required
              - REDSHIFT_PORT must be a port number, not `many`
              - REDSHIFT_DB is required
              - REDSHIFT_USER is required
              - REDSHIFT_SSLMODE must be verify-full or disable, not `prefer`
              - REDSHIFT_ROLE_ARN must be `default` or the ARN of an IAM role, several separated by commas without spaces, not `a role`
              - LOAD_TIMEOUT must be a duration of at least 1s with a unit, such as 90s or 5m, not `7200`
              - MAX_CONCURRENT_LOADS must be a number of at least 1, not `0`
              - MANIFEST_URL must be a folder such as s3://bucket/prefix/, not `/tmp`
              - LISTEN_ADDRESS must be an address and port such as 0.0.0.0:8080, not `8080`
              - VISIBILITY_TIMEOUT must be at most 12h, which is SQS's limit"#]]
        .assert_eq(&text);
    }
}
