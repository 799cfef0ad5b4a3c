//! The SVV views, which need no search path (facts 0.20, 3.3).

use crate::support::Fixture;

const TABLE: &str = "
    CREATE TABLE t (id bigint NOT NULL DISTKEY, name varchar(20) DEFAULT 'x' ENCODE zstd, price numeric(8,2), s super,
                    at timestamp SORTKEY)";

#[tokio::test]
async fn columns_are_described_with_their_keys_and_encodings() {
    let Fixture { session, schema, .. } = Fixture::new("svv_columns").await;
    session.run(TABLE).await;
    session.run("SET search_path TO public").await;
    let query = format!(
        "SELECT column_name, ordinal_position, data_type, column_default, is_nullable, encoding, distkey, sortkey
           FROM svv_redshift_columns WHERE database_name = 'dev' AND schema_name = '{schema}' ORDER BY ordinal_position"
    );
    assert_eq!(
        session.rows(&query).await,
        [
            "id|1|bigint|NULL|NO|az64|t|0",
            "name|2|character varying(20)|'x'::character varying|YES|zstd|f|0",
            "price|3|numeric(8,2)|NULL|YES|az64|f|0",
            "s|4|super|NULL|YES|zstd|f|0",
            "at|5|timestamp without time zone|NULL|YES|none|f|1",
        ]
    );
    let query = format!(
        "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
           FROM svv_columns WHERE table_schema = '{schema}' ORDER BY ordinal_position"
    );
    assert_eq!(
        session.rows(&query).await,
        [
            "id|bigint|NULL|64|0",
            "name|character varying|20|NULL|NULL",
            "price|numeric|NULL|8|2",
            "s|super|NULL|NULL|NULL",
            "at|timestamp without time zone|NULL|NULL|NULL",
        ]
    );
    let tables = format!("SELECT table_name, table_type FROM svv_tables WHERE table_schema = '{schema}'");
    assert_eq!(session.rows(&tables).await, ["t|BASE TABLE"]);
    let tables =
        format!("SELECT table_name, table_type FROM svv_redshift_tables WHERE schema_name = '{schema}'");
    assert_eq!(session.rows(&tables).await, ["t|TABLE"]);
}

#[tokio::test]
async fn an_empty_table_has_no_row_in_svv_table_info() {
    let Fixture { session, schema, .. } = Fixture::new("svv_table_info").await;
    session.run(TABLE).await;
    session.run("CREATE TABLE auto (a int)").await;
    let query = format!(
        "SELECT \"table\", diststyle, sortkey1, sortkey_num, max_varchar, tbl_rows FROM svv_table_info
          WHERE schema = '{schema}' ORDER BY 1"
    );
    assert!(session.rows(&query).await.is_empty());
    session.run("INSERT INTO t (id) VALUES (1), (2); INSERT INTO auto VALUES (1)").await;
    assert_eq!(session.rows(&query).await, ["auto|AUTO(EVEN)|AUTO(SORTKEY)|0|NULL|1", "t|KEY(id)|at|1|20|2"]);
}

/// Fact 3.3.
#[tokio::test]
async fn show_columns_tells_of_keys_and_encodings() {
    let Fixture { session, schema, .. } = Fixture::new("show_columns").await;
    session.run("CREATE TABLE t (a int DISTKEY, b varchar(5) SORTKEY, c numeric(10,2) NOT NULL)").await;
    assert_eq!(
        session.rows(&format!("SHOW COLUMNS FROM TABLE dev.{schema}.t")).await,
        [
            format!("dev|{schema}|t|a|1|NULL|YES|integer|NULL|32|0|NULL|NULL|0|1|az64|NULL"),
            format!(
                "dev|{schema}|t|b|2|NULL|YES|character varying|5|NULL|NULL|NULL|COMPOUND|1|NULL|raw|default"
            ),
            format!("dev|{schema}|t|c|3|NULL|NO|numeric|NULL|10|2|NULL|NULL|0|NULL|az64|NULL"),
        ]
    );
    assert_eq!(session.rows("SHOW COLUMNS FROM TABLE t LIKE 'b%' LIMIT 1").await.len(), 1);
    assert!(session.refused("SHOW COLUMNS FROM TABLE nonesuch").await.starts_with("42P01"));
}

#[tokio::test]
async fn views_over_all_databases_show_this_one_and_no_external_schema() {
    let Fixture { session, schema, .. } = Fixture::new("svv_all").await;
    session.run(TABLE).await;
    let of_schema = |view: &str, columns: &str| {
        format!(
            "SELECT {columns} FROM pg_catalog.{view} WHERE database_name = 'dev' AND schema_name = '{schema}'"
        )
    };
    assert_eq!(session.value(&of_schema("svv_all_schemas", "schema_type")).await, "local");
    assert_eq!(
        session.value(&of_schema("svv_all_tables", "table_name || ' ' || table_type")).await,
        "t TABLE"
    );
    let columns =
        of_schema("svv_all_columns", "column_name, data_type, numeric_scale") + " AND table_name = 't'";
    assert_eq!(session.rows(&format!("{columns} ORDER BY ordinal_position")).await[2], "price|numeric|2");
    assert_eq!(
        session.value("SELECT database_type FROM svv_redshift_databases WHERE database_name = 'dev'").await,
        "local"
    );
    for view in ["svv_external_schemas", "svv_external_tables", "svv_external_columns"] {
        assert!(session.rows(&format!("SELECT * FROM {view}")).await.is_empty());
    }
}

#[tokio::test]
async fn schemas_of_ours_are_in_no_list() {
    let Fixture { session, .. } = Fixture::new("svv_hidden").await;
    for list in [
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'redshift%'",
        "SELECT schema_name FROM svv_all_schemas WHERE schema_name LIKE 'redshift%'",
        "SELECT table_name FROM svv_all_tables WHERE schema_name LIKE 'redshift%'",
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'redshift%'",
        "SELECT table_name FROM information_schema.tables WHERE table_schema LIKE 'redshift%'",
        "SELECT column_name FROM information_schema.columns WHERE table_schema LIKE 'redshift%'",
    ] {
        let found = session.rows(list).await;
        assert!(found.is_empty(), "{list}: {found:?}");
    }
}
