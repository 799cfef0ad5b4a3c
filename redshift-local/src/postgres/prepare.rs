//! First start: Redshift's catalog into the template of all databases, then the user and the database asked for.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::control::{Control, first_value, identifier, literal};
use crate::cli::Cli;

const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until PostgreSQL answers, then brings it to the state the flags ask for. Safe to repeat on kept data.
pub(crate) async fn prepare(control: &Control, cli: &Cli) -> anyhow::Result<()> {
    let template = first_session(control).await?;
    if !exists(&template, "pg_namespace", "nspname", "redshift_catalog").await? {
        template
            .batch_execute(include_str!("../catalog/catalog.sql"))
            .await
            .context("Redshift's catalog could not be installed")?;
    }

    let user = identifier(&cli.user);
    let verb = if exists(&template, "pg_authid", "rolname", &cli.user).await? { "ALTER" } else { "CREATE" };
    let password = literal(&cli.password);
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

async fn first_session(control: &Control) -> anyhow::Result<Client> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match control.connect("template1").await {
            Ok(client) => return Ok(client),
            Err(error) if Instant::now() > deadline => {
                return Err(error).context(format!("PostgreSQL did not answer within {PATIENCE:?}"));
            }
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Repeats while the last session of the template is still on its way out (55006, object in use).
async fn create_database(client: &Client, statement: &str) -> Result<(), tokio_postgres::Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match client.batch_execute(statement).await {
            Err(error)
                if error.code() == Some(&tokio_postgres::error::SqlState::OBJECT_IN_USE)
                    && Instant::now() < deadline =>
            {
                sleep(Duration::from_millis(10)).await;
            }
            outcome => return outcome,
        }
    }
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
