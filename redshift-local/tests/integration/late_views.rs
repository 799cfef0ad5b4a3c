//! Views WITH NO SCHEMA BINDING [DG `r_CREATE_VIEW`].

use crate::support::Fixture;
use crate::support::servers::snapshot;
use crate::support::session::{Session, config};

#[tokio::test]
async fn a_late_view_lets_its_table_go_and_finds_the_next_one() {
    let Fixture { session, schema, .. } = Fixture::new("late_views").await;
    session.run("CREATE TABLE t (a int, b varchar(5)); INSERT INTO t VALUES (1, 'x')").await;
    session.run(&format!("CREATE VIEW v AS SELECT * FROM {schema}.t WITH NO SCHEMA BINDING")).await;
    assert_eq!(session.rows("SELECT * FROM v").await, ["1|x"]);

    session.run("ALTER TABLE t RENAME COLUMN b TO c; ALTER TABLE t ADD COLUMN d int DEFAULT 7").await;
    assert_eq!(session.rows("SELECT c, d FROM v").await, ["x|7"]);
    session.run("ALTER TABLE t DROP COLUMN c").await;
    assert_eq!(session.rows("SELECT * FROM v").await, ["1|7"]);

    session.run("DROP TABLE t").await;
    let missing = format!("42P01 relation \"{schema}.t\" does not exist");
    assert_eq!(session.refused("SELECT * FROM v").await, missing);
    assert_eq!(session.refused("SELECT count(*) FROM v").await, missing);
    // As dbt replaces a table.
    session.run("CREATE TABLE next (z varchar(3)); INSERT INTO next VALUES ('new')").await;
    session.run("BEGIN; ALTER TABLE next RENAME TO t; COMMIT").await;
    assert_eq!(session.rows("SELECT z FROM v").await, ["new"]);
    session.run("DROP VIEW v; DROP TABLE t").await;
}

#[tokio::test]
async fn a_late_view_may_come_before_what_it_reads() {
    let Fixture { session, schema, .. } = Fixture::new("late_before").await;
    session
        .run(&format!(
            "CREATE VIEW outer_view AS SELECT n + 1 AS m FROM {schema}.inner_view WITH NO SCHEMA BINDING"
        ))
        .await;
    session
        .run(&format!(
            "CREATE OR REPLACE VIEW inner_view (n) AS SELECT a FROM {schema}.t WITH NO SCHEMA BINDING"
        ))
        .await;
    // PostgreSQL misses the column, since the other view has none yet.
    assert!(session.refused("SELECT * FROM outer_view").await.starts_with("42703"));
    session.run("CREATE TABLE t AS SELECT 4 AS a").await;
    assert_eq!(session.value("SELECT m FROM outer_view").await, "5");
    session.run("DROP TABLE t CASCADE").await;
    assert!(session.refused("SELECT * FROM outer_view").await.starts_with("42P01"));
    let prepared = format!(
        "CREATE OR REPLACE VIEW inner_view AS SELECT 1::bigint AS n, '{schema}' AS s WITH NO SCHEMA BINDING"
    );
    session.client.execute(&prepared, &[]).await.expect("it can be prepared");
    assert_eq!(session.value("SELECT m FROM outer_view").await, "2");
}

#[tokio::test]
async fn a_late_view_is_read_with_the_rights_of_its_owner() {
    let Fixture { session, schema, .. } = Fixture::new("late_rights").await;
    session.run("CREATE USER late_reader PASSWORD 'Secret12'; CREATE TABLE t (a int)").await;
    session.run(&format!("CREATE VIEW v AS SELECT * FROM {schema}.t WITH NO SCHEMA BINDING")).await;
    session
        .run(&format!("GRANT USAGE ON SCHEMA {schema} TO late_reader; GRANT SELECT ON v TO late_reader"))
        .await;
    session.run("DROP TABLE t; CREATE TABLE t (other varchar(3)); INSERT INTO t VALUES ('x')").await;
    let mut config = config(snapshot());
    config.user("late_reader").password("Secret12");
    let reader = Session::connect_with(&config).await.expect("the user can log in");
    assert_eq!(reader.value(&format!("SELECT other FROM {schema}.v")).await, "x");
    assert!(reader.refused(&format!("SELECT other FROM {schema}.t")).await.starts_with("42501"));
}

#[tokio::test]
async fn the_catalog_keeps_the_columns_of_late_views_apart() {
    let Fixture { session, schema, .. } = Fixture::new("late_catalog").await;
    session.run("CREATE TABLE t (a int, b varchar(5))").await;
    session.run(&format!("CREATE VIEW v AS SELECT * FROM {schema}.t WITH NO SCHEMA BINDING")).await;
    assert_eq!(
        session
            .rows(&format!(
                "SELECT n, t, i FROM pg_get_late_binding_view_cols() c(s name, v name, n name, t varchar, i int) WHERE s = '{schema}'"
            ))
            .await,
        ["a|integer|1", "b|character varying(5)|2"]
    );
    assert_eq!(
        session
            .value(&format!("SELECT count(*) FROM pg_attribute WHERE attrelid = '{schema}.v'::regclass"))
            .await,
        "0"
    );
    assert_eq!(
        session
            .value(&format!(
                "SELECT count(*) FROM svv_columns WHERE table_schema = '{schema}' AND table_name = 'v'"
            ))
            .await,
        "2"
    );
}

