//! How long names of 64 to 127 bytes are remembered, and by whom.

use crate::long_names::twins;
use crate::support::Fixture;
use crate::support::servers::{serializable, snapshot, start_with};
use crate::support::session::{Session, config};

#[tokio::test]
async fn a_name_that_was_rolled_back_can_be_given_again() {
    let Fixture { session, .. } = Fixture::new("long_name_rollback").await;
    let ((table, _), (column, _)) = (twins("rolled", 100), twins("column", 100));
    for ending in ["ROLLBACK", "COMMIT"] {
        session
            .run(&format!("BEGIN; SELECT count(*) FROM pg_class; CREATE TABLE {table} ({column} int)"))
            .await;
        let found = format!("SELECT \"column\" FROM pg_table_def WHERE tablename = '{table}'");
        assert_eq!(session.value(&found).await, column, "also before {ending}");
        session.run(ending).await;
    }
    session.run(&format!("ALTER TABLE {table} RENAME COLUMN {column} TO {column}2")).await;
    session.run(&format!("ALTER TABLE {table} ADD COLUMN {column} int")).await;
    session.run(&format!("INSERT INTO {table} ({column}, {column}2) VALUES (1, 2)")).await;
    assert_eq!(session.value(&format!("SELECT {column}, {column}2 FROM {table}")).await, "1|2");
}

#[tokio::test]
async fn names_outlive_the_program_with_their_data() {
    let folder = std::env::temp_dir().join(format!("redshift-local-long-names-{}", std::process::id()));
    let flags = ["--data-dir", folder.to_str().expect("it is UTF-8")];
    let ((table, _), (column, _)) = (twins("kept", 120), twins("column", 120));
    let server = start_with(&flags);
    let session = Session::connect(&server).await;
    session.run(&format!("CREATE TABLE {table} AS SELECT 1 AS {column}")).await;
    server.stop();
    let server = start_with(&flags);
    let session = Session::connect(&server).await;
    assert_eq!(
        session
            .value("SELECT tablename || '.' || \"column\" FROM pg_table_def WHERE schemaname = 'public'")
            .await,
        format!("{table}.{column}")
    );
    let rows =
        session.client.query(&format!("SELECT * FROM {table}"), &[]).await.expect("the table is there");
    assert_eq!(rows[0].columns()[0].name(), column);
    server.stop();
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[tokio::test]
async fn another_session_sees_long_names_at_once_and_a_user_with_few_rights_too() {
    let fixture = Fixture::new("long_name_others").await;
    let (table, _) = twins("table", 100);
    let session = &fixture.session;
    session.run("CREATE USER long_name_reader PASSWORD 'Secret12'").await;
    session.run(&format!("GRANT ALL ON SCHEMA {} TO long_name_reader", fixture.schema)).await;
    let mut login = config(snapshot());
    login.user("long_name_reader").password("Secret12");
    let reader = Session::connect_with(&login).await.expect("the user can log in");
    session.run(&format!("CREATE TABLE {table} (a int); GRANT SELECT ON {table} TO long_name_reader")).await;
    reader
        .run(&format!(
            "SET search_path TO {}; SELECT a FROM {table}; BEGIN; CREATE TABLE {table}2 (a int)",
            fixture.schema
        ))
        .await;
    let tables =
        format!("SELECT tablename FROM pg_table_def WHERE schemaname = '{}' ORDER BY 1", fixture.schema);
    assert_eq!(reader.rows(&tables).await, [table.clone(), format!("{table}2")]);
    reader.run("COMMIT").await;
    let rights = format!(
        "SELECT has_table_privilege('{0}.{table}', 'insert'), has_table_privilege(current_user, '{0}.{table}', 'select')",
        fixture.schema
    );
    assert_eq!(reader.value(&rights).await, "f|t");
    assert_eq!(session.rows(&tables).await.len(), 2);
    drop(reader);
}

#[tokio::test]
async fn transactions_that_give_long_names_do_not_conflict() {
    let fixture = Fixture::on(serializable(), "long_name_order").await;
    let other = fixture.another(serializable()).await;
    let (one, two) = twins("table", 100);
    for (session, table) in [(&fixture.session, &one), (&other, &two)] {
        session
            .run(&format!(
                "BEGIN; CREATE TABLE {table} (a int); SELECT count(*) FROM pg_class WHERE relname = '{table}'"
            ))
            .await;
    }
    fixture.session.run("COMMIT").await;
    other.run("COMMIT").await;
    assert_eq!(other.value("SELECT count(*) FROM pg_table_def WHERE tablename LIKE 'table%'").await, "2");
}

#[tokio::test]
async fn a_name_that_is_given_to_nothing_is_forgotten_with_its_statement() {
    let Fixture { session, .. } = Fixture::new("long_name_forgotten").await;
    let (name, other) = twins("alias", 90);
    let stand_in = format!("SELECT redshift_catalog.stand_in('{name}')");
    for sql in [
        format!("SELECT 1 AS {name}"),
        format!("EXPLAIN SELECT 1 AS {name}"),
        format!("PREPARE p AS SELECT 1 AS {other}"),
    ] {
        session.run(&sql).await;
        assert!(session.value(&stand_in).await.starts_with("rs_long_"), "{sql}");
    }
    let row = session.client.query_one(&format!("SELECT 1 AS {name}"), &[]).await.expect("it has a row");
    assert_eq!(row.columns()[0].name(), name);
    let kept =
        format!("SELECT count(*) FROM redshift_catalog.long_names WHERE name IN ('{name}', '{other}')");
    assert_eq!(session.value(&kept).await, "0");

    // Whatever is still there is called by its name.
    let prepared = session.client.prepare("EXECUTE p").await.expect("it is there");
    assert_eq!(prepared.columns()[0].name(), other);
    let prepared = session.client.prepare(&format!("SELECT 1 AS {name}")).await.expect("it is a query");
    session.run("SELECT 1").await;
    let row = session.client.query_one(&prepared, &[]).await.expect("it has a row");
    assert_eq!(row.columns()[0].name(), name);
}

#[tokio::test]
async fn what_a_transaction_named_is_told_to_nobody_after_it() {
    let Fixture { session, .. } = Fixture::new("long_name_own").await;
    let (one, two) = twins("table", 100);
    for (table, ending) in [(one, "COMMIT"), (two, "ROLLBACK")] {
        session.run(&format!("BEGIN; SELECT count(*) FROM pg_class; CREATE TABLE {table} (a int)")).await;
        let own = session.value("SHOW redshift_local.long_names").await;
        assert!(own.contains(&table) && own.matches("rs_long").count() < 2, "{own}");
        session.run(ending).await;
        assert_eq!(session.value("SHOW redshift_local.long_names").await, "", "after {ending}");
    }
}
