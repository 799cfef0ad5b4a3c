//! Python clients that people use with Redshift, unmodified, against the running program: the tests are in
//! `tests/clients`, one file per client, and pytest runs them.

use std::path::Path;
use std::process::Command;

use crate::support::servers::{aws_environment, s3, snapshot};

#[test]
fn redshift_connector_works() {
    run("test_redshift_connector.py");
}

#[test]
fn psycopg2_works() {
    run("test_psycopg2.py");
}

#[test]
fn sqlalchemy_redshift_works() {
    run("test_sqlalchemy_redshift.py");
}

#[test]
fn awswrangler_works() {
    run("test_awswrangler.py");
}

#[test]
fn locopy_works() {
    run("test_locopy.py");
}

/// With a file's failures as the message, so that they are read where the test is named.
fn run(file: &str) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = project.join("../target/python/bin/python");
    let server = snapshot();
    let outcome = Command::new(&python)
        .args(["-m", "pytest", "--quiet", "--no-header", "--color=no", "-p", "no:cacheprovider"])
        .arg(project.join("tests/clients").join(file))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("REDSHIFT_LOCAL_PORT", server.port.to_string())
        .env("REDSHIFT_LOCAL_CA_FILE", &server.ca_file)
        .envs(aws_environment(&s3().url))
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; `make test` installs it", python.display()));
    let said = String::from_utf8_lossy(&outcome.stdout);
    let complained = String::from_utf8_lossy(&outcome.stderr);
    let hint = if complained.contains("No module named") || said.contains("ModuleNotFoundError") {
        "\nA Python package is missing: `make test` installs them all."
    } else {
        ""
    };
    assert!(outcome.status.success(), "{file}:\n{said}{complained}{hint}");
}
