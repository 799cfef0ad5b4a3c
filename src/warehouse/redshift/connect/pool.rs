//! The pool of sessions: how they are opened, kept alive, lent and thrown away.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use bb8::{ManageConnection, PooledConnection, RunError};
use bb8_postgres::PostgresConnectionManager;
use tokio::sync::broadcast;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::warehouse::{Tls, WarehouseSettings};
use crate::failure::{Failure, Stage};
use crate::telemetry::calls::{Call, CallResult};
use crate::telemetry::labels::SessionUse;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::metrics::news::InProgress;
use crate::warehouse::redshift::SessionSettings;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::errors::{self, NoSession};
use crate::warehouse::redshift::sql::session::{NOTHING, PING};

/// A COPY sends nothing for minutes, and NAT gateways drop a silent flow after 350 seconds or less: the kernel keeps
/// it alive, and notices in time when it is gone (redshift-facts 0.11).
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 4;
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(90);

/// For TCP, TLS, login and the first statements together: a server in maintenance may accept and then say nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// For the empty query that a session answers before it is lent again after a while. A connection that a firewall has forgotten never does.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Pool {
    pool: bb8::Pool<SessionManager>,
    /// Sessions at most.
    size: u32,
    /// Attempts to open a session that failed. The pool itself would only say, after its timeout, that there is none.
    refusals: broadcast::Sender<NoSession>,
    /// `user@host:port/database`, for error messages.
    address: String,
    metrics: Arc<Metrics>,
}

/// A session that is given back when it is dropped.
pub(crate) struct Lent<'a> {
    session: PooledConnection<'a, SessionManager>,
    /// It is counted as lent.
    _lent: InProgress,
}

impl Deref for Lent<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

pub(crate) struct SessionManager {
    connections: PostgresConnectionManager<MakeRustlsConnect>,
    tls: MakeRustlsConnect,
    statement_timeout: Duration,
    refusals: broadcast::Sender<NoSession>,
    metrics: Arc<Metrics>,
}

impl SessionManager {
    async fn open(&self) -> Result<Session, tokio_postgres::Error> {
        let client = self.connections.connect().await?;
        Session::new(client, self.tls.clone(), self.statement_timeout, &self.metrics).await
    }
}

impl ManageConnection for SessionManager {
    type Connection = Session;
    type Error = NoSession;

    async fn connect(&self) -> Result<Session, NoSession> {
        let opened = match tokio::time::timeout(CONNECT_TIMEOUT, self.open()).await {
            Ok(opened) => opened.map_err(|error| NoSession::Refused(Arc::new(error))),
            Err(_) => Err(NoSession::NoAnswer),
        };
        self.metrics.called(Call::Login, opened.as_ref().map_or_else(NoSession::result, |_| CallResult::Ok));
        if let Err(error) = &opened {
            // Nobody may be waiting for a session any more.
            drop(self.refusals.send(error.clone()));
        }
        opened
    }

    async fn is_valid(&self, session: &mut Session) -> Result<(), NoSession> {
        if session.is_fresh() {
            return Ok(());
        }
        has_answered(session).await
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        !session.is_reusable()
    }
}

impl Pool {
    pub(crate) fn new(
        settings: &WarehouseSettings,
        sessions: &SessionSettings,
        metrics: Arc<Metrics>,
    ) -> Result<Self, String> {
        let tls = MakeRustlsConnect::new(tls_config(settings.tls)?);
        let (refusals, _) = broadcast::channel(16);
        let manager = SessionManager {
            connections: PostgresConnectionManager::new(config(settings), tls.clone()),
            tls,
            statement_timeout: sessions.statement_timeout,
            refusals: refusals.clone(),
            metrics: Arc::clone(&metrics),
        };
        // Each load has two; one is for what comes after loads, two for probes and looks, and one for pages.
        let size = sessions.concurrent_loads.saturating_mul(2).saturating_add(4);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let pool = bb8::Pool::builder()
            .max_size(size)
            .connection_timeout(CONNECT_TIMEOUT + Duration::from_secs(10))
            .retry_connection(false)
            .build_unchecked(manager);
        let WarehouseSettings { host, port, database, user, .. } = settings;
        Ok(Self { pool, size, refusals, address: format!("{user}@{host}:{port}/{database}"), metrics })
    }

    /// Has a session answer, one that is there or one that is opened for it.
    pub(crate) async fn reach(&self, anew: bool) -> Result<(), Failure> {
        let answer = async {
            if anew {
                let opened = self.pool.dedicated_connection().await;
                let mut session = opened.map_err(|error| error.failure(&self.address, Stage::Inspect))?;
                ping(&mut session).await
            } else {
                ping(&mut *self.session(Stage::Inspect).await?).await
            }
        };
        let no_answer = |_| Err(NoSession::NoAnswer.failure(&self.address, Stage::Inspect));
        tokio::time::timeout(CONNECT_TIMEOUT + CHECK_TIMEOUT, answer).await.unwrap_or_else(no_answer)
    }

    /// Lends a session. When none can be opened and none is there to wait for, that is said at once.
    pub(crate) async fn session(&self, stage: Stage) -> Result<Lent<'_>, Failure> {
        let wanted = self.metrics.session_is(SessionUse::Wanted);
        let mut refusals = self.refusals.subscribe();
        let mut lending = Box::pin(self.pool.get());
        let mut last_refusal = None;
        let lent = loop {
            tokio::select! {
                biased;
                lent = &mut lending => break lent,
                Ok(error) = refusals.recv() => {
                    if self.pool.state().connections == 0 {
                        break Err(RunError::User(error));
                    }
                    last_refusal = Some(error);
                }
            }
        };
        drop(wanted);
        let lend = |session| Lent { session, _lent: self.metrics.session_is(SessionUse::Lent) };
        lent.map(lend).map_err(|error| {
            let why = match error {
                RunError::User(error) => error,
                // Others were lent for all that time, and no new one could be opened, or none was left to be opened.
                RunError::TimedOut => last_refusal.unwrap_or(NoSession::AllBusy(self.size)),
            };
            why.failure(&self.address, stage)
        })
    }

    /// Lends a session for the first statement of a load, which may come long after the last one, or after whatever has
    /// happened meanwhile: one that has not just been opened is asked whether it is still there.
    pub(crate) async fn session_after_pause(&self, stage: Stage) -> Result<Lent<'_>, Failure> {
        loop {
            let mut session = self.session(stage).await?;
            if session.is_new() || has_answered(&mut session).await.is_ok() {
                return Ok(session);
            }
            session.discard();
        }
    }
}

/// Asks nothing, only for an answer.
async fn has_answered(session: &mut Session) -> Result<(), NoSession> {
    match tokio::time::timeout(CHECK_TIMEOUT, session.rows(&NOTHING)).await {
        Ok(answer) => answer.map(drop).map_err(|error| NoSession::Refused(Arc::new(error))),
        Err(_) => Err(NoSession::NoAnswer),
    }
}

async fn ping(session: &mut Session) -> Result<(), Failure> {
    let answer = session.rows(&PING).await;
    answer.map(drop).map_err(|error| errors::statement_failed(PING.to_show(), Stage::Inspect, &error))
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

#[cfg(test)]
mod tests;
