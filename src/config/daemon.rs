//! How the daemon lives.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::environment::Environment;
use crate::model::maintenance::MaintenanceWindows;
use crate::model::secret::Secret;

const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
/// What SQS lets one queue have in flight.
const MOST_HELD_MESSAGES: usize = 120_000;
/// Bytes of a token that nobody guesses, and of one that fits into a header.
const TOKEN: RangeInclusive<usize> = 16..=1024;
const LONGEST_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// How the daemon lives.
#[derive(Debug, Clone, PartialEq)]
pub struct DaemonSettings {
    /// Messages received and not yet settled.
    pub max_held_messages: usize,
    pub visibility_timeout: Duration,
    /// How long a drain may take before loads are aborted.
    pub shutdown_grace: Duration,
    pub listen_address: SocketAddr,
    /// The directory that the `config` of a message may name files of; `None`: it may name none.
    pub table_config_dir: Option<PathBuf>,
    /// When no load is started.
    pub maintenance: MaintenanceWindows,
    /// How often S3 is compared with the ledger; `None`: never.
    pub missing_interval: Option<Duration>,
    /// What whoever controls the daemon over HTTP must send; `None`: nobody does.
    pub control_token: Option<Secret>,
}

/// Reads how the daemon lives.
pub fn read(environment: &mut Environment) -> DaemonSettings {
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080));
    let settings = DaemonSettings {
        max_held_messages: environment.count("MAX_HELD_MESSAGES", 1000),
        visibility_timeout: environment.duration("VISIBILITY_TIMEOUT", FIVE_MINUTES),
        shutdown_grace: environment.duration("SHUTDOWN_GRACE", FIVE_MINUTES),
        listen_address: environment.parsed(
            "LISTEN_ADDRESS",
            anywhere,
            "an address and port such as 0.0.0.0:8080",
            |text| text.parse().ok(),
        ),
        table_config_dir: environment.parsed(
            "TABLE_CONFIG_DIR",
            None,
            "the absolute path of a directory that is there",
            |text| {
                let path = PathBuf::from(text);
                (path.is_absolute() && path.is_dir()).then_some(Some(path))
            },
        ),
        maintenance: maintenance(environment),
        missing_interval: environment.parsed(
            "MISSING_INTERVAL",
            None,
            "a duration of at least 5m with a unit, such as 1h",
            |text| {
                humantime::parse_duration(text).ok().filter(|interval| *interval >= FIVE_MINUTES).map(Some)
            },
        ),
        control_token: control_token(environment),
    };
    if settings.max_held_messages > MOST_HELD_MESSAGES {
        environment.problem("MAX_HELD_MESSAGES must be at most 120000, which is SQS's limit".to_owned());
    }
    if settings.visibility_timeout > LONGEST_VISIBILITY {
        environment.problem("VISIBILITY_TIMEOUT must be at most 12h, which is SQS's limit".to_owned());
    }
    settings
}

fn maintenance(environment: &mut Environment) -> MaintenanceWindows {
    let text = environment.setting("MAINTENANCE_WINDOW").unwrap_or_default();
    MaintenanceWindows::parse(&text).unwrap_or_else(|wrong| {
        environment.problem(format!(
            "MAINTENANCE_WINDOW must be cron expressions with durations, such as `0 3 * * SUN 2h`, separated by semicolons: {wrong}"
        ));
        MaintenanceWindows::default()
    })
}

/// Never shown, however wrong it is.
fn control_token(environment: &mut Environment) -> Option<Secret> {
    let token = environment.setting("CONTROL_TOKEN")?;
    if !TOKEN.contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        environment.problem(
            "CONTROL_TOKEN must have 16 to 1024 characters of ASCII without blanks, such as `openssl rand -hex 32` prints"
                .to_owned(),
        );
    }
    Some(Secret::new(token))
}
