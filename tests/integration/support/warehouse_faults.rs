//! Faults of Redshift, ordered from redshift-local for the sessions of one scenario only.

use crate::support::scenario::{Scenario, Session};
use crate::support::secrets::SECRETS;
use crate::support::wait;

impl Scenario {
    /// Gives the program under test a user of its own, by whom its sessions are known, and returns a session that
    /// orders faults.
    pub(crate) async fn with_own_user(&mut self) -> Session {
        let session = self.session().await;
        let password = &SECRETS.user_password;
        session.query(&format!("CREATE USER {} PASSWORD '{password}' CREATEUSER", self.name)).await;
        self.variables.insert("REDSHIFT_USER".to_owned(), self.name.clone());
        self.variables.insert("REDSHIFT_PASSWORD".to_owned(), password.clone());
        session
    }

    /// Arms a fault for the program under test, once, and returns its number: `'before_commit', 'cut'`.
    pub(crate) async fn inject(&self, session: &Session, fault: &str) -> String {
        let order = format!("SELECT redshift_local.inject({fault}, user_name => '{}')", self.name);
        session.query(&order).await.pop().expect("a fault has a number")
    }
}

impl Session {
    /// Waits until the fault has struck.
    pub(crate) async fn struck(&self, fault: &str) {
        let patience = wait::LIMIT.as_secs();
        self.query(&format!("SELECT redshift_local.wait_for_fault({fault}, {patience})")).await;
    }
}
