//! Names of 64 to 127 bytes, of which PostgreSQL would keep 63.

use tokio_postgres::NoTls;

use crate::support::Fixture;
use crate::support::servers::snapshot;
use crate::support::session::{Session, config};

/// Two names that are alike in their first 63 bytes and differ in their last.
pub(crate) fn twins(kind: &str, length: usize) -> (String, String) {
    let stem = format!("{kind}_{}", "x".repeat(length - kind.len() - 2));
    (format!("{stem}1"), format!("{stem}2"))
}

#[tokio::test]
async fn names_that_begin_alike_are_two_columns_and_two_tables() {
    let Fixture { session, .. } = Fixture::new("long_name_twins").await;
    let ((t1, t2), (c1, c2)) = (twins("table", 127), twins("column", 100));
    session
        .run(&format!("CREATE TABLE {t1} ({c1} int, {c2} int); CREATE TABLE {t2} ({c1} varchar(9))"))
        .await;
    session.run(&format!("INSERT INTO {t1} ({c2}, {c1}) VALUES (2, 1); INSERT INTO {t2} VALUES ('b')")).await;
    assert_eq!(session.value(&format!("SELECT {c1}, \"{c2}\" FROM {t1}")).await, "1|2");
    assert_eq!(
        session.value(&format!("SELECT x.{} FROM {} x", c1.to_uppercase(), t2.to_uppercase())).await,
        "b"
    );
    let found = session
        .rows(&format!("SELECT tablename, \"column\", type FROM pg_table_def WHERE \"column\" = '{c1}' ORDER BY tablename"))
        .await;
    assert_eq!(found, [format!("{t1}|{c1}|integer"), format!("{t2}|{c1}|character varying(9)")]);
}

#[tokio::test]
async fn rows_call_their_columns_by_their_whole_names() {
    let Fixture { session, .. } = Fixture::new("long_name_rows").await;
    let (name, other) = twins("ä_column", 120);
    session.run(&format!("CREATE TABLE t AS SELECT 1 AS \"{name}\"")).await;
    let sql = format!("SELECT *, \"{name}\" + 1 AS \"{other}\" FROM t");
    let row = session.client.query_one(&sql, &[]).await.expect("the table has a row");
    assert_eq!(row.columns().iter().map(tokio_postgres::Column::name).collect::<Vec<_>>(), [&*name, &*other]);
    assert_eq!((row.get::<_, i32>(&*name), row.get::<_, i32>(&*other)), (1, 2));
}

