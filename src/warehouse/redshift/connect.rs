//! Sessions: how they are opened, kept alive, lent and thrown away.

use std::sync::Arc;
use std::time::Duration;

use bb8::{ManageConnection, PooledConnection, RunError};
use bb8_postgres::PostgresConnectionManager;
use tokio::sync::broadcast;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::sync::CancellationToken;

use crate::config::settings::{Tls, WarehouseSettings};
use crate::failure::{Failure, FailureKind, Stage};
use crate::warehouse::redshift::Usage;
use crate::warehouse::redshift::errors;

/// A COPY sends nothing for minutes, and NAT gateways drop a silent flow after 350 seconds or less: the kernel keeps
/// it alive, and notices in time when it is gone (redshift-facts 0.11).
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 4;
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(90);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a cancelled statement may take to end before its session is thrown away.
const CANCEL_GRACE: Duration = Duration::from_secs(10);

pub(super) struct Pool {
    pool: bb8::Pool<SessionManager>,
    /// Attempts to open a session that failed. The pool itself would only say, after its timeout, that there is none.
    refusals: broadcast::Sender<Arc<tokio_postgres::Error>>,
    tls: MakeRustlsConnect,
    /// `user@host:port/database`, for error messages.
    address: String,
}

/// One session with Redshift. Statements go as simple queries: everything comes back as text, so no type is looked up
/// in catalogs that Redshift lacks and no NUMERIC is misread (redshift-facts 0.4, 0.5).
pub(super) struct Session {
    client: Client,
    /// Set while a transaction is open or a statement may still run; such a session is never lent again.
    spoiled: bool,
    /// The server's process id, which error views call the session.
    pub(super) process_id: i32,
}

pub(super) type Lent<'a> = PooledConnection<'a, SessionManager>;

pub(super) struct SessionManager {
    connections: PostgresConnectionManager<MakeRustlsConnect>,
    statement_timeout: Duration,
}

impl ManageConnection for SessionManager {
    type Connection = Session;
    type Error = tokio_postgres::Error;

    async fn connect(&self) -> Result<Session, tokio_postgres::Error> {
        let client = self.connections.connect().await?;
        // The session's zone decides how text becomes TIMESTAMPTZ.
        client.batch_execute("SET timezone TO 'UTC'").await?;
        let mut session = Session { client, spoiled: false, process_id: 0 };
        session.limit_statements(self.statement_timeout).await?;
        let rows = session.rows("SELECT pg_backend_pid()").await?;
        session.process_id = rows.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or_default();
        Ok(session)
    }

    async fn is_valid(&self, session: &mut Session) -> Result<(), tokio_postgres::Error> {
        session.client.simple_query("").await.map(drop)
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.spoiled || session.client.is_closed()
    }
}

impl Pool {
    pub(super) fn new(settings: &WarehouseSettings, usage: &Usage) -> Result<Self, String> {
        let tls = MakeRustlsConnect::new(tls_config(settings.tls)?);
        let manager = SessionManager {
            connections: PostgresConnectionManager::new(config(settings), tls.clone()),
            statement_timeout: usage.statement_timeout,
        };
        let (refusals, _) = broadcast::channel(16);
        let sessions = usage.concurrent_loads.saturating_mul(2).saturating_add(2);
        let pool = bb8::Pool::builder()
            .max_size(u32::try_from(sessions).unwrap_or(u32::MAX))
            .connection_timeout(CONNECT_TIMEOUT * 2)
            .retry_connection(false)
            .error_sink(Box::new(Refusals(refusals.clone())))
            .build_unchecked(manager);
        let WarehouseSettings { host, port, database, user, .. } = settings;
        Ok(Self { pool, refusals, tls, address: format!("{user}@{host}:{port}/{database}") })
    }

