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

/// [DG `r_SHOW_CONSTRAINTS`, `r_SHOW_FUNCTIONS`, `r_SHOW_PROCEDURES`, `r_SHOW_PARAMETERS`, `r_SHOW_GRANTS`,
/// `r_SHOW_COLUMN_GRANTS`]: in words and with parameters, as AWS's drivers send them.
#[tokio::test]
async fn show_tells_of_keys_routines_and_grants() {
    let Fixture { session, schema, .. } = Fixture::new("show_objects").await;
    session.run("CREATE TABLE p (i int, j int, PRIMARY KEY (i, j)); CREATE TABLE f (a int, b int, FOREIGN KEY (a, b) REFERENCES p)").await;
    assert_eq!(
        session.rows(&format!("SHOW CONSTRAINTS PRIMARY KEYS FROM TABLE dev.{schema}.p")).await,
        [format!("dev|{schema}|p|p_pkey|i|1"), format!("dev|{schema}|p|p_pkey|j|2")]
    );
    let keys = [
        format!("dev|{schema}|p|i|dev|{schema}|f|a|1|f_a_fkey|p_pkey|NULL|NULL|NULL"),
        format!("dev|{schema}|p|j|dev|{schema}|f|b|2|f_a_fkey|p_pkey|NULL|NULL|NULL"),
    ];
    assert_eq!(session.rows(&format!("SHOW CONSTRAINTS FOREIGN KEYS FROM TABLE {schema}.f")).await, keys);
    assert_eq!(
        session.rows(&format!("SHOW CONSTRAINTS FOREIGN KEYS EXPORTED FROM TABLE {schema}.p LIMIT 1")).await,
        keys[..1]
    );
    assert!(session.refused("SHOW CONSTRAINTS PRIMARY KEYS FROM TABLE nonesuch").await.starts_with("42P01"));

    session.run("CREATE FUNCTION half(integer, varchar) RETURNS integer IMMUTABLE AS $$ SELECT $1 / 2 $$ LANGUAGE sql").await;
    session
        .run("CREATE PROCEDURE twice(n INOUT bigint) AS $$ BEGIN n := 2 * n; END; $$ LANGUAGE plpgsql")
        .await;
    assert_eq!(
        session.rows(&format!("SHOW FUNCTIONS FROM SCHEMA dev.{schema}")).await,
        [format!("dev|{schema}|half|2|integer, character varying|integer|NULL")]
    );
    assert_eq!(
        session.rows(&format!("SHOW PROCEDURES FROM SCHEMA {schema} LIKE 'tw%'")).await,
        [format!("dev|{schema}|twice|1|bigint|bigint|NULL")]
    );
    let parameters =
        session.rows(&format!("SHOW PARAMETERS OF FUNCTION {schema}.half(int, character varying)")).await;
    let first = |row: &String| row.split('|').take(7).collect::<Vec<_>>().join("|");
    assert_eq!(
        parameters.iter().map(first).collect::<Vec<_>>(),
        [
            format!("dev|{schema}|half||0|RETURN|integer"),
            format!("dev|{schema}|half||1|IN|integer"),
            format!("dev|{schema}|half||2|IN|character varying"),
        ]
    );
    assert!(session.rows(&format!("SHOW PARAMETERS OF FUNCTION {schema}.half()")).await.is_empty());

    session
        .run("CREATE ROLE show_role; GRANT SELECT ON p TO ROLE show_role; GRANT INSERT ON p TO PUBLIC")
        .await;
    session.run("GRANT UPDATE (a) ON f TO show_role").await;
    let grants = session.rows(&format!("SHOW GRANTS ON TABLE {schema}.p")).await;
    let columns = |row: &String| {
        row.split('|')
            .enumerate()
            .filter(|(at, _)| *at != 5)
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
            .join("|")
    };
    assert_eq!(
        grants.iter().map(columns).collect::<Vec<_>>(),
        [
            format!("dev|{schema}|p|TABLE|INSERT|public|public|f|TABLE|dev"),
            format!("dev|{schema}|p|TABLE|SELECT|show_role|role|f|TABLE|dev"),
        ]
    );
    let grants = session.rows(&format!("SHOW COLUMN GRANTS ON TABLE {schema}.f")).await;
    assert!(grants.len() == 1 && grants[0].contains("|f|a|COLUMN|UPDATE|"), "{grants:?}");

    let rows =
        session.client.query("SHOW TABLES FROM SCHEMA $1.$2 LIKE $3;", &[&"dev", &schema, &"p%"]).await;
    let rows = rows.expect("a name may be a parameter");
    assert_eq!(rows.iter().map(|row| row.get("table_name")).collect::<Vec<String>>(), ["p"]);
}