#[tokio::test]
async fn copy_matches_keys_of_json_with_whole_names() {
    let Fixture { session, bucket, .. } = Fixture::new("long_name_copy").await;
    let ((table, _), (c1, c2)) = (twins("table", 99), twins("column", 100));
    session.run(&format!("CREATE TABLE {table} (id int, {c1} int NOT NULL, {c2} varchar(5))")).await;
    bucket.put("rows.json", format!(r#"{{"id": 1, "{c2}": "two", "{c1}": 1}}"#)).await;
    session
        .run(&format!("COPY {table} FROM '{}' IAM_ROLE default JSON 'auto'", bucket.url("rows.json")))
        .await;
    assert_eq!(session.value(&format!("SELECT {c1}, {c2} FROM {table}")).await, "1|two");
    assert_eq!(
        session.notices().last().map(String::as_str),
        Some(&*format!("INFO: Load into table '{table}' completed, 1 record(s) loaded successfully."))
    );
    let loaded = format!("SELECT loaded_rows FROM sys_load_history WHERE table_name = '{table}'");
    assert_eq!(session.value(&loaded).await, "1");
    bucket.put("rows.csv", "3\n").await;
    session.run(&format!("COPY {table} ({c1}) FROM '{}' IAM_ROLE default CSV", bucket.url("rows.csv"))).await;

    bucket.put("bad.csv", "1,too long\n").await;
    let copy = format!("COPY {table} ({c1}, {c2}) FROM '{}' IAM_ROLE default CSV", bucket.url("bad.csv"));
    assert!(session.refused(&copy).await.starts_with(&format!("XX000 Load into table '{table}' failed.")));
    let error =
        format!("SELECT trim(colname) FROM stl_load_errors WHERE filename = '{}'", bucket.url("bad.csv"));
    assert_eq!(session.value(&error).await, c2);
}

#[tokio::test]
async fn catalogs_show_whole_names_and_find_them() {
    let Fixture { session, .. } = Fixture::new("long_name_catalog").await;
    let ((schema, _), (table, twin), (column, _)) =
        (twins("schema", 90), twins("table", 110), twins("column", 127));
    let constraint = format!("constraint_{}", "k".repeat(70));
    session
        .run(&format!(
            "CREATE SCHEMA {schema}; SET search_path TO '{schema}';
             CREATE TABLE {schema}.{table} ({column} varchar(20) ENCODE zstd DISTKEY SORTKEY, b int,
                                            CONSTRAINT {constraint} UNIQUE (b));
             CREATE VIEW {twin} AS SELECT {column} FROM {table}"
        ))
        .await;
    let both = format!("{schema}|{table}|{column}");
    for sql in [
        format!("SELECT schemaname, tablename, \"column\" FROM pg_table_def WHERE tablename = '{table}' AND distkey"),
        format!("SELECT table_schema, table_name, column_name FROM svv_columns
                  WHERE table_schema = '{schema}' AND table_name = '{table}' AND column_name LIKE 'column%'"),
        format!("SELECT table_schema, table_name, column_name FROM information_schema.columns
                  WHERE table_schema = '{schema}' AND table_name = '{table}' AND ordinal_position = 1"),
        format!("SELECT n.nspname, c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = '{column}' WHERE c.relname = '{table}'"),
        format!("SELECT t.schemaname, tablename, '{column}' FROM pg_tables t WHERE schemaname = current_schema
                    AND tablename IN (SELECT relname FROM pg_class WHERE oid = '{schema}.{table}'::regclass)"),
        format!("SELECT current_schema(), conrelid::regclass, '{column}' FROM pg_constraint WHERE conname = '{constraint}'"),
        format!("SELECT nspname, relname, '{column}' FROM pg_class c, pg_namespace n
                  WHERE c.oid = (nspname || '.' || '{table}')::regclass AND has_schema_privilege(nspname, 'usage')
                    AND nspname = ANY (current_schemas(false))"),
        format!("SELECT schema_name, table_name, column_name FROM svv_redshift_columns WHERE column_name = '{column}' AND table_name = '{table}'"),
    ] {
        assert_eq!(session.value(&sql).await, both, "{sql}");
    }
    assert_eq!(session.value("SHOW search_path").await, schema);
    assert_eq!(
        session.value(&format!("SELECT length(relname) FROM pg_class WHERE relname LIKE '{table}%'")).await,
        "110"
    );
    let shown = session.rows(&format!("SHOW COLUMNS FROM TABLE {schema}.{table}")).await;
    assert!(shown[0].starts_with(&format!("dev|{both}|1")), "{shown:?}");
    assert_eq!(session.rows(&format!("SHOW TABLES FROM SCHEMA dev.{schema} LIKE 'table%'")).await.len(), 2);
    let definition =
        session.value(&format!("SELECT definition FROM pg_views WHERE viewname = '{twin}'")).await;
    assert!(definition.contains(&table) && definition.contains(&column), "{definition}");
    let odd = format!("A {}", "b".repeat(99));
    session.run(&format!("CREATE VIEW odd AS SELECT {column} AS \"{odd}\" FROM {table}")).await;
    let definition = session.value("SELECT pg_get_viewdef('odd'::regclass)").await;
    assert!(definition.contains(&format!("AS \"{}\"", odd.to_lowercase())), "{definition}");
    let found = format!("SELECT count(*) FROM pg_class WHERE oid = ('\"{odd}\"' || '')::regclass");
    session.run(&format!("CREATE TABLE \"{odd}\" (a int)")).await;
    assert_eq!(session.value(&found).await, "1");
    let keys = format!(
        "SELECT column_name FROM information_schema.key_column_usage WHERE constraint_name = '{constraint}'"
    );
    assert_eq!(session.value(&keys).await, "b");
}

#[tokio::test]
async fn errors_call_things_by_their_whole_names_and_point_at_them() {
    let Fixture { session, .. } = Fixture::new("long_name_errors").await;
    let ((table, twin), (column, other)) = (twins("table", 100), twins("column", 100));
    session.run(&format!("CREATE TABLE {table} ({column} int NOT NULL)")).await;
    for (sql, message) in [
        (format!("SELECT * FROM {twin}"), format!("42P01 relation \"{twin}\" does not exist")),
        (format!("SELECT {other} FROM {table}"), format!("42703 column \"{other}\" does not exist")),
        (
            format!("INSERT INTO {table} VALUES (NULL)"),
            format!("XX000 Cannot insert a NULL value into column {column}"),
        ),
        (format!("CREATE TABLE {table} (a int)"), format!("42P07 relation \"{table}\" already exists")),
        (format!("SELECT '{twin}'::regclass"), format!("42P01 relation \"{twin}\" does not exist")),
        (
            format!("COPY {twin} FROM 's3://a/b' IAM_ROLE default"),
            format!("XX000 Cannot COPY into nonexistent table {twin}"),
        ),
    ] {
        assert_eq!(session.refused(&sql).await, message, "{sql}");
    }
    let sql = format!("SELECT {column}, oops FROM {table}");
    let error = session.client.simple_query(&sql).await.expect_err("there is no such column");
    let place = sql.find("oops").and_then(|at| u32::try_from(at + 1).ok()).expect("it is there");
    let position = error.as_db_error().and_then(|error| error.position());
    assert_eq!(position, Some(&tokio_postgres::error::ErrorPosition::Original(place)));
    let error = session.client.prepare(&sql).await.expect_err("there is no such column");
    let position = error.as_db_error().and_then(|error| error.position());
    assert_eq!(position, Some(&tokio_postgres::error::ErrorPosition::Original(place)));
}

#[tokio::test]
async fn whatever_a_session_names_may_have_a_long_name() {
    let Fixture { session, .. } = Fixture::new("long_name_kinds").await;
    let (one, other) = twins("thing", 127);
    let temporary = format!("#{}", "x".repeat(126));
    session.run(&format!("CREATE TABLE {temporary} (a int); INSERT INTO {temporary} VALUES (1)")).await;
    session.run(&format!("CREATE TEMP TABLE {one} (a int); CREATE TEMP TABLE {other} (a int)")).await;
    assert_eq!(session.value(&format!("SELECT count(*) FROM {temporary}")).await, "1");
    session.run(&format!("PREPARE {one} AS SELECT 1; PREPARE {other} AS SELECT 2")).await;
    assert_eq!(session.value(&format!("EXECUTE {other}")).await, "2");
    session
        .run(&format!("BEGIN; DECLARE {one} CURSOR FOR SELECT 1; DECLARE {other} CURSOR FOR SELECT 2"))
        .await;
    assert_eq!(session.value(&format!("FETCH 1 FROM {one}")).await, "1");
    session.run("COMMIT").await;
    session
        .run(&format!(
            "CREATE PROCEDURE {one}() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {other} VALUES (7); END $$; CALL {one}()"
        ))
        .await;
    assert_eq!(session.value(&format!("SELECT a FROM {other}")).await, "7");
    let sql = format!(
        "WITH {one} AS (SELECT 1 AS a), {other} AS (SELECT 2 AS a) SELECT {one}.a, {other}.a FROM {one}, {other}"
    );
    assert_eq!(session.value(&sql).await, "1|2");
}

#[tokio::test]
async fn what_is_not_covered_is_refused_by_name() {
    let Fixture { session, .. } = Fixture::new("long_name_refused").await;
    let (name, _) = twins("name", 64);
    let refusal =
        format!("0A000 a name longer than 63 bytes here is not covered by redshift-local: \"{name}\"");
    assert_eq!(session.refused(&format!("CREATE USER {name} PASSWORD 'Secret12'")).await, refusal);
    assert_eq!(session.refused(&format!("CREATE DATABASE {name}")).await, refusal);
    let (longer, _) = twins("name", 128);
    assert_eq!(
        session.refused(&format!("CREATE TABLE {longer} (a int)")).await,
        format!("42622 identifier \"{longer}\" is longer than 127 bytes")
    );
    // PostgreSQL would cut the one to the other.
    let cut = name.strip_suffix('1').expect("it ends so");
    session.run(&format!("CREATE USER {cut} PASSWORD 'Secret12'")).await;
    let mut wrong = config(snapshot());
    wrong.user(&name).password("Secret12");
    assert!(wrong.connect(NoTls).await.is_err());
    let mut wrong = config(snapshot());
    wrong.dbname(&name);
    assert!(wrong.connect(NoTls).await.is_err());
    session.run(&format!("DROP USER {cut}")).await;
}

#[tokio::test]
async fn a_login_may_bring_a_long_search_path() {
    let Fixture { session, .. } = Fixture::new("long_name_path").await;
    let (schema, twin) = twins("path", 90);
    session
        .run(&format!("CREATE SCHEMA {schema}; CREATE SCHEMA {twin}; CREATE TABLE {twin}.t AS SELECT 2 AS a"))
        .await;
    let mut login = config(snapshot());
    login.options(format!("-c search_path={twin}"));
    let other = Session::connect_with(&login).await.expect("the default user can log in");
    assert_eq!(other.value("SELECT a FROM t").await, "2");
    other.run(&format!("SELECT set_config('search_path', '{schema}', false)")).await;
    assert_eq!(other.value("SELECT current_schema()").await, schema);
    assert!(other.refused("SELECT a FROM t").await.starts_with("42P01"));
}

#[tokio::test]
async fn prepared_statements_and_their_parameters_may_hold_long_names() {
    let Fixture { session, schema, .. } = Fixture::new("long_name_prepared").await;
    let ((table, twin), (column, _)) = (twins("table", 100), twins("column", 100));
    for transaction in [false, true] {
        if transaction {
            session.run("BEGIN").await;
        }
        let create = session.client.prepare(&format!("CREATE TABLE {table} ({column} int)")).await;
        session.client.execute(&create.expect("it is prepared"), &[]).await.expect("the name is free");
        let select = format!("SELECT {column} FROM {table} WHERE {column} = $1");
        session.client.query(&select, &[&1]).await.expect("the table is there");
        for (sql, parameter) in [
            ("SELECT \"column\" FROM pg_table_def WHERE tablename = $1", &table),
            ("SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", &table),
            (
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum = 1",
                &format!("{schema}.{table}"),
            ),
        ] {
            let row = session
                .client
                .query_one(sql, &[parameter])
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert_eq!(row.get::<_, String>(0), column, "{sql}");
        }
        let missing =
            session.client.query("SELECT $1::regclass", &[&twin]).await.expect_err("it is not there");
        assert!(missing.as_db_error().is_some_and(|error| error.code().code() == "42P01"));
        session.run(if transaction { "ROLLBACK" } else { "DROP TABLE IF EXISTS none" }).await;
        session.run(&format!("DROP TABLE IF EXISTS {table}")).await;
    }
}

#[tokio::test]
async fn keys_and_attributes_are_those_of_the_column_that_was_named() {
    let Fixture { session, .. } = Fixture::new("long_name_keys").await;
    let ((parent, child), (c1, c2)) = (twins("table", 127), twins("column", 127));
    session
        .run(&format!(
            "CREATE TABLE {parent} ({c1} int PRIMARY KEY, {c2} int UNIQUE ENCODE delta, id bigint IDENTITY(1,1));
             CREATE TABLE {child} ({c1} int, {c2} int REFERENCES {parent} ({c2})) DISTKEY ({c2}) SORTKEY ({c2}, {c1});
             CREATE TEMP TABLE copied (LIKE {child});
             ALTER TABLE {child} ADD COLUMN another int"
        ))
        .await;
    let keys = "SELECT \"column\", distkey, sortkey FROM pg_table_def WHERE tablename =";
    let expected = [format!("{c1}|f|2"), format!("{c2}|t|1")];
    assert_eq!(session.rows(&format!("{keys} '{child}' AND sortkey > 0 ORDER BY 1")).await, expected);
    assert_eq!(session.rows(&format!("{keys} 'copied' ORDER BY 1")).await, expected);
    let encoded =
        format!("SELECT \"column\" FROM pg_table_def WHERE tablename = '{parent}' AND encoding = 'delta'");
    assert_eq!(session.value(&encoded).await, c2);
    let reference = format!(
        "SELECT a.attname, k.confrelid::regclass FROM pg_constraint k
           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
          WHERE k.contype = 'f' AND k.conrelid = '{child}'::regclass"
    );
    assert_eq!(session.value(&reference).await, format!("{c2}|{parent}"));
    session.run(&format!("INSERT INTO {parent} ({c1}) VALUES (5); INSERT INTO {child} VALUES (1, 2)")).await;
    assert_eq!(session.value(&format!("SELECT id, {c1} FROM {parent}")).await, "1|5");
    // Other tests have a table of this name in their schemas.
    let info = format!(
        "SELECT diststyle, sortkey1 FROM svv_table_info WHERE \"table\" = '{child}' AND \"schema\" = current_schema()"
    );
    assert_eq!(session.value(&info).await, format!("KEY({c2})|{c2}"));
    let (c3, _) = twins("widened", 100);
    session
        .run(&format!(
            "ALTER TABLE {parent} ADD COLUMN t varchar(5); ALTER TABLE {parent} RENAME COLUMN t TO {c3}"
        ))
        .await;
    session.run(&format!("ALTER TABLE {parent} ALTER COLUMN {c3} TYPE varchar(9)")).await;
    assert_eq!(
        session.refused(&format!("ALTER TABLE {parent} ALTER COLUMN {c1} TYPE varchar(9)")).await,
        format!(
            "0A000 cannot alter column \"{c1}\" of relation \"{parent}\", ALTER COLUMN TYPE is only supported for the size of a VARCHAR column"
        )
    );
    session.run(&format!("MERGE INTO {parent} USING {child} ON {parent}.{c1} = {child}.{c1}
                          WHEN MATCHED THEN UPDATE SET {c2} = {child}.{c2} WHEN NOT MATCHED THEN INSERT ({c1}) VALUES ({child}.{c1});
                          TRUNCATE {child}; DELETE FROM {child} USING {parent} WHERE {child}.{c1} = {parent}.{c1}; DROP TABLE {child}")).await;
}

#[tokio::test]
async fn names_that_are_put_together_at_run_time_are_refused() {
    let Fixture { session, .. } = Fixture::new("long_name_dynamic").await;
    let (name, _) = twins("name", 80);
    session.run("CREATE PROCEDURE make(name varchar(200)) AS $$ BEGIN EXECUTE 'CREATE TABLE ' || name || ' (a int)'; END $$ LANGUAGE plpgsql").await;
    session.run("BEGIN").await;
    assert_eq!(
        session.refused(&format!("CALL make('{name}')")).await,
        format!("0A000 a name longer than 63 bytes here is not covered by redshift-local: \"{name}\"")
    );
    session.run("ROLLBACK").await;
    assert_eq!(session.value("SELECT count(*) FROM pg_table_def WHERE tablename LIKE 'name_%'").await, "0");
}

#[tokio::test]
async fn a_fault_finds_the_table_by_its_whole_name() {
    let Fixture { session, .. } = Fixture::new("long_name_faults").await;
    let (table, twin) = twins("table", 100);
    session.run(&format!("CREATE TABLE {table} (a int); CREATE TABLE {twin} (a int)")).await;
    session
        .run(&format!(
            "SELECT redshift_local.inject('before_statement', 'disk_full', table_name => '{table}')"
        ))
        .await;
    session.run(&format!("INSERT INTO {twin} VALUES (1)")).await;
    assert!(session.refused(&format!("INSERT INTO {table} VALUES (1)")).await.contains("Disk Full"));
}

#[tokio::test]
async fn a_client_that_wants_no_notices_is_refused_cut_names_all_the_same() {
    let Fixture { session, schema, .. } = Fixture::new("long_name_quiet").await;
    let (name, _) = twins("name", 80);
    session
        .run(
            "CREATE PROCEDURE make(name varchar(200)) AS $$ BEGIN
                 RAISE NOTICE 'made'; RAISE INFO 'told'; RAISE WARNING 'warned';
                 IF name <> '' THEN EXECUTE 'CREATE TABLE ' || name || ' (a int)'; END IF;
             END $$ LANGUAGE plpgsql",
        )
        .await;
    let call = format!("BEGIN; CALL make('{name}')");
    let refusal =
        format!("0A000 a name longer than 63 bytes here is not covered by redshift-local: \"{name}\"");
    session.run("SET client_min_messages TO warning").await;
    assert_eq!(session.value("SHOW client_min_messages").await, "warning");
    assert_eq!(session.refused(&call).await, refusal);
    session.run("ROLLBACK").await;
    assert_eq!(session.notices(), ["INFO: told", "WARNING: warned"]);
    session.run("RESET client_min_messages; CALL make('')").await;
    assert_eq!(session.notices()[2..], ["NOTICE: made", "INFO: told", "WARNING: warned"]);
    session.run("SELECT set_config('client_min_messages', 'error', false)").await;
    assert_eq!(session.refused(&call).await, refusal);
    session.run("ROLLBACK").await;

    let mut login = config(snapshot());
    login.options(format!("-c search_path={schema} -c client_min_messages=error"));
    let quiet = Session::connect_with(&login).await.expect("the default user can log in");
    assert_eq!(quiet.refused(&call).await, refusal);
    assert_eq!(quiet.notices(), ["INFO: told"]);
    assert_eq!(
        session.refused("SET client_min_messages TO loud").await,
        "22023 invalid value for parameter \"client_min_messages\": \"loud\""
    );
    for sql in [
        "ALTER USER dev SET client_min_messages TO error",
        "CREATE PROCEDURE p() AS $$ BEGIN SET client_min_messages TO error; END $$ LANGUAGE plpgsql",
    ] {
        assert_eq!(
            session.refused(sql).await,
            "0A000 client_min_messages in ALTER or CREATE is not covered by redshift-local",
            "{sql}"
        );
    }
}
