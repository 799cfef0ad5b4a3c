//! Who waits for whom (fact 2.4b), and what a client leaves behind (nothing).

use std::time::Duration;

use crate::support::Fixture;
use crate::support::servers::{serializable, snapshot};
use crate::support::session::Session;

/// Whether the statement has to wait for a lock that the observer's session holds. If it has, it is cancelled.
async fn waits(observer: &Session, session: &Session, sql: &str) -> bool {
    let pid = session.value("SELECT pg_backend_pid()").await;
    let query = format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND NOT granted");
    let waited = tokio::select! {
        outcome = session.client.batch_execute(sql) => {
            outcome.expect("what does not wait succeeds");
            false
        }
        () = until(sql, async || observer.value(&query).await != "0") => true,
    };
    if waited {
        let token = session.client.cancel_token();
        token.cancel_query(tokio_postgres::NoTls).await.expect("the server is there");
    }
    session.run("ROLLBACK").await;
    waited
}

#[tokio::test]
async fn under_snapshot_inserts_share_the_lock_and_deletes_take_it_alone() {
    let fixture = Fixture::new("snapshot_locks").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    one.run("CREATE TABLE t (a int)").await;
    fixture.bucket.put("x.json", "{\"a\":1}").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", fixture.bucket.url("x.json"));
    one.run(&format!("BEGIN; {copy}")).await;
    assert!(!waits(one, &two, "BEGIN; INSERT INTO t VALUES (2)").await);
    assert!(!waits(one, &two, &format!("BEGIN; {copy}")).await);
    assert!(!waits(one, &two, "SELECT * FROM t").await);
    assert!(waits(one, &two, "DELETE FROM t WHERE a = 5").await);
    // Also one of nothing at all, which a loader sends for the lock.
    one.run("ROLLBACK; BEGIN; DELETE FROM t WHERE false").await;
    assert!(waits(one, &two, "DELETE FROM t WHERE false").await);
    assert!(waits(one, &two, "INSERT INTO t VALUES (2)").await);
    assert!(waits(one, &two, &copy).await);
    assert!(waits(one, &two, "UPDATE t SET a = 1").await);
    assert!(!waits(one, &two, "SELECT * FROM t").await);
    one.run("COMMIT").await;
    assert!(!waits(one, &two, "DELETE FROM t").await);
}

#[tokio::test]
async fn under_serializable_every_writer_takes_the_lock_alone() {
    let fixture = Fixture::on(serializable(), "serializable_locks").await;
    let (one, two) = (&fixture.session, fixture.another(serializable()).await);
    one.run("CREATE TABLE t (a int)").await;
    fixture.bucket.put("x.json", "{\"a\":1}").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", fixture.bucket.url("x.json"));
    one.run(&format!("BEGIN; {copy}")).await;
    assert!(waits(one, &two, "INSERT INTO t VALUES (2)").await);
    assert!(waits(one, &two, &copy).await);
    assert!(!waits(one, &two, "SELECT * FROM t").await);
    one.run("ROLLBACK").await;
}

#[tokio::test]
async fn a_delete_that_waited_sees_what_the_other_committed() {
    let fixture = Fixture::new("fresh_snapshot").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    one.run("CREATE TABLE t (a int)").await;
    // Prepared beforehand: to parse it would already wait.
    let delete = two.client.prepare("DELETE FROM t WHERE a = $1").await.expect("it is a DELETE");
    let by_parameters = async || two.client.execute(&delete, &[&1_i32]).await.expect("it waits and goes on");
    let as_text =
        async || two.client.simple_query("DELETE FROM t WHERE a = 1").await.expect("it waits and goes on");
    let commit = async || {
        blocked_on(one, "t").await;
        one.run("COMMIT").await;
    };

    one.run("BEGIN; DELETE FROM t; INSERT INTO t VALUES (1)").await;
    let (deleted, ()) = tokio::join!(by_parameters(), commit());
    assert_eq!(deleted, 1);

    one.run("BEGIN; DELETE FROM t; INSERT INTO t VALUES (1)").await;
    let (deleted, ()) = tokio::join!(as_text(), commit());
    assert!(matches!(deleted[..], [tokio_postgres::SimpleQueryMessage::CommandComplete(1)]), "{deleted:?}");
}

/// Waits until another session waits for a lock on the table.
pub(crate) async fn blocked_on(observer: &Session, table: &str) {
    let query =
        format!("SELECT count(*) FROM pg_locks l WHERE NOT l.granted AND l.relation = '{table}'::regclass");
    until(table, async || observer.value(&query).await != "0").await;
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), wait).await;
    waited.unwrap_or_else(|_| panic!("not within 10 s: {what}"));
}

