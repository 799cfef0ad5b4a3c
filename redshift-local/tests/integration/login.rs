//! Who gets in, and what the server says of itself.

use tokio_postgres::error::SqlState;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::support::servers::{serverless, snapshot, start_with};
use crate::support::session::{Session, config, described};

#[tokio::test]
async fn a_wrong_password_is_refused_with_28000() {
    let mut config = config(snapshot());
    let error = Session::connect_with(config.password("wrong")).await.err().expect("it is refused");
    assert_eq!(described(&error), "28000 password authentication failed for user \"dev\"");
    let error = Session::connect_with(config.user("nobody")).await.err().expect("it is refused");
    assert_eq!(described(&error), "28000 password authentication failed for user \"nobody\"");
}

#[tokio::test]
async fn an_unknown_database_is_refused_with_3d000() {
    let mut config = config(snapshot());
    let error = Session::connect_with(config.dbname("nowhere")).await.err().expect("it is refused");
    assert_eq!(described(&error), "3D000 database \"nowhere\" does not exist");
}

#[tokio::test]
async fn a_user_made_with_a_plain_password_logs_in() {
    let session = Session::connect(snapshot()).await;
    session.run("CREATE USER loader PASSWORD 'It''s\\\\8'").await;
    let mut config = config(snapshot());
    let loader = Session::connect_with(config.user("loader").password("It's\\8"))
        .await
        .expect("the password is right");
    assert_eq!(loader.value("SELECT current_user").await, "loader");
}

#[tokio::test]
async fn version_says_redshift() {
    let session = Session::connect(snapshot()).await;
    let version = session.value("SELECT version()").await;
    assert!(version.starts_with("PostgreSQL 8.0.2 on i686-pc-linux-gnu"), "{version}");
    assert!(version.contains("Redshift 1.0."), "{version}");
}

#[tokio::test]
async fn options_in_the_startup_packet_are_read() {
    let mut config = config(snapshot());
    let session =
        Session::connect_with(config.options("-c statement_timeout=12345")).await.expect("options are fine");
    assert_eq!(session.value("SHOW statement_timeout").await, "12345ms");
}

/// Redshift's own digest, which neither tokio-postgres nor libpq knows (fact 0.6).
#[tokio::test]
async fn a_user_with_a_sha256_digest_meets_code_13() {
    let session = Session::connect(snapshot()).await;
    session.run("CREATE USER digested PASSWORD 'sha256|Secret12'").await;
    let mut config = config(snapshot());
    config.user("digested").password("Secret12");
    let error = Session::connect_with(&config).await.err().expect("tokio-postgres cannot");
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert_eq!(cause, "unknown authentication tag `13`");
    // What an operator does about it.
    session.run("ALTER USER digested PASSWORD 'Secret12'").await;
    Session::connect_with(&config).await.expect("md5 is fine");
}

#[tokio::test]
async fn an_md5_hash_is_as_good_as_its_password() {
    let session = Session::connect(snapshot()).await;
    // md5('Secret12hashed')
    let hash = session.value("SELECT 'md5' || md5('Secret12hashed')").await;
    session.run(&format!("CREATE USER hashed PASSWORD '{hash}'")).await;
    let mut config = config(snapshot());
    Session::connect_with(config.user("hashed").password("Secret12")).await.expect("it is that password's");
}

#[tokio::test]
async fn a_disabled_password_opens_nothing() {
    let session = Session::connect(snapshot()).await;
    session.run("CREATE USER disabled PASSWORD 'Secret12'; ALTER USER disabled PASSWORD DISABLE").await;
    let mut config = config(snapshot());
    let error = Session::connect_with(config.user("disabled").password("Secret12"))
        .await
        .err()
        .expect("it is refused");
    assert_eq!(described(&error), "28000 password authentication failed for user \"disabled\"");
}

#[tokio::test]
async fn clear_text_and_the_digest_can_be_asked_of_everybody() {
    let clear = start_with(&["--auth", "password"]);
    let mut config_of_clear = config(&clear);
    let session = Session::connect_with(&config_of_clear).await.expect("the password is right");
    session.run("CREATE USER digested PASSWORD 'sha256|Secret12'").await;
    let digested = config_of_clear.clone().user("digested").password("Secret12").to_owned();
    Session::connect_with(&digested).await.expect("clear text fits any password");
    let error = Session::connect_with(config_of_clear.password("wrong")).await.err().expect("it is refused");
    assert_eq!(described(&error), "28000 password authentication failed for user \"dev\"");

    let digest = start_with(&["--auth", "sha256"]);
    let error = Session::connect_with(&config(&digest)).await.err().expect("tokio-postgres cannot");
    assert!(error.to_string().contains("communicating"), "{error}");
    let output = std::process::Command::new("psql")
        .args(["-X", "-c", "SELECT 1", &format!("host=127.0.0.1 port={} user=dev dbname=dev", digest.port)])
        .env("PGPASSWORD", "dev")
        .output()
        .expect("psql comes with PostgreSQL");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("authentication method 13 not supported"), "{words}");
}

/// By another session, as an operator does it (fact 4.7).
#[tokio::test]
async fn a_session_that_is_terminated_hears_why() {
    let operator = Session::connect(snapshot()).await;
    let terminate = async |pid: String| operator.run(&format!("SELECT pg_terminate_backend({pid})")).await;

    let (idle, connection) = config(snapshot()).connect(NoTls).await.expect("it logs in");
    let work = async {
        let rows = idle.simple_query("SELECT pg_backend_pid()").await.expect("it is an ordinary query");
        let pid = rows.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        terminate(pid.expect("it has a number").to_owned()).await;
    };
    let (ended, ()) = tokio::join!(connection, work);
    assert_eq!(ended.expect_err("it was ended").code(), Some(&SqlState::ADMIN_SHUTDOWN));

    let busy = Session::connect(snapshot()).await;
    let pid = busy.value("SELECT pg_backend_pid()").await;
    let hold = "SELECT redshift_local.inject('before_statement', 'hold', containing => 'terminate me')";
    let fault = operator.value(hold).await;
    let work = async {
        operator.run(&format!("SELECT redshift_local.wait_for_fault({fault})")).await;
        terminate(pid).await;
    };
    let (refusal, ()) = tokio::join!(busy.refused("SELECT 'terminate me'"), work);
    assert_eq!(refusal, "57P01 terminating connection due to administrator command");
}

/// Fact 2.7.
#[tokio::test]
async fn an_idle_session_ends_sooner_on_serverless() {
    let query = "SELECT setting FROM pg_settings WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout') ORDER BY name";
    let hours = |hours: u64| (hours * 3_600_000).to_string();
    assert_eq!(Session::connect(snapshot()).await.rows(query).await, [hours(6), hours(4)]);
    assert_eq!(Session::connect(serverless()).await.rows(query).await, [hours(6), hours(1)]);
}
