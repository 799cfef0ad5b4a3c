//! Serializable isolation: an order of transactions, table by table (facts 0.2, 2.4).

use tokio::task::JoinSet;

use crate::support::Fixture;
use crate::support::servers::{serializable, snapshot};
use crate::support::session::{Session, described};

const CONFLICT: &str = "XX000 1023";

async fn two_sessions(name: &str) -> (Fixture, Session) {
    let fixture = Fixture::on(serializable(), name).await;
    fixture
        .session
        .run("CREATE TABLE ledger (id int, batch int); CREATE TABLE t (a int); CREATE TABLE u (a int)")
        .await;
    let other = fixture.another(serializable()).await;
    (fixture, other)
}

#[tokio::test]
async fn two_loaders_that_read_and_write_one_ledger_end_in_1023_though_their_rows_differ() {
    let (fixture, two) = two_sessions("ledger_trap").await;
    let one = &fixture.session;
    for (session, batch) in [(one, 1), (&two, 2)] {
        session.run("BEGIN").await;
        assert!(session.rows(&format!("SELECT id FROM ledger WHERE batch = {batch}")).await.is_empty());
    }
    one.run("INSERT INTO t VALUES (1); INSERT INTO ledger VALUES (1, 1); COMMIT").await;
    let error =
        two.client.batch_execute("INSERT INTO ledger VALUES (2, 2)").await.expect_err("there is no order");
    assert_eq!(described(&error), CONFLICT);
    let detail = error.as_db_error().and_then(|error| error.detail()).expect("it has a detail").to_owned();
    let table = one.value("SELECT 'ledger'::regclass::oid").await;
    let pid = two.value("ROLLBACK; SELECT pg_backend_pid()").await;
    let expected =
        format!("Serializable isolation violation on table - {table}, transactions forming the cycle are: ");
    assert!(detail.starts_with(&expected) && detail.ends_with(&format!(" (pid:{pid})")), "{detail}");
    assert_eq!(one.value("SELECT count(*) FROM ledger").await, "1");
}

#[tokio::test]
async fn a_circle_over_two_tables_is_closed_by_whoever_comes_last() {
    let (fixture, two) = two_sessions("two_tables").await;
    let one = &fixture.session;
    one.run("BEGIN; SELECT * FROM t; INSERT INTO u VALUES (1)").await;
    two.run("BEGIN; INSERT INTO t VALUES (1)").await;
    assert_eq!(two.refused("SELECT * FROM u").await, CONFLICT);
    assert!(two.refused("SELECT 1").await.starts_with("25P02"));
    two.run("ROLLBACK").await;
    one.run("COMMIT").await;
    // What was rolled back never happened.
    two.run("BEGIN; INSERT INTO t VALUES (1); SELECT * FROM u; COMMIT").await;
}

#[tokio::test]
async fn pure_writers_do_not_conflict() {
    let (fixture, two) = two_sessions("pure_writers").await;
    let one = &fixture.session;
    fixture.bucket.put("x.json", "{\"a\":1}").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", fixture.bucket.url("x.json"));
    one.run(&format!("BEGIN; {copy}")).await;
    two.run("BEGIN; INSERT INTO u VALUES (1)").await;
    one.run("INSERT INTO ledger VALUES (1, 1); COMMIT").await;
    two.run(&format!("{copy}; INSERT INTO ledger VALUES (2, 2); COMMIT")).await;
    assert_eq!(one.value("SELECT count(*) FROM t").await, "2");
}

#[tokio::test]
async fn a_lock_taken_first_makes_the_snapshot_come_after_it() {
    let (fixture, two) = two_sessions("lock_first").await;
    let one = &fixture.session;
    one.run("BEGIN; LOCK ledger; SELECT * FROM ledger; INSERT INTO ledger VALUES (1, 1)").await;
    let waiting = two
        .client
        .batch_execute("BEGIN; LOCK ledger; SELECT * FROM ledger; INSERT INTO ledger VALUES (2, 2); COMMIT");
    let commit = async {
        crate::locks::blocked_on(one, "ledger").await;
        one.run("COMMIT").await;
    };
    let (waited, ()) = tokio::join!(waiting, commit);
    waited.expect("its snapshot began when the lock was its own");
}

#[tokio::test]
async fn reads_through_a_view_a_subquery_and_parameters_count_too() {
    let (fixture, two) = two_sessions("views").await;
    let one = &fixture.session;
    one.run("CREATE VIEW v AS SELECT * FROM ledger").await;
    let read =
        one.client.prepare("SELECT 1 WHERE $1 > (SELECT count(*) FROM v)").await.expect("it is a query");
    one.run("BEGIN").await;
    one.client.query(&read, &[&9_i64]).await.expect("a row");
    two.run("BEGIN; UPDATE ledger SET id = 1; SELECT * FROM t; COMMIT").await;
    let write =
        one.client.execute("INSERT INTO t VALUES ($1)", &[&1_i32]).await.expect_err("there is no order");
    assert_eq!(described(&write), CONFLICT);
    one.run("ROLLBACK").await;
}

#[tokio::test]
async fn catalogs_take_no_part() {
    let (fixture, two) = two_sessions("catalogs").await;
    let one = &fixture.session;
    for session in [one, &two] {
        session.run("BEGIN; SELECT count(*) FROM pg_table_def; SELECT count(*) FROM stl_load_errors").await;
    }
    one.run("CREATE TABLE w (a int); COMMIT").await;
    two.run("CREATE TABLE x (a int) DISTKEY (a); COMMIT").await;
}

