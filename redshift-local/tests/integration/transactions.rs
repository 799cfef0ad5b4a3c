//! Transactions: what commits by itself, what cannot run inside, and how several statements belong together.

use crate::support::Fixture;
use crate::support::servers::snapshot;
use crate::support::session::{Session, config};

#[tokio::test]
async fn truncate_commits_everything_before_it() {
    let fixture = Fixture::new("truncate").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a int); CREATE TABLE log (a int); INSERT INTO t VALUES (1)").await;
    session.run("BEGIN; INSERT INTO log VALUES (1); TRUNCATE t; ROLLBACK").await;
    assert_eq!(
        session.value("SELECT (SELECT count(*) FROM t) || ' ' || (SELECT count(*) FROM log)").await,
        "0 1"
    );
}

#[tokio::test]
async fn vacuum_and_alter_column_type_cannot_run_inside_a_transaction_block() {
    let fixture = Fixture::new("not_inside").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a varchar(10))").await;
    session.run("BEGIN").await;
    assert_eq!(session.refused("VACUUM t").await, "25001 VACUUM cannot run inside a transaction block");
    assert!(session.refused("SELECT 1").await.starts_with("25P02"), "the refusal fails the transaction");
    session.run("ROLLBACK; BEGIN").await;
    assert_eq!(
        session.refused("ALTER TABLE t ALTER COLUMN a TYPE varchar(20)").await,
        "25001 ALTER TABLE ALTER COLUMN cannot run inside a transaction block"
    );
    session.run("ROLLBACK; BEGIN; ANALYZE t; COMMIT").await;
    session.run("VACUUM DELETE ONLY t TO 90 PERCENT").await;
    session.run("VACUUM").await;
    session
        .run("CREATE TABLE i (a int, b int) INTERLEAVED SORTKEY (a, b); CREATE TABLE everywhere (a int) DISTSTYLE ALL")
        .await;
    session.run("VACUUM RECLUSTER t BOOST").await;
    session.run("VACUUM REINDEX i").await;
    for table in ["i", "everywhere"] {
        assert!(session.refused(&format!("VACUUM RECLUSTER {table}")).await.starts_with("0A000"), "{table}");
    }
    assert!(session.refused("VACUUM RECLUSTER nowhere").await.starts_with("42P01"));
    // Whoever may not is told so, and the statement is none the worse for it [DG `r_VACUUM_command`].
    let schema = &fixture.schema;
    session
        .run(&format!(
            "CREATE USER vacuuming PASSWORD 'Vacuum12'; GRANT USAGE ON SCHEMA {schema} TO vacuuming"
        ))
        .await;
    let mut config = config(snapshot());
    let other =
        Session::connect_with(config.user("vacuuming").password("Vacuum12")).await.expect("it can log in");
    for verb in ["vacuum", "analyze"] {
        other.run(&format!("{verb} {schema}.t")).await;
        let words = format!("WARNING: skipping \"t\" --- only table or database owner can {verb} it");
        assert_eq!(other.notices().last(), Some(&words));
    }
    session.run("ALTER TABLE t ALTER COLUMN a TYPE varchar(20)").await;
}

#[tokio::test]
async fn several_statements_in_one_query_are_one_transaction() {
    let fixture = Fixture::new("several").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a int)").await;
    session.refused("INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (1)").await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "0");
    session.run("INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2)").await;
    assert_eq!(fixture.another(snapshot()).await.value("SELECT count(*) FROM t").await, "0");
    session.run("COMMIT").await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "2");
}

#[tokio::test]
async fn a_refused_statement_fails_its_transaction() {
    let fixture = Fixture::new("refused_inside").await;
    let session = &fixture.session;
    session.run("BEGIN; CREATE TABLE t (a int)").await;
    assert!(session.refused("SAVEPOINT a").await.starts_with("0A000"));
    assert!(session.refused("SELECT 1").await.starts_with("25P02"));
    session.run("COMMIT").await;
    assert!(session.refused("SELECT * FROM t").await.starts_with("42P01"));
}

#[tokio::test]
async fn a_snapshot_begins_with_the_first_statement_that_reads() {
    let fixture = Fixture::new("snapshot").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    one.run("CREATE TABLE t (a int)").await;
    one.run("BEGIN ISOLATION LEVEL READ COMMITTED").await;
    two.run("INSERT INTO t VALUES (1)").await;
    assert_eq!(one.value("SELECT count(*) FROM t").await, "1");
    two.run("INSERT INTO t VALUES (2)").await;
    assert_eq!(one.value("SELECT count(*) FROM t").await, "1");
    one.run("COMMIT").await;
}
