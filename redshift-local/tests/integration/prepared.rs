//! The extended protocol, which many drivers use for everything, COPY included.

use crate::support::Fixture;
use crate::support::servers::snapshot;

#[tokio::test]
async fn copy_can_be_prepared_and_executed() {
    let fixture = Fixture::new("prepared_copy").await;
    let client = &fixture.session.client;
    fixture.bucket.put("x.json", "{\"a\":1}").await;
    client.execute("CREATE TABLE t (a int) DISTKEY (a)", &[]).await.expect("a table can be made");
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", fixture.bucket.url("x.json"));
    let statement = client.prepare(&copy).await.expect("it is a COPY");
    client.execute("BEGIN", &[]).await.expect("a transaction can be begun");
    assert_eq!(client.execute(&statement, &[]).await.expect("it loads"), 0);
    client.execute("ROLLBACK", &[]).await.expect("a transaction can be ended");
    assert_eq!(client.execute(&statement, &[]).await.expect("it loads again"), 0);
    let row = client
        .query_one("SELECT pg_last_copy_count(), (SELECT count(*) FROM t)", &[])
        .await
        .expect("one row");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 1));
    assert_eq!(
        fixture.session.value("SELECT reldiststyle FROM pg_class WHERE oid = 't'::regclass").await,
        "1"
    );
}

#[tokio::test]
async fn a_failed_copy_fails_the_transaction_here_too() {
    let fixture = Fixture::new("prepared_failure").await;
    let client = &fixture.session.client;
    client.batch_execute("CREATE TABLE t (a int)").await.expect("a table can be made");
    client.execute("BEGIN", &[]).await.expect("a transaction can be begun");
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", fixture.bucket.url("nothing"));
    let error = client.execute(&copy, &[]).await.expect_err("there is no object");
    assert!(error.as_db_error().expect("the server says so").message().contains("does not exist"));
    assert!(fixture.session.refused("SELECT 1").await.starts_with("25P02"));
    client.execute("ROLLBACK", &[]).await.expect("a transaction can be ended");
}

#[tokio::test]
async fn writes_by_parameters_lock_and_commit() {
    let fixture = Fixture::new("prepared_writes").await;
    let client = &fixture.session.client;
    client.execute("CREATE TABLE t (a int, b text)", &[]).await.expect("a table can be made");
    client
        .execute("INSERT INTO t VALUES ($1, $2), ($1 + 1, $2)", &[&1_i32, &"x"])
        .await
        .expect("rows can be written");
    assert_eq!(
        client.execute("DELETE FROM t WHERE a = $1", &[&1_i32]).await.expect("a row can be deleted"),
        1
    );
    // Without a name and in one batch: Parse, Bind, Describe, Execute, Sync.
    let typed =
        client.query_typed("DELETE FROM t WHERE a < $1", &[(&9_i32, tokio_postgres::types::Type::INT4)]);
    assert!(typed.await.expect("a row can be deleted").is_empty());
    assert_eq!(fixture.another(snapshot()).await.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn a_type_lookup_inside_a_transaction_fails_it() {
    let fixture = Fixture::new("type_lookup").await;
    let client = &fixture.session.client;
    client.batch_execute("BEGIN").await.expect("a transaction can be begun");
    // A row type is not built into the driver, which then asks pg_range about it (fact 0.4).
    let error = client.query("SELECT n FROM pg_namespace n", &[]).await.expect_err("there is no pg_range");
    assert_eq!(error.code().expect("the server says so").code(), "25P02");
    client.batch_execute("ROLLBACK").await.expect("a transaction can be ended");
}

#[tokio::test]
async fn what_is_refused_is_refused_when_parsed() {
    let fixture = Fixture::new("prepared_refusals").await;
    let client = &fixture.session.client;
    for (sql, code) in [
        ("SAVEPOINT a", "0A000"),
        ("SELECT 1; SELECT 2", "42601"),
        ("COPY t FROM 's3://b/k' JSON 'auto'", "42601"),
    ] {
        let error = client.prepare(sql).await.expect_err("it is refused");
        assert_eq!(error.code().expect("the server says so").code(), code, "{sql}");
    }
    client.batch_execute("CREATE TABLE t (a varchar(5))").await.expect("a table can be made");
    client
        .execute("ALTER TABLE t ALTER COLUMN a TYPE varchar(9)", &[])
        .await
        .expect("a column can be widened");
    client.batch_execute("BEGIN").await.expect("a transaction can be begun");
    let error =
        client.execute("ALTER TABLE t ALTER COLUMN a TYPE varchar(19)", &[]).await.expect_err("not inside");
    assert_eq!(error.code().expect("the server says so").code(), "25001");
    client.batch_execute("ROLLBACK").await.expect("a transaction can be ended");
}

#[tokio::test]
async fn truncate_commits_by_this_protocol_too() {
    let fixture = Fixture::new("prepared_truncate").await;
    let client = &fixture.session.client;
    client
        .batch_execute("CREATE TABLE t (a int); CREATE TABLE log (a int); BEGIN")
        .await
        .expect("tables can be made");
    client.execute("INSERT INTO log VALUES (1)", &[]).await.expect("a row can be written");
    client.execute("TRUNCATE t", &[]).await.expect("a table can be emptied");
    assert_eq!(fixture.another(snapshot()).await.value("SELECT count(*) FROM log").await, "1");
}

#[tokio::test]
async fn a_statement_that_fails_outside_of_a_transaction_leaves_a_session_that_works() {
    let fixture = Fixture::new("prepared_error").await;
    let client = &fixture.session.client;
    for _ in 0..2 {
        let error = client.query("SELECT * FROM nothing", &[]).await.expect_err("there is no such table");
        assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("42P01"));
    }
    assert_eq!(client.query_one("SELECT 1", &[]).await.expect("one row").get::<_, i32>(0), 1);
}
