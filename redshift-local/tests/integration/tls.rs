//! TLS: whom clients can check, who must speak it, and that cancelling and vanishing work through it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::support::Fixture;
use crate::support::servers::{Server, serializable, snapshot, start_with};
use crate::support::session::{Session, config, described};

/// A client that checks the chain and the name.
fn trusting(ca_file: &Path, versions: &[&'static SupportedProtocolVersion]) -> MakeRustlsConnect {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca_file).expect("it is a certificate"))
        .expect("it can be trusted");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .expect("there are such versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

const BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

fn encrypted(server: &Server) -> tokio_postgres::Config {
    let mut config = config(server);
    config.ssl_mode(SslMode::Require);
    config
}

#[tokio::test]
async fn the_chain_and_the_name_can_be_checked_in_tls_1_2_and_1_3() {
    let server = snapshot();
    for version in BOTH {
        let tls = trusting(&server.ca_file, &[version]);
        let session =
            Session::connect_through(&encrypted(server), tls).await.expect("the name is an address");
        assert_eq!(session.value("SELECT 1").await, "1");
    }
    for (name, certified) in [("localhost", true), ("elsewhere.example", false)] {
        let tls = trusting(&server.ca_file, &BOTH);
        let connected = Session::connect_through(&called(server, name), tls).await;
        assert_eq!(connected.is_ok(), certified, "{name}");
    }
}

/// The server under another name than its address.
fn called(server: &Server, name: &str) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config.host(name).hostaddr([127, 0, 0, 1].into()).port(server.port);
    config.user("dev").password("dev").dbname("dev").ssl_mode(SslMode::Require);
    config
}

#[tokio::test]
async fn another_authority_is_not_believed() {
    let tls = trusting(&serializable().ca_file, &BOTH);
    let error =
        Session::connect_through(&encrypted(snapshot()), tls).await.err().expect("it is a stranger's");
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(cause.contains("invalid peer certificate"), "{error}: {cause}");
}

fn psql(server: &Server, host: &str, options: &str) -> std::process::Output {
    let connection = format!("host={host} port={} user=dev dbname=dev {options}", server.port);
    Command::new("psql")
        .args(["-X", "-At", "-c", "SELECT 'it works'", &connection])
        .env("PGPASSWORD", "dev")
        .output()
        .expect("psql comes with PostgreSQL")
}

#[test]
fn psql_verifies_in_full() {
    let server = snapshot();
    for host in ["localhost", "127.0.0.1"] {
        let options = format!("sslmode=verify-full sslrootcert={}", server.ca_file.display());
        let output = psql(server, host, &options);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "it works\n", "{output:?}");
    }
}

#[tokio::test]
async fn without_tls_nobody_gets_in_where_it_is_required() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let ca_file = directory.path().join("trust.pem");
    let chosen = ca_file.to_str().expect("the path is UTF-8");
    let server = start_with(&["--tls", "require", "--tls-name", "redshift.test", "--tls-ca-file", chosen]);
    assert_eq!(server.ca_file, ca_file);
    let error =
        Session::connect_with(config(&server).ssl_mode(SslMode::Disable)).await.err().expect("in the clear");
    assert_eq!(
        described(&error),
        "28000 no pg_hba.conf entry for host \"::ffff:127.0.0.1\", user \"dev\", database \"dev\", SSL off"
    );
    let named = called(&server, "redshift.test");
    let session = Session::connect_through(&named, trusting(&ca_file, &BOTH)).await.expect("it is called so");
    assert_eq!(session.value("SELECT 1").await, "1");
}

#[tokio::test]
async fn tls_is_declined_where_it_is_off() {
    let server = start_with(&["--tls", "off"]);
    let tls = trusting(&snapshot().ca_file, &BOTH);
    let error = Session::connect_through(&encrypted(&server), tls.clone()).await.err().expect("it insists");
    assert!(
        std::error::Error::source(&error)
            .is_some_and(|cause| cause.to_string().contains("does not support TLS"))
    );
    Session::connect_through(&config(&server), tls).await.expect("it only prefers");
}

#[tokio::test]
async fn the_authority_stays_the_same_with_the_data() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    // PostgreSQL may run as another user, who has to get there.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open).expect("it is ours");
    let data = directory.path().join("data");
    let mut authorities = Vec::new();
    for _ in 0..2 {
        let server = start_with(&["--data-dir", data.to_str().expect("the path is UTF-8")]);
        authorities.push(std::fs::read(&server.ca_file).expect("the line on stdout names it"));
        Session::connect_through(&encrypted(&server), trusting(&server.ca_file, &BOTH))
            .await
            .expect("it is certified");
        server.stop();
    }
    assert_eq!(authorities[0], authorities[1]);
}

#[tokio::test]
async fn a_query_is_cancelled_through_tls() {
    let fixture = Fixture::new("tls_cancel").await;
    let tls = trusting(&snapshot().ca_file, &BOTH);
    let session =
        Session::connect_through(&encrypted(snapshot()), tls.clone()).await.expect("it is certified");
    let one = &fixture.session;
    let fault = one
        .value("SELECT redshift_local.inject('before_statement', 'hold', containing => 'through tls')")
        .await;
    let token = session.client.cancel_token();
    let cancel = async {
        one.run(&format!("SELECT redshift_local.wait_for_fault({fault})")).await;
        token.cancel_query(tls).await.expect("the server is there");
    };
    let (refusal, ()) = tokio::join!(session.refused("SELECT 'through tls'"), cancel);
    assert!(refusal.starts_with("57014"), "{refusal}");
}

#[tokio::test]
async fn a_client_that_vanishes_in_tls_leaves_no_lock() {
    let fixture = Fixture::new("tls_vanished").await;
    let tls = trusting(&snapshot().ca_file, &BOTH);
    let session = Session::connect_through(&encrypted(snapshot()), tls).await.expect("it is certified");
    fixture.session.run("CREATE TABLE t (a int)").await;
    session.run(&format!("BEGIN; DELETE FROM {}.t", fixture.schema)).await;
    session.vanish();
    fixture.session.run("DELETE FROM t").await;
}