#[tokio::test]
async fn what_a_late_view_may_not_be_is_refused() {
    let Fixture { session, schema, .. } = Fixture::new("late_refused").await;
    session
        .run(&format!(
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM {schema}.t WITH NO SCHEMA BINDING"
        ))
        .await;
    for (sql, refusal) in [
        (
            "CREATE VIEW w AS SELECT a FROM t WITH NO SCHEMA BINDING".to_owned(),
            "0A000 All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.".to_owned(),
        ),
        (
            "CREATE VIEW w AS SELECT a FROM nowhere.t WITH NO SCHEMA BINDING".to_owned(),
            "3F000 schema \"nowhere\" does not exist".to_owned(),
        ),
        (
            format!("CREATE VIEW v AS SELECT a FROM {schema}.t WITH NO SCHEMA BINDING"),
            "42P07 relation \"v\" already exists".to_owned(),
        ),
        (
            format!("CREATE VIEW w AS SELECT a FROM {schema}.v"),
            "0A000 a bound view of a view WITH NO SCHEMA BINDING is not covered by redshift-local".to_owned(),
        ),
    ] {
        assert_eq!(session.refused(&sql).await, refusal, "{sql}");
    }
    assert!(
        session
            .refused(&format!("CREATE VIEW w AS SELEC a FROM {schema}.t WITH NO SCHEMA BINDING"))
            .await
            .starts_with("42601")
    );
}

#[tokio::test]
async fn no_change_of_a_table_is_refused_for_a_late_view_that_it_breaks() {
    let Fixture { session, schema, .. } = Fixture::new("late_broken").await;
    session.run("CREATE TABLE t (a int, d varchar(9)); CREATE TABLE u (b int, c int)").await;
    session.run("INSERT INTO t VALUES (1, '2'); INSERT INTO u VALUES (1, 3)").await;
    for (view, query) in [
        ("joined", format!("SELECT a FROM {schema}.t JOIN {schema}.u ON a = b AND c = 3")),
        ("starred", format!("SELECT * FROM {schema}.t JOIN {schema}.u ON a = b")),
        ("compared", format!("SELECT a FROM {schema}.t WHERE d = 'x'")),
        ("united", format!("SELECT d FROM {schema}.t UNION ALL SELECT 'x'::varchar(9)")),
        ("renamed (x, y)", format!("SELECT * FROM {schema}.t")),
    ] {
        session.run(&format!("CREATE VIEW {view} AS {query} WITH NO SCHEMA BINDING")).await;
    }
    session.run("ALTER TABLE t ADD COLUMN c int").await;
    assert_eq!(session.refused("SELECT * FROM joined").await, "42702 column reference \"c\" is ambiguous");
    assert_eq!(session.refused("SELECT * FROM starred").await, "42701 column \"c\" specified more than once");
    session.run("ALTER TABLE t DROP COLUMN c").await;
    assert_eq!(session.value("SELECT * FROM joined").await, "1");
    assert_eq!(session.value("SELECT * FROM starred").await, "1|2|1|3");

    session
        .run("ALTER TABLE t RENAME TO old; CREATE TABLE t (a int, d int); INSERT INTO t VALUES (1, 5)")
        .await;
    assert_eq!(
        session.refused("SELECT * FROM compared").await,
        "22P02 invalid input syntax for type integer: \"x\""
    );
    assert!(session.refused("SELECT * FROM united").await.starts_with("42804"));
    assert_eq!(session.value("SELECT x, y FROM renamed").await, "1|5");
    session.run("ALTER TABLE t DROP COLUMN d").await;
    assert!(session.refused("SELECT * FROM renamed").await.starts_with("42601"));
    // What is wrong when it is made is told to whoever makes it.
    let wrong = format!(
        "CREATE VIEW w AS SELECT a FROM {schema}.t JOIN {schema}.old USING (d) WITH NO SCHEMA BINDING"
    );
    assert!(session.refused(&wrong.replace("USING (d)", "ON true")).await.starts_with("42702"));
}

#[tokio::test]
async fn a_late_view_lets_its_function_go_and_finds_the_next_one() {
    let Fixture { session, schema, .. } = Fixture::new("late_functions").await;
    let function = |factor: i32| {
        format!(
            "CREATE FUNCTION times(integer) RETURNS integer IMMUTABLE AS $$ SELECT $1 * {factor} $$ LANGUAGE sql"
        )
    };
    session.run("CREATE TABLE t AS SELECT 7 AS a").await;
    session.run(&function(2)).await;
    let view = format!("SELECT {schema}.times(a) AS b FROM {schema}.t");
    session.run(&format!("CREATE VIEW v AS {view} WITH NO SCHEMA BINDING")).await;
    assert_eq!(session.value("SELECT b FROM v").await, "14");

    session.run("DROP FUNCTION times(integer)").await;
    let missing = format!("42883 function {schema}.times(integer) does not exist");
    assert_eq!(session.refused("SELECT b FROM v").await, missing);
    session.run("ALTER TABLE t ADD COLUMN other int").await;
    session.run(&function(3)).await;
    assert_eq!(session.value("SELECT b FROM v").await, "21");
    session.run(&format!("CREATE VIEW bound AS SELECT {schema}.times(1) AS one")).await;
    assert!(session.refused("DROP FUNCTION times(integer)").await.starts_with("2BP01"));
}