#[tokio::test]
async fn conflicting_changes_of_a_row_end_in_the_levels_own_error() {
    for (server, name, expected) in [
        (snapshot(), "conflict", "XX000 could not complete because of conflict with concurrent transaction"),
        (serializable(), "conflict_1023", "XX000 1023"),
    ] {
        let fixture = Fixture::on(server, name).await;
        let (one, two) = (&fixture.session, fixture.another(server).await);
        one.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").await;
        two.run("BEGIN; SELECT * FROM t").await;
        one.run("UPDATE t SET a = 2").await;
        assert_eq!(two.refused("UPDATE t SET a = 3").await, expected);
    }
}

#[tokio::test]
async fn a_client_that_vanishes_leaves_no_lock_behind() {
    let fixture = Fixture::new("vanished").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    one.run("CREATE TABLE t (a int)").await;
    two.run("BEGIN; DELETE FROM t").await;
    two.vanish();
    until("the lock is gone", async || {
        one.value(
            "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND mode = 'ShareRowExclusiveLock'",
        )
        .await
            == "0"
    })
    .await;
    one.run("DELETE FROM t").await;
}

#[tokio::test]
async fn a_query_that_is_cancelled_says_so() {
    let fixture = Fixture::new("cancelled").await;
    let token = fixture.session.client.cancel_token();
    let observer = fixture.another(snapshot()).await;
    let sleep = fixture.session.refused("SELECT pg_sleep(60), 'cancel me'");
    let cancel = async {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%cancel me%' AND query NOT LIKE '%activity%'";
        until("the query runs", async || observer.value(query).await != "0").await;
        token.cancel_query(tokio_postgres::NoTls).await.expect("the server is there");
    };
    let (refusal, ()) = tokio::join!(sleep, cancel);
    assert!(
        refusal.starts_with("57014 Query (") && refusal.ends_with(") canceled on user's request"),
        "{refusal}"
    );
}

/// A COPY into `t` of so many rows, some 4 GB, that it is under way whenever somebody looks.
async fn endless_copy(fixture: &Fixture) -> String {
    fixture.session.run("CREATE TABLE t (a int, b varchar(50))").await;
    let rows = "{\"a\":1,\"b\":\"something to be loaded\"}\n".repeat(500_000);
    fixture.bucket.put("x.json.gz", crate::support::bucket::gzip(&rows)).await;
    let entry = format!(r#"{{"url": "{}"}}"#, fixture.bucket.url("x.json.gz"));
    let manifest = format!(r#"{{"entries": [{}]}}"#, vec![entry; 200].join(", "));
    fixture.bucket.put("manifest", manifest).await;
    format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto' GZIP MANIFEST", fixture.bucket.url("manifest"))
}

#[tokio::test]
async fn a_copy_can_be_cancelled() {
    let fixture = Fixture::new("cancelled_copy").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    let copy = endless_copy(&fixture).await;
    let token = one.client.cancel_token();
    let cancel = async {
        copying(&two).await;
        token.cancel_query(tokio_postgres::NoTls).await.expect("the server is there");
    };
    let (refusal, ()) = tokio::join!(one.refused(&copy), cancel);
    assert!(
        refusal.starts_with("57014 Query (") && refusal.ends_with(") canceled on user's request"),
        "{refusal}"
    );
    assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn a_client_that_vanishes_during_copy_leaves_nothing() {
    let fixture = Fixture::new("vanished_copy").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    let copy = endless_copy(&fixture).await;
    tokio::select! {
        _ = two.client.simple_query(&copy) => panic!("the COPY is to be interrupted"),
        () = copying(one) => {}
    }
    // Closes the socket while the COPY runs, with nothing said before.
    two.vanish();
    until("the lock is gone", async || locks_on_t(one).await == "0").await;
    assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
}

/// Waits until somebody else copies into `t`.
async fn copying(observer: &Session) {
    until("the COPY runs", async || locks_on_t(observer).await != "0").await;
}

async fn locks_on_t(observer: &Session) -> String {
    observer
        .value("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND mode = 'RowExclusiveLock'")
        .await
}

#[tokio::test]
async fn a_statement_timeout_ends_a_copy_too() {
    let fixture = Fixture::new("copy_timeout").await;
    let copy = endless_copy(&fixture).await;
    fixture.session.run("SET statement_timeout TO 200").await;
    assert!(fixture.session.refused(&copy).await.starts_with("57014"));
    assert_eq!(fixture.session.value("SELECT count(*) FROM t").await, "0");
}
