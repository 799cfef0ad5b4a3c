//! The statement timeout, where PostgreSQL does not watch it: its clock stands still while it waits for a COPY's rows.

use std::time::Duration;

use tokio::time::Instant;

use super::failure::Failure;
use super::state::Session;

impl Session {
    /// How long a statement may take, as the session has set it.
    pub(crate) async fn statement_timeout(&mut self) -> Result<Option<Duration>, Failure> {
        let query = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'";
        let rows = self.backend.ask(query).await?;
        let setting = rows.into_iter().flatten().flatten().next();
        let milliseconds = setting.and_then(|setting| setting.parse().ok()).filter(|&set| set > 0);
        Ok(milliseconds.map(Duration::from_millis))
    }
}

/// Waits until a statement that began then has taken too long.
pub(crate) async fn overdue(began: Instant, timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep_until(began + timeout).await,
        None => std::future::pending().await,
    }
}
