//! Who gets in, and what the server says of itself.

use crate::support::servers::snapshot;
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
