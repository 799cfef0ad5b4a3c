//! Everything that the daemon needs, read and checked together.

use crate::config::daemon::{self, DaemonSettings};
use crate::config::environment::{Environment, InvalidConfiguration};
use crate::config::loads::{self, LoadSettings};
use crate::config::queue::{self, QueueSettings};
use crate::config::warehouse::{self, WarehouseSettings};

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
            queue: queue::read(&mut environment),
            warehouse: warehouse::read(&mut environment),
            loads: loads::read(&mut environment),
            daemon: daemon::read(&mut environment),
        };
        environment.finish(settings)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;

    use super::*;
    use crate::config::warehouse::{LoadErrorSettings, Tls};

    const MINUTE: Duration = Duration::from_secs(60);

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
