//! First start: Redshift's catalog into the template of all databases, then the user and the database asked for.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::control::{Control, first_value};
use super::launch::is_ready;
use crate::catalog;
use crate::cli::Cli;
use crate::passwords::stored::Stored;
use crate::sql::quote::{identifier, literal};

const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until PostgreSQL answers, then brings it to the state the flags ask for. Safe to repeat on kept data.
pub(crate) async fn prepare(control: &Control, pid_file: &Path, cli: &Cli) -> anyhow::Result<()> {
    let template = first_session(control, pid_file).await?;
    let installed =
        first_value(&template, "SELECT 1 WHERE to_regnamespace('redshift_catalog') IS NOT NULL").await?;
    if installed.is_none() {
        install_catalog(&template).await?;
    }

    let user = identifier(&cli.user);
    let verb = if exists(&template, "pg_authid", "rolname", &cli.user).await? { "ALTER" } else { "CREATE" };
    let password = literal(&Stored::plain(&cli.user, &cli.password).to_catalog());
    let role = format!("{verb} ROLE {user} LOGIN SUPERUSER PASSWORD {password}");
    template.batch_execute(&role).await.with_context(|| format!("the user {user} could not be made"))?;

    if !exists(&template, "pg_database", "datname", &cli.database).await? {
        // The template is copied, which needs it to be without sessions.
        drop(template);
        let owner = control.connect("postgres").await?;
        let database = identifier(&cli.database);
        create_database(&owner, &format!("CREATE DATABASE {database} OWNER {user}"))
            .await
            .with_context(|| format!("the database {database} could not be made"))?;
    }
    Ok(())
}

/// All of it or nothing: a schema that exists says that the rest does too.
async fn install_catalog(template: &Client) -> anyhow::Result<()> {
    template.batch_execute("BEGIN; SET LOCAL allow_system_table_mods = on").await?;
    for (name, sql) in catalog::FILES {
        template
            .batch_execute(sql)
            .await
            .with_context(|| format!("Redshift's catalog could not be installed: {name}.sql"))?;
    }
    Ok(template.batch_execute("COMMIT").await?)
}

async fn first_session(control: &Control, pid_file: &Path) -> anyhow::Result<Client> {
    let ready = async {
        while !is_ready(pid_file) {
            sleep(PAUSE).await;
        }
        // The file may be an old one, of a PostgreSQL that was killed.
        loop {
            match control.connect("template1").await {
                Ok(client) => return client,
                Err(_) => sleep(PAUSE).await,
            }
        }
    };
    timeout(PATIENCE, ready).await.with_context(|| format!("PostgreSQL did not answer within {PATIENCE:?}"))
}

/// Repeats while the last session of the template is still on its way out (55006, object in use).
async fn create_database(client: &Client, statement: &str) -> anyhow::Result<()> {
    let created = async {
        loop {
            match client.batch_execute(statement).await {
                Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => sleep(PAUSE).await,
                outcome => return outcome,
            }
        }
    };
    Ok(timeout(PATIENCE, created).await.context("the template of databases stays in use")??)
}

async fn exists(
    client: &Client,
    catalog: &str,
    column: &str,
    name: &str,
) -> Result<bool, tokio_postgres::Error> {
    let query = format!("SELECT 1 FROM pg_catalog.{catalog} WHERE {column} = {}", literal(name));
    Ok(first_value(client, &query).await?.is_some())
}