#[tokio::test]
async fn loaders_with_staging_tables_and_a_ledger_that_they_only_add_to_do_not_conflict() {
    const LOADERS: usize = 6;
    const LOADS: usize = 5;
    let (fixture, _) = two_sessions("staging").await;
    let mut loaders = JoinSet::new();
    for loader in 0..LOADERS {
        let session = fixture.another(serializable()).await;
        loaders.spawn(async move {
            session
                .run(&format!(
                    "CREATE TABLE own_{loader} (id int ENCODE zstd, day date, name varchar(20) DEFAULT 'none' ENCODE lzo)
                     DISTKEY (id) SORTKEY (day, id)"
                ))
                .await;
            for load in 0..LOADS {
                // Each statement on its own way, so that the loaders' transactions run side by side.
                for statement in [
                    "BEGIN".to_owned(),
                    format!("DELETE FROM own_{loader} WHERE false"),
                    format!("CREATE TEMP TABLE s (LIKE own_{loader} INCLUDING DEFAULTS)"),
                    format!("INSERT INTO s (id) VALUES (1), (2), ({load} + 10)"),
                    format!("DELETE FROM own_{loader} USING s WHERE own_{loader}.id = s.id"),
                    format!("INSERT INTO own_{loader} SELECT * FROM s"),
                    "DROP TABLE s".to_owned(),
                    format!("INSERT INTO ledger VALUES ({loader}, {load})"),
                    "COMMIT".to_owned(),
                ] {
                    session.run(&statement).await;
                }
            }
            assert_eq!(session.value(&format!("SELECT count(*) FROM own_{loader}")).await, (LOADS + 2).to_string());
        });
    }
    while let Some(ended) = loaders.join_next().await {
        ended.expect("a loader has no errors");
    }
    assert_eq!(fixture.session.value("SELECT count(*) FROM ledger").await, (LOADERS * LOADS).to_string());
}

#[tokio::test]
async fn changes_of_tables_below_views_with_no_schema_binding_do_not_conflict() {
    let (fixture, two) = two_sessions("late_binding").await;
    let (one, schema) = (&fixture.session, &fixture.schema);
    for (session, table) in [(one, "t"), (&two, "u")] {
        let view = format!("CREATE VIEW v_{table} AS SELECT * FROM {schema}.{table} WITH NO SCHEMA BINDING");
        session.run(&view).await;
    }
    for (session, table) in [(one, "t"), (&two, "u")] {
        session
            .run(&format!("BEGIN; INSERT INTO {table} VALUES (1); ALTER TABLE {table} ADD COLUMN b int"))
            .await;
    }
    one.run("INSERT INTO ledger VALUES (1, 1); COMMIT").await;
    two.run("INSERT INTO ledger VALUES (2, 2); COMMIT").await;
    assert_eq!(one.rows("SELECT v_t.*, v_u.* FROM v_t, v_u").await, ["1|NULL|1|NULL"]);
}

#[tokio::test]
async fn under_snapshot_only_the_same_rows_conflict() {
    let fixture = Fixture::new("no_order").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    one.run("CREATE TABLE ledger (id int, batch int)").await;
    for session in [one, &two] {
        session.run("BEGIN; SELECT * FROM ledger").await;
    }
    one.run("INSERT INTO ledger VALUES (1, 1); COMMIT").await;
    two.run("INSERT INTO ledger VALUES (2, 2); COMMIT").await;
}

/// COPY shares the table's lock, DELETE wants it alone: so delete first (fact 2.4b).
#[tokio::test]
async fn two_who_copy_and_then_delete_deadlock_under_snapshot() {
    let fixture = Fixture::new("deadlock").await;
    let (one, two) = (&fixture.session, fixture.another(snapshot()).await);
    one.run("CREATE TABLE t (a int)").await;
    for session in [one, &two] {
        session.run("BEGIN; INSERT INTO t VALUES (1)").await;
    }
    let delete = "DELETE FROM t";
    let (first, second) = tokio::join!(one.client.batch_execute(delete), async {
        crate::locks::blocked_on(&fixture.another(snapshot()).await, "t").await;
        let outcome = two.client.batch_execute(delete).await;
        two.client.batch_execute("ROLLBACK").await.expect("a transaction can be ended");
        outcome
    });
    let errors: Vec<_> =
        [first, second].into_iter().filter_map(Result::err).map(|error| described(&error)).collect();
    assert_eq!(errors, ["40P01 deadlock detected"]);
}

#[tokio::test]
async fn leader_functions_do_not_meet_a_users_table() {
    let fixture = Fixture::new("leader").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a timestamp)").await;
    let refused =
        "0A000 Specified types or functions (one per INFO message) not supported on Redshift tables.";
    assert_eq!(session.refused("INSERT INTO t SELECT now() FROM t").await, refused);
    assert!(session.notices().contains(&"INFO: Function \"now()\" not supported.".to_owned()));
    assert_eq!(session.refused("SELECT has_table_privilege('t', 'select') FROM t").await, refused);
    let error = session.client.prepare("SELECT generate_series(1, 2) FROM t").await;
    if let Ok(statement) = error {
        let error = session.client.query(&statement, &[]).await.expect_err("it is refused");
        assert_eq!(described(&error), refused);
    }
    session.run("SELECT now(); SELECT has_table_privilege(oid, 'select') FROM pg_class LIMIT 1; INSERT INTO t SELECT getdate() FROM t").await;
}