    pub(super) async fn session(&self, stage: Stage) -> Result<Lent<'_>, Failure> {
        let mut refusals = self.refusals.subscribe();
        let lent = tokio::select! {
            biased;
            lent = self.pool.get() => lent,
            Ok(error) = refusals.recv() => {
                return Err(errors::connection_failed(&self.address, stage, &error));
            }
        };
        lent.map_err(|error| match error {
            RunError::User(error) => errors::connection_failed(&self.address, stage, &error),
            RunError::TimedOut => Failure::new(
                FailureKind::WarehouseUnavailable,
                stage,
                format!("cannot connect to Redshift as {}: no session became free in time", self.address),
            ),
        })
    }

    /// Runs a statement that `abort` cancels on the server. The session is spoiled when it was cancelled.
    pub(super) async fn run_abortable(
        &self,
        session: &mut Session,
        statement: &str,
        abort: &CancellationToken,
    ) -> Result<Vec<SimpleQueryRow>, Interrupted> {
        let cancel = session.client.cancel_token();
        let mut running = Box::pin(session.rows(statement));
        tokio::select! {
            biased;
            result = &mut running => return result.map_err(Interrupted::Refused),
            () = abort.cancelled() => {}
        }
        // The statement is awaited in any case: only its end tells that the server has let go of its locks.
        if let Err(error) = cancel.cancel_query(self.tls.clone()).await {
            tracing::warn!(%error, "cancel request to Redshift failed");
        }
        let ended = tokio::time::timeout(CANCEL_GRACE, &mut running).await;
        drop(running);
        session.spoiled |= ended.is_err();
        Err(Interrupted::Aborted)
    }
}

/// Passes on what the pool would keep to itself.
#[derive(Debug, Clone)]
struct Refusals(broadcast::Sender<Arc<tokio_postgres::Error>>);

impl bb8::ErrorSink<tokio_postgres::Error> for Refusals {
    fn sink(&self, error: tokio_postgres::Error) {
        // Nobody may be waiting for a session any more.
        drop(self.0.send(Arc::new(error)));
    }

    fn boxed_clone(&self) -> Box<dyn bb8::ErrorSink<tokio_postgres::Error>> {
        Box::new(self.clone())
    }
}

/// Why a statement gave no result.
pub(super) enum Interrupted {
    Refused(tokio_postgres::Error),
    Aborted,
}

impl Session {
    /// Runs one statement and returns its rows as text.
    pub(super) async fn rows(
        &mut self,
        statement: &str,
    ) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
        let messages = self.client.simple_query(statement).await?;
        Ok(messages
            .into_iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            })
            .collect())
    }

    /// The session is closed when it is given back.
    pub(super) fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// The longest that a statement may take from now on, its wait for locks included (redshift-facts 2.7).
    pub(super) async fn limit_statements(&mut self, timeout: Duration) -> Result<(), tokio_postgres::Error> {
        self.rows(&format!("SET statement_timeout TO {}", timeout.as_millis())).await.map(drop)
    }

    pub(super) async fn begin(&mut self) -> Result<(), tokio_postgres::Error> {
        self.spoiled = true;
        self.rows("BEGIN").await.map(drop)
    }

    pub(super) async fn commit(&mut self) -> Result<(), tokio_postgres::Error> {
        self.rows("COMMIT").await?;
        self.spoiled = false;
        Ok(())
    }

    /// Rolls back; a session that cannot even do that is thrown away, which rolls back as well.
    pub(super) async fn roll_back(&mut self) {
        let rolled_back = tokio::time::timeout(CANCEL_GRACE, self.rows("ROLLBACK")).await;
        self.spoiled = !matches!(rolled_back, Ok(Ok(_)));
    }
}

fn config(settings: &WarehouseSettings) -> Config {
    let mut config = Config::new();
    config
        .host(&settings.host)
        .port(settings.port)
        .dbname(&settings.database)
        .user(&settings.user)
        .password(settings.password.reveal())
        .application_name("s3-to-redshift")
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_user_timeout(TCP_USER_TIMEOUT)
        .keepalives(true)
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES)
        .ssl_mode(match settings.tls {
            Tls::VerifyFull => SslMode::Require,
            Tls::Disable => SslMode::Disable,
        });
    config
}

/// Roots of the operating system, where Amazon's are (redshift-facts 5.5); `SSL_CERT_FILE` names others.
fn tls_config(tls: Tls) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    if tls == Tls::VerifyFull {
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            let reason = found.errors.first().map(ToString::to_string).unwrap_or_default();
            return Err(format!(
                "no root certificates were found to verify Redshift with ({reason}); install the package \
                 ca-certificates or set SSL_CERT_FILE"
            ));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
