//! What Redshift refuses, and what it writes differently.

use crate::support::Fixture;

#[tokio::test]
async fn what_redshift_has_not_is_refused() {
    let Fixture { session, .. } = Fixture::new("refusals").await;
    session.run("CREATE TABLE t (a int PRIMARY KEY)").await;
    for (sql, code) in [
        ("SAVEPOINT a", "0A000"),
        ("DISCARD ALL", "0A000"),
        ("DEALLOCATE ALL", "0A000"),
        ("LISTEN a", "0A000"),
        ("CREATE INDEX i ON t (a)", "0A000"),
        ("DO $$ BEGIN END $$", "0A000"),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "42601"),
        ("INSERT INTO t VALUES (1) RETURNING a", "42601"),
        ("SELECT * FROM t FOR UPDATE", "42601"),
        ("COPY t FROM STDIN", "42601"),
        ("COPY t TO STDOUT", "42601"),
        ("CREATE TABLE u (a serial)", "0A000"),
        ("CREATE TABLE u (a jsonb)", "0A000"),
        ("ALTER TABLE t ADD COLUMN b int, ADD COLUMN c int", "42601"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS b int", "42601"),
        ("SET standard_conforming_strings TO on", "42704"),
        ("SELECT * FROM pg_range", "42P01"),
        ("SELECT * FROM (VALUES (1)) v", "42601"),
        ("VALUES (1)", "42601"),
        ("SELECT array_agg(a) FROM t", "42883"),
        ("SELECT unnest(ARRAY[1])", "42883"),
        ("SELECT jsonb_build_object('a', 1)", "42883"),
        ("SELECT pg_advisory_lock(1)", "42883"),
        ("SELECT current_catalog", "42703"),
        ("SELECT system_user", "42703"),
        ("SELECT json_scalar(1)", "42883"),
        ("SET extra_float_digits TO 3", "22023"),
        ("SHOW GRANTS ON DATABASE dev", "0A000"),
    ] {
        let refusal = session.refused(sql).await;
        assert!(refusal.starts_with(code), "{sql}: {refusal}");
    }
}

#[tokio::test]
async fn add_column_not_null_needs_a_default() {
    let Fixture { session, .. } = Fixture::new("add_not_null").await;
    session.run("CREATE TABLE t (a int)").await;
    assert_eq!(
        session.refused("ALTER TABLE t ADD COLUMN b int NOT NULL").await,
        "0A000 ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression"
    );
    session.run("ALTER TABLE t ADD COLUMN b int DEFAULT 0 NOT NULL").await;
}

#[tokio::test]
async fn a_backslash_escapes_in_any_literal() {
    let Fixture { session, .. } = Fixture::new("backslash").await;
    assert_eq!(session.value(r"SELECT 'a\\b\'c' || 'd''e'").await, r"a\b'cd'e");
}

