//! Sessions of our own beside the clients': for logins, for preparation, and for what must survive a client's rollback.

use std::path::PathBuf;

use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};
use tokio_util::task::TaskTracker;

use super::launch::OWNER;
use crate::passwords::stored::Stored;
use crate::sql::quote::literal;

/// Opens superuser sessions.
#[derive(Clone)]
pub(crate) struct Control {
    socket_directory: PathBuf,
    tasks: TaskTracker,
}

impl Control {
    pub(crate) fn new(socket_directory: PathBuf, tasks: TaskTracker) -> Self {
        Self { socket_directory, tasks }
    }

    /// A new session, which ends when the client is dropped.
    pub(crate) async fn connect(&self, database: &str) -> Result<Client, Error> {
        let mut config = Config::new();
        config.host_path(&self.socket_directory).user(OWNER).dbname(database);
        config.options("-c standard_conforming_strings=on -c default_transaction_isolation=read\\ committed");
        let (client, connection) = config.connect(NoTls).await?;
        self.tasks.spawn(async move {
            // An error here reaches whoever waits for an answer on `client`.
            drop(connection.await);
        });
        Ok(client)
    }

    /// What is known of a user's password, `None` for a user who does not exist or has none.
    pub(crate) async fn stored_password(&self, user: &str) -> Result<Option<Stored>, Error> {
        let query = format!(
            "SELECT rolpassword FROM pg_authid WHERE rolcanlogin AND rolname::text = {}",
            literal(user)
        );
        // Not the template, which must be without sessions when somebody creates a database.
        let stored = first_value(&self.connect("postgres").await?, &query).await?;
        Ok(stored.and_then(|stored| Stored::from_catalog(&stored)))
    }

    pub(crate) async fn is_superuser(&self, user: &str) -> Result<bool, Error> {
        let query = format!("SELECT 1 FROM pg_authid WHERE rolsuper AND rolname::text = {}", literal(user));
        Ok(first_value(&self.connect("postgres").await?, &query).await?.is_some())
    }

    /// Ends the session of that number and waits until it is gone.
    pub(crate) async fn terminate(&self, pid: i32) -> Result<(), Error> {
        let query = format!("SELECT pg_terminate_backend({pid}, 5000)");
        first_value(&self.connect("postgres").await?, &query).await.map(drop)
    }
}

/// The first column of the first row.
pub(crate) async fn first_value(client: &Client, query: &str) -> Result<Option<String>, Error> {
    let messages = client.simple_query(query).await?;
    Ok(messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
