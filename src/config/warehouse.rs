//! Where Redshift is, as whom to load, and what is told of data in it.

use crate::config::address::{Endpoint, endpoint, is_host, is_role_arn};
use crate::config::environment::Environment;
use crate::model::ident::Ident;
use crate::model::secret::Secret;

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
    /// With their values, which are the producer's data; and with the text of statements that hold a lock, which may have
    /// somebody's data in it.
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

/// Reads what the warehouse needs.
pub fn read(environment: &mut Environment) -> WarehouseSettings {
    let ledger_default = Ident::new("s3_to_redshift").expect("the default is an identifier");
    WarehouseSettings {
        host: host(environment),
        port: environment.parsed("REDSHIFT_PORT", 5439, "a port number", |text| {
            text.parse().ok().filter(|port| *port > 0)
        }),
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
        ledger_schema: environment.parsed(
            "LEDGER_SCHEMA",
            ledger_default,
            "a schema name of at most 127 bytes that does not begin with pg_",
            // Redshift keeps such names to itself.
            |text| Ident::new(text).ok().filter(|schema| !schema.as_str().starts_with("pg_")),
        ),
        load_errors: LoadErrorSettings {
            shown: environment.parsed("LOAD_ERRORS_SHOWN", 5, "a number from 1 to 100", |text| {
                text.parse().ok().filter(|shown| (1..=100).contains(shown))
            }),
            with_values: environment
                .parsed("LOAD_ERROR_VALUES", false, "true or false", |text| text.parse().ok()),
        },
    }
}

/// The console shows `host:port/database` as the endpoint, and drivers want a URL.
fn host(environment: &mut Environment) -> String {
    let text = environment.required("REDSHIFT_HOST");
    if text.is_empty() || is_host(&text) {
        return text;
    }
    match endpoint(&text) {
        Some(Endpoint { host, port, database }) => {
            let port = port.map(|port| format!(", REDSHIFT_PORT={port}")).unwrap_or_default();
            let database = database.map(|name| format!(", REDSHIFT_DB={name}")).unwrap_or_default();
            environment.problem(format!(
                "REDSHIFT_HOST must be a host name alone; set REDSHIFT_HOST={host}{port}{database}"
            ));
        }
        // Not shown: there may be a password in it.
        None => environment.problem(
            "REDSHIFT_HOST must be a host name such as analytics.abc.eu-west-1.redshift.amazonaws.com, with the port in \
             REDSHIFT_PORT and the database in REDSHIFT_DB"
                .to_owned(),
        ),
    }
    text
}

fn copy_role(environment: &mut Environment) -> Option<CopyRole> {
    let expected = "`default` or the ARN of an IAM role such as arn:aws:iam::111122223333:role/copy, several separated by \
                    commas without spaces";
    environment.parsed("REDSHIFT_ROLE_ARN", None, expected, |text| match text {
        "default" => Some(Some(CopyRole::Default)),
        arns if arns.split(',').all(is_role_arn) => Some(Some(CopyRole::Arns(arns.to_owned()))),
        _ => None,
    })
}