#[tokio::test]
async fn names_fold_although_quoted() {
    let Fixture { session, .. } = Fixture::new("folding").await;
    session.run(r#"CREATE TABLE "Pages" ("UserId" int); INSERT INTO pages VALUES (1)"#).await;
    assert_eq!(session.value(r#"SELECT "USERID" FROM "PAGES""#).await, "1");
}

/// Fact 3.6.
#[tokio::test]
async fn quoted_names_keep_their_case_when_the_session_wants_it() {
    let Fixture { session, bucket, .. } = Fixture::new("case_sensitive").await;
    session.run("SET enable_case_sensitive_identifier TO true").await;
    assert_eq!(session.value("SHOW enable_case_sensitive_identifier").await, "on");
    session.run(r#"CREATE TABLE "Pages" ("UserId" int, USERID int)"#).await;
    bucket.put("pages.json", r#"{"UserId": 1, "userid": 2}"#).await;
    session
        .run(&format!(r#"COPY "Pages" FROM '{}' IAM_ROLE default JSON 'auto'"#, bucket.url("pages.json")))
        .await;
    assert_eq!(session.value(r#"SELECT "UserId", userid FROM "Pages""#).await, "1|2");

    session.run("RESET enable_case_sensitive_identifier").await;
    assert_eq!(session.value("SHOW enable_case_sensitive_identifier").await, "off");
    assert!(session.refused(r#"SELECT 1 FROM "Pages""#).await.starts_with("42P01"));
}

#[tokio::test]
async fn primary_keys_are_not_enforced() {
    let Fixture { session, .. } = Fixture::new("no_primary_key").await;
    session
        .run("CREATE TABLE t (a int, b int UNIQUE, PRIMARY KEY (a)); INSERT INTO t VALUES (1, 1), (1, 1)")
        .await;
    session.run("INSERT INTO t VALUES (1, 1)").await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "3");
}

#[tokio::test]
async fn an_error_points_into_the_text_the_client_sent() {
    let Fixture { session, .. } = Fixture::new("positions").await;
    let sql = r#"CREATE TABLE t (a text, b text); SELECT sysdate, "A", oops FROM t"#;
    let error = session.client.batch_execute(sql).await.expect_err("there is no such column");
    let position = error.as_db_error().expect("the server says so").position().cloned();
    let expected = sql.find("oops").expect("it is there") + 1;
    assert_eq!(
        position,
        Some(tokio_postgres::error::ErrorPosition::Original(u32::try_from(expected).expect("short")))
    );
}

#[tokio::test]
async fn redshifts_own_parameters_can_be_set_and_shown() {
    let Fixture { session, .. } = Fixture::new("parameters").await;
    session.run("SET query_group TO 'load'; SET wlm_query_slot_count = 3").await;
    assert_eq!(session.value("SHOW query_group").await, "load");
}

/// Fact 3.1, though `version()` says more.
#[tokio::test]
async fn the_version_of_the_server_is_the_one_that_redshift_left_postgres_at() {
    let Fixture { session, .. } = Fixture::new("server_version").await;
    assert_eq!(session.value("SHOW server_version").await, "8.0.2");
}

/// Fact 2.8.
#[tokio::test]
async fn merge_needs_a_source_both_clauses_and_one_match_per_row() {
    let Fixture { session, .. } = Fixture::new("merge").await;
    session.run("CREATE TABLE t (a int, b int); CREATE TABLE s (a int, b int)").await;
    session.run("INSERT INTO t VALUES (1, 0); INSERT INTO s VALUES (1, 1), (2, 2)").await;
    let matched = "WHEN MATCHED THEN UPDATE SET b = s.b";
    let not_matched = "WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b)";
    for broken in [
        format!("MERGE INTO t USING s ON t.a = s.a {matched}"),
        format!("MERGE INTO t USING s ON t.a = s.a {not_matched}"),
        format!("MERGE INTO t x USING s ON x.a = s.a {matched} {not_matched}"),
    ] {
        let refusal = session.refused(&broken).await;
        assert!(refusal.starts_with("42601"), "{broken}: {refusal}");
    }
    let merge = format!("MERGE INTO t USING s ON t.a = s.a {matched} {not_matched}");
    session.run(&merge).await;
    assert_eq!(session.rows("SELECT a, b FROM t ORDER BY a").await, ["1|1", "2|2"]);
    let query =
        format!("MERGE INTO t USING (SELECT a, 5 AS b FROM s) AS s ON t.a = s.a {matched} {not_matched}");
    session.run(&query).await;
    assert_eq!(session.rows("SELECT a, b FROM t ORDER BY a").await, ["1|5", "2|5"]);
    session.run("CREATE VIEW v AS SELECT a, 6 AS b FROM s").await;
    session.run(&format!("MERGE INTO t USING v AS s ON t.a = s.a {matched} {not_matched}")).await;
    assert_eq!(session.rows("SELECT a, b FROM t ORDER BY a").await, ["1|6", "2|6"]);
    session.run("INSERT INTO s VALUES (1, 3)").await;
    assert_eq!(session.refused(&merge).await, "XX000 Found multiple matches to update the same tuple.");
}

#[tokio::test]
async fn the_clock_is_read_by_redshifts_functions() {
    let Fixture { session, .. } = Fixture::new("clock").await;
    session.run("CREATE TABLE t (a timestamp DEFAULT sysdate, b timestamp DEFAULT getdate(), c int)").await;
    session.run("INSERT INTO t (c) VALUES (1)").await;
    assert_eq!(
        session
            .value("SELECT count(a) || ' ' || count(b) FROM t WHERE a <= GETDATE() + interval '1 day'")
            .await,
        "1 1"
    );
}

#[tokio::test]
async fn a_subquery_in_from_needs_no_name() {
    let Fixture { session, .. } = Fixture::new("unnamed").await;
    assert_eq!(
        session.rows("SELECT * FROM (SELECT 1 AS a) JOIN (SELECT 1 AS b) ON a = b WHERE a = 1").await,
        ["1|1"]
    );
    assert_eq!(
        session.rows("SELECT sum(a) FROM (SELECT 1 AS a UNION ALL (SELECT 2)), (SELECT 3)").await,
        ["3"]
    );
}

#[tokio::test]
async fn an_expression_of_the_select_list_is_named_by_later_ones_and_by_conditions() {
    let Fixture { session, .. } = Fixture::new("aliases").await;
    session.run("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 10), (2, 20)").await;
    let query = "SELECT a + 1 AS c, c * 2 AS d, c + d FROM t WHERE d > 4";
    assert_eq!(session.rows(query).await, ["3|6|9"]);
    // A column comes before a name.
    assert_eq!(session.rows("SELECT a AS b, b + 1 AS e, e FROM t WHERE b = 20").await, ["2|21|21"]);
    // In a transaction, after a statement that must not be lost.
    session.run("BEGIN; INSERT INTO t VALUES (3, 30)").await;
    assert_eq!(session.rows("SELECT max(a) AS c FROM t HAVING c > 2").await, ["3"]);
    assert!(session.refused("SELECT a AS c, nowhere FROM t WHERE c = 1").await.starts_with("42703"));
    session.run("ROLLBACK").await;
    let prepared = session.client.prepare("SELECT a + $1 AS c, c * 2 AS d FROM t WHERE d = 6").await;
    let rows = session.client.query(&prepared.expect("it is understood"), &[&1_i32]).await.expect("it runs");
    assert_eq!(rows.iter().map(|row| row.get::<_, i32>("c")).collect::<Vec<_>>(), [3]);
    assert_eq!(session.rows("SELECT a FROM t WHERE 1 AND a = 2").await, ["2"]);
    for made in ["TABLE made DISTKEY (c)", "VIEW seen", "OR REPLACE VIEW seen"] {
        session.run(&format!("CREATE {made} AS (SELECT a + 1 AS c, c * 2 AS d FROM t)")).await;
        let name = made.split(' ').find(|word| ["made", "seen"].contains(word)).expect("it has a name");
        assert_eq!(session.rows(&format!("SELECT c, d FROM {name} ORDER BY c")).await, ["2|4", "3|6"]);
    }
}

/// What loaders and AWS's own examples write.
#[tokio::test]
async fn grammar_that_loaders_send_is_taken() {
    let Fixture { session, .. } = Fixture::new("loaders_grammar").await;
    session
        .run("CREATE TABLE t (id bigint IDENTITY NOT NULL, n int IDENTITY(0,1), a varchar(9), at timestamp, d date)")
        .await;
    session.run("INSERT INTO t (a, at, d) VALUES ('x', '2015-07-01 10:20:30', '2015-07-01')").await;
    session.run("INSERT INTO t (a, at, d) VALUES ('y', '2015-08-31 00:00:00', '2015-08-31')").await;
    for (query, expected) in [
        ("SELECT id, n FROM t WHERE a = 'x'", "1|0"),
        (
            "SELECT a::varchar(max), CAST(a AS varchar(max)), CONVERT(varchar(max), a) FROM t WHERE a = 'x'",
            "x|x|x",
        ),
        ("SELECT TOP 1 a FROM t ORDER BY id DESC", "y"),
        ("SELECT a FROM t MINUS SELECT 'x'", "y"),
        ("SELECT DATEADD(day, 1, at) FROM t WHERE a = 'x'", "2015-07-02 10:20:30"),
        ("SELECT DATEADD(month, 6, d) FROM t WHERE a = 'y'", "2016-02-29 00:00:00"),
        ("SELECT DATEADD('hour', -1, at) FROM t WHERE a = 'x'", "2015-07-01 09:20:30"),
        ("SELECT DATEDIFF(day, '2015-07-01 23:59:59', '2015-07-02 00:00:00')", "1"),
        ("SELECT DATEDIFF(month, min(d), max(d)), DATEDIFF(year, '2015-12-31', '2016-01-01') FROM t", "1|1"),
        ("SELECT DATEDIFF(hour, at, '2015-07-01 11:00:00') FROM t WHERE a = 'x'", "1"),
        ("SELECT FROM_HEX('6162')", "6162"),
    ] {
        assert_eq!(session.value(query).await, expected, "{query}");
    }
    assert_eq!(
        session.refused("SELECT a FROM t PIVOT (count(*) FOR a IN ('x'))").await,
        "0A000 PIVOT is not covered by redshift-local"
    );
    assert!(session.refused("DELETE FROM t x WHERE x.a = 'x'").await.starts_with("42601"));
}

/// How drivers look around.
#[tokio::test]
async fn discovery_finds_databases_schemas_tables_and_columns() {
    let Fixture { session, schema, .. } = Fixture::new("discovery").await;
    session.run("CREATE TABLE discovered (a int); CREATE TEMP TABLE passing_by (b int)").await;
    assert_eq!(
        session
            .rows("SELECT table_name FROM svv_all_tables WHERE table_name IN ('discovered', 'passing_by') ORDER BY 1")
            .await,
        ["discovered", "passing_by"]
    );
    let first =
        |rows: Vec<String>| rows.into_iter().map(|row| row.split('|').take(3).collect::<Vec<_>>().join("|"));
    assert!(first(session.rows("SHOW DATABASES").await).any(|row| row.starts_with("dev|")));
    let schemas: Vec<_> = first(session.rows("SHOW SCHEMAS FROM DATABASE dev").await).collect();
    assert!(schemas.iter().any(|row| row.starts_with(&format!("dev|{schema}|"))), "{schemas:?}");
    let tables = format!("SHOW TABLES FROM SCHEMA dev.{schema} LIKE 'disc%'");
    assert_eq!(first(session.rows(&tables).await).collect::<Vec<_>>(), [format!("dev|{schema}|discovered")]);
    assert_eq!(session.rows("SHOW TABLES FROM SCHEMA no_such_schema").await, [""; 0]);
}

/// [DG `r_QUALIFY_clause`]: the guide's own examples, and what stands around the clause.
#[tokio::test]
async fn qualify_keeps_the_rows_that_window_functions_choose() {
    let Fixture { session, .. } = Fixture::new("qualify").await;
    session.run("CREATE TABLE sales (day date, at time, item varchar(9), price int)").await;
    session
        .run(
            "INSERT INTO sales VALUES ('2022-01-01', '09:00', 'P1', 100), ('2022-01-01', '11:00', 'P2', 500),
             ('2022-01-01', '15:00', 'P3', 20), ('2022-01-01', '17:00', 'P4', 1000), ('2022-01-01', '18:00', 'P5', 30),
             ('2022-01-02', '10:00', 'P6', 5000), ('2022-01-02', '16:00', 'P7', 5)",
        )
        .await;
    let top_two = "QUALIFY row_number() OVER (PARTITION BY day ORDER BY price DESC) <= 2";
    assert_eq!(
        session
            .rows(&format!(
                "SELECT item FROM sales s WHERE at > time '12:00:00' {top_two} ORDER BY item DESC"
            ))
            .await,
        ["P7", "P5", "P4"]
    );
    assert_eq!(
        session
            .rows(
                "SELECT item FROM sales ss QUALIFY last_value(item) OVER (PARTITION BY day ORDER BY at
                 ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) = item ORDER BY 1"
            )
            .await,
        ["P5", "P7"]
    );
    // A name of the select list, with AS and without.
    for list in ["item, rank() OVER (ORDER BY price) AS place", "item, rank() OVER (ORDER BY price) place"] {
        assert_eq!(session.rows(&format!("SELECT {list} FROM sales s QUALIFY place = 2")).await, ["P3|2"]);
    }
    // Groups, subqueries, set operators, LIMIT, TOP, parameters; NULL is not true.
    for (query, expected) in [
        (
            "SELECT day, sum(price) FROM sales GROUP BY day QUALIFY rank() OVER (ORDER BY sum(price)) = 1",
            "2022-01-01|1650",
        ),
        ("SELECT count(*) FROM (SELECT * FROM sales s QUALIFY row_number() OVER (ORDER BY at) > 5)", "2"),
        ("SELECT item FROM sales s QUALIFY rank() OVER (ORDER BY price) > 1 ORDER BY price LIMIT 1", "P3"),
        ("SELECT TOP 1 item FROM sales s QUALIFY rank() OVER (ORDER BY price) > 1 ORDER BY price", "P3"),
        ("SELECT item FROM sales s QUALIFY rank() OVER (ORDER BY price) = 1 UNION SELECT 'P7'", "P7"),
        ("SELECT count(*) FROM (SELECT item FROM sales s QUALIFY lag(price) OVER (ORDER BY at) > 0)", "6"),
    ] {
        assert_eq!(session.value(query).await, expected, "{query}");
    }
    session.run(&format!("CREATE VIEW best AS SELECT * FROM sales s {top_two}")).await;
    assert_eq!(session.value("SELECT count(*) FROM best").await, "4");
    session.run(&format!("CREATE TABLE kept AS SELECT * FROM sales s {top_two}; INSERT INTO kept SELECT * FROM sales s {top_two}")).await;
    assert_eq!(session.value("SELECT count(*) FROM kept").await, "8");
    for (query, refusal) in [
        (
            "SELECT * FROM sales QUALIFY rank() OVER (ORDER BY at) = 1",
            "42601 syntax error at or near \"rank\"",
        ),
        (
            "SELECT * FROM sales s QUALIFY rank() OVER (ORDER BY at)",
            "42804 argument of CASE/WHEN must be type boolean, not type bigint",
        ),
        (
            "SELECT DISTINCT day FROM sales s QUALIFY rank() OVER (ORDER BY at) = 1",
            "0A000 SELECT DISTINCT with QUALIFY is not covered by redshift-local",
        ),
    ] {
        assert_eq!(session.refused(query).await, refusal);
    }
}

/// [DG `r_GROUP_BY_clause`, `r_EXCLUDE_list`]
#[tokio::test]
async fn group_by_all_and_exclude_name_the_columns_themselves() {
    let Fixture { session, .. } = Fixture::new("exclude").await;
    session
        .run("CREATE TABLE t (a int, b int, c int); INSERT INTO t VALUES (1, 1, 5), (1, 1, 6), (2, 1, 7)")
        .await;
    for (query, expected) in [
        ("SELECT a, b, sum(c) FROM t GROUP BY ALL ORDER BY 1", &["1|1|11", "2|1|7"][..]),
        ("SELECT count(*), a + b AS n FROM t GROUP BY ALL HAVING count(*) > 1", &["2|2"]),
        ("SELECT * EXCLUDE c FROM t ORDER BY c DESC LIMIT 2", &["2|1", "1|1"]),
        ("SELECT * EXCLUDE (A, \"B\") FROM t WHERE c > 5 ORDER BY c", &["6", "7"]),
        ("SELECT x.*, y.* EXCLUDE (b, c) FROM t x JOIN t y ON x.c = y.c WHERE x.a = 2", &["2|2"]),
        ("SELECT * FROM (SELECT * EXCLUDE a FROM t) WHERE c = 7", &["1|7"]),
        ("WITH u AS (SELECT a, c FROM t) SELECT * EXCLUDE a FROM u WHERE c = 5", &["5"]),
        ("SELECT TOP 1 * EXCLUDE (a, b) FROM t ORDER BY c DESC", &["7"]),
        ("SELECT * EXCLUDE (a, b) FROM t x QUALIFY rank() OVER (ORDER BY c) = 1", &["5"]),
    ] {
        assert_eq!(session.rows(query).await, expected, "{query}");
    }
    session
        .run("CREATE VIEW v AS SELECT * EXCLUDE (b, c) FROM t; CREATE TABLE u AS SELECT * EXCLUDE (a) FROM t")
        .await;
    assert_eq!(session.rows("SELECT a FROM v ORDER BY 1").await, ["1", "1", "2"]);
    assert_eq!(session.value("SELECT sum(b + c) FROM u").await, "21");
    // In a transaction, a refusal leaves what was done before to its ROLLBACK alone.
    session.run("BEGIN; INSERT INTO t VALUES (9, 9, 9)").await;
    assert_eq!(session.value("SELECT * EXCLUDE (b, c) FROM t WHERE a = 9").await, "9");
    assert_eq!(
        session.refused("SELECT * EXCLUDE (nothing) FROM t").await,
        "42703 column \"nothing\" does not exist"
    );
    session.run("ROLLBACK").await;
    let rows = session.client.query("SELECT * EXCLUDE (b) FROM t ORDER BY c", &[]).await.expect("it runs");
    assert_eq!(rows[0].columns().iter().map(tokio_postgres::Column::name).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(
        session.refused("SELECT * EXCLUDE (b) FROM t WHERE a = $1").await,
        "0A000 EXCLUDE in a query that does not stand alone, or of unknown tables is not covered by redshift-local"
    );
}

#[tokio::test]
async fn functions_that_loaders_call_are_there() {
    let Fixture { session, .. } = Fixture::new("functions").await;
    session.run("CREATE TABLE t (g int, a varchar(9), b int); INSERT INTO t VALUES (1, 'x', 2), (1, 'y', 1), (2, NULL, 3)").await;
    for (query, expected) in [
        ("SELECT g, nvl(max(a), 'none') FROM t GROUP BY 1 ORDER BY 1", &["1|y", "2|none"][..]),
        ("SELECT NVL2(a, 'there', 'not') FROM t ORDER BY b", &["there", "there", "not"]),
        (
            "SELECT g, listagg(a, ', ') WITHIN GROUP (ORDER BY b) FROM t GROUP BY g ORDER BY g",
            &["1|y, x", "2|NULL"],
        ),
        ("SELECT LISTAGG(b) WITHIN GROUP (ORDER BY b DESC) AS all_of_them FROM t", &["321"]),
        ("SELECT listagg(DISTINCT g, '|') FROM t", &["1|2"]),
    ] {
        assert_eq!(session.rows(query).await, expected, "{query}");
    }
    assert_eq!(
        session.refused("SELECT listagg(repeat('x', 40000)) FROM t").await,
        "XX000 Result size exceeds LISTAGG limit"
    );
}

#[tokio::test]
async fn roles_are_made_granted_and_taken_back() {
    let Fixture { session, schema, .. } = Fixture::new("roles").await;
    session.run("CREATE TABLE t (a int); CREATE USER role_user PASSWORD 'Secret12'; CREATE ROLE readers; CREATE ROLE all_readers").await;
    session
        .run(&format!("GRANT USAGE ON SCHEMA {schema} TO ROLE readers; GRANT SELECT ON t TO ROLE readers"))
        .await;
    session.run("GRANT ROLE readers TO ROLE all_readers; GRANT ROLE all_readers TO role_user").await;
    let mut config = crate::support::session::config(crate::support::servers::snapshot());
    config.user("role_user").password("Secret12");
    let reader = crate::support::session::Session::connect_with(&config).await.expect("the user can log in");
    assert!(reader.rows(&format!("SELECT * FROM {schema}.t")).await.is_empty());
    session.run("REVOKE ROLE all_readers FROM role_user").await;
    assert!(reader.refused(&format!("SELECT * FROM {schema}.t")).await.starts_with("42501"));
    assert_eq!(
        session.refused("GRANT DROP ON t TO ROLE readers").await,
        "0A000 GRANT DROP is not covered by redshift-local"
    );
}

/// README's list of what is not here now.
#[tokio::test]
async fn what_is_not_here_now_is_refused_by_name() {
    let Fixture { session, .. } = Fixture::new("not_now").await;
    session.run("CREATE TABLE t (a int)").await;
    for (sql, what) in [
        ("CREATE TABLE u (a interval year to month)", "the type INTERVAL"),
        ("ALTER TABLE t ADD COLUMN b interval day to second", "the type INTERVAL"),
        ("CREATE TABLE u (a geometry)", "the type GEOMETRY"),
        ("CREATE TABLE u (a geography)", "the type GEOGRAPHY"),
        ("CREATE TABLE u (a hllsketch)", "the type HLLSKETCH"),
        ("SELECT a::geometry FROM t", "the type GEOMETRY"),
        ("SELECT ST_Point(1, 2)", "ST_POINT"),
        ("SELECT HLL(a) FROM t", "HLL"),
        ("UNLOAD ('SELECT * FROM t') TO 's3://b/k' IAM_ROLE default", "UNLOAD"),
        ("CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE default", "CREATE EXTERNAL"),
        ("CREATE EXTERNAL TABLE s.t (a int) LOCATION 's3://b/k'", "CREATE EXTERNAL"),
        ("ALTER EXTERNAL SCHEMA s OWNER TO dev", "ALTER EXTERNAL"),
        ("GRANT SELECT ON EXTERNAL TABLE s.t TO IAM_ROLE 'x'", "GRANT ... ON EXTERNAL"),
        ("CREATE DATASHARE d", "CREATE DATASHARE"),
        ("ALTER DATASHARE d ADD SCHEMA public", "ALTER DATASHARE"),
        ("DROP DATASHARE d", "DROP DATASHARE"),
        ("DESC DATASHARE d", "DESC"),
        ("SHOW DATASHARES", "SHOW DATASHARES"),
        ("GRANT USAGE ON DATASHARE d TO ACCOUNT '1'", "GRANT ... ON DATASHARE"),
        ("CREATE MODEL m FROM t TARGET a FUNCTION f IAM_ROLE default", "CREATE MODEL"),
        ("DROP MODEL m", "DROP MODEL"),
        ("SHOW MODEL ALL", "SHOW MODEL"),
        ("CREATE RLS POLICY p WITH (a int) USING (a = 1)", "CREATE RLS"),
        ("ATTACH RLS POLICY p ON t TO PUBLIC", "ATTACH"),
        ("DETACH RLS POLICY p ON t FROM PUBLIC", "DETACH"),
        ("DROP RLS POLICY p", "DROP RLS"),
        ("ALTER TABLE t ROW LEVEL SECURITY ON", "ROW LEVEL SECURITY"),
        ("CREATE MASKING POLICY p WITH (a int) USING (0)", "CREATE MASKING"),
        ("GRANT EXPLAIN RLS TO ROLE r", "GRANT EXPLAIN"),
    ] {
        assert_eq!(
            session.refused(sql).await,
            format!("0A000 {what} is not covered by redshift-local"),
            "{sql}"
        );
    }
}
