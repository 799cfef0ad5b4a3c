//! A server that cannot be reached is told with what was in the way, and what to look at.

use crate::support::process::free_port;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::tls_server::{Protocol, TlsServer, Wrong};

/// What `load` says with these variables changed.
async fn load_says(scenario: &mut Scenario, changed: &[(&str, &str)], text: &str) {
    let before = scenario.variables.clone();
    for (name, value) in changed {
        scenario.variables.insert((*name).to_owned(), (*value).to_owned());
    }
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    finished.says(text);
    scenario.variables = before;
}

#[tokio::test]
async fn each_obstacle_on_the_way_to_redshift_has_its_own_next_step() {
    let mut scenario = Scenario::new().await;
    let nowhere = free_port().to_string();
    load_says(
        &mut scenario,
        &[("REDSHIFT_HOST", "no.such.host.invalid")],
        "check REDSHIFT_HOST, and the DNS of this machine",
    )
    .await;
    load_says(
        &mut scenario,
        &[("REDSHIFT_PORT", &nowhere)],
        "nothing listens there: check REDSHIFT_HOST and REDSHIFT_PORT",
    )
    .await;
    load_says(
        &mut scenario,
        &[("REDSHIFT_PASSWORD", &SECRETS.wrong_password)],
        "check REDSHIFT_USER, REDSHIFT_PASSWORD and REDSHIFT_DB",
    )
    .await;
    for (wrong, text) in [
        (Wrong::Expired, "have the server's certificate renewed, or set the clock of this machine right"),
        (Wrong::OtherName, "set REDSHIFT_HOST to a name that is in its certificate"),
        (Wrong::NoTls, "check REDSHIFT_PORT, or set REDSHIFT_SSLMODE=disable for a stand-in"),
    ] {
        let server = TlsServer::start(wrong, Protocol::Redshift).await;
        let (port, authority) = (server.port.to_string(), server.authority());
        let changed =
            [("REDSHIFT_PORT", &*port), ("REDSHIFT_SSLMODE", "verify-full"), ("SSL_CERT_FILE", &authority)];
        load_says(&mut scenario, &changed, text).await;
    }
}

#[tokio::test]
async fn each_obstacle_on_the_way_to_s3_has_its_own_next_step() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    load_says(
        &mut scenario,
        &[("AWS_ENDPOINT_URL_S3", "http://no.such.host.invalid")],
        "check AWS_REGION and AWS_ENDPOINT_URL_S3, and the DNS of this machine",
    )
    .await;
    load_says(
        &mut scenario,
        &[("AWS_ENDPOINT_URL_S3", &nowhere)],
        "nothing listens there: check AWS_ENDPOINT_URL_S3",
    )
    .await;
    for (wrong, knows_authority, text) in [
        (
            Wrong::Expired,
            true,
            "have the server's certificate renewed, or set the clock of this machine right",
        ),
        (Wrong::OtherName, true, "set AWS_ENDPOINT_URL_S3 to a name that is in its certificate"),
        (Wrong::OtherName, false, "name the file of its certificate authority in SSL_CERT_FILE"),
        (Wrong::NoTls, true, "check AWS_ENDPOINT_URL_S3, which begins with http:// for a stand-in"),
    ] {
        let server = TlsServer::start(wrong, Protocol::Https).await;
        let (endpoint, authority) = (format!("https://127.0.0.1:{}", server.port), server.authority());
        let known = knows_authority.then_some(("SSL_CERT_FILE", &*authority));
        let changed: Vec<(&str, &str)> =
            [("AWS_ENDPOINT_URL_S3", &*endpoint)].into_iter().chain(known).collect();
        load_says(&mut scenario, &changed, text).await;
    }
}
