//! Rows that do not fit: the COPY fails as a whole, and tells why where Redshift would.

use crate::support::Fixture;

const ERRORS: &str = "
    SELECT rtrim(filename), line_number, rtrim(colname), rtrim(type), rtrim(col_length), \"position\", rtrim(raw_line),
           rtrim(raw_field_value), err_code, rtrim(err_reason)
      FROM stl_load_errors WHERE tbl = 't'::regclass ORDER BY line_number";

#[tokio::test]
async fn a_value_that_is_too_long_is_1204_and_survives_the_rollback() {
    let Fixture { session, bucket, .. } = Fixture::new("too_long").await;
    session.run("CREATE TABLE t (id int, name varchar(3))").await;
    bucket.put("x.json", "{\"id\":1}\n{\"id\":2,\"name\":\"long\"}\n").await;
    session.run("BEGIN").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", bucket.url("x.json"));
    assert_eq!(
        session.refused(&copy).await,
        "XX000 Load into table 't' failed.  Check 'stl_load_errors' system table for details."
    );
    assert!(session.refused("SELECT 1").await.starts_with("25P02"));
    session.run("ROLLBACK").await;
    let url = bucket.url("x.json");
    assert_eq!(
        session.rows(ERRORS).await,
        [format!(
            "{url}|2|name|varchar|3|3|{{\"id\":2,\"name\":\"long\"}}|long|1204|String length exceeds DDL length"
        )]
    );
    let serverless =
        "SELECT rtrim(file_name), line_number, rtrim(column_name), error_code, rtrim(error_message)
                        FROM sys_load_error_detail WHERE table_id = 't'::regclass";
    assert_eq!(
        session.rows(serverless).await,
        [format!("{url}|2|name|1204|String length exceeds DDL length")]
    );
    assert_eq!(session.value("SELECT pg_last_copy_count()").await, "0");
    assert_eq!(session.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn each_kind_of_bad_value_has_its_code() {
    let Fixture { session, bucket, .. } = Fixture::new("codes").await;
    session
        .run("CREATE TABLE t (i int, s smallint, d date, at timestamp, n decimal(4,2), f real, b boolean, c char(2), r varchar(9) NOT NULL)")
        .await;
    let rows = [
        (r#"{"r":"","i":"x"}"#, "1207|Invalid digit, Value 'x', Pos 0, Type: Integer"),
        (r#"{"r":"","s":32768}"#, "1222|Numeric overflow, Value '32768', Type: Short"),
        (r#"{"r":"","d":"tomorrow"}"#, "1205|Invalid Date Format - length must be 10 or more"),
        (r#"{"r":"","at":"1435708800"}"#, "1206|Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
        (r#"{"r":"","n":"1,5"}"#, "1209|Invalid digit, Value ',', Pos 1, Type: Decimal"),
        (r#"{"r":"","f":"one"}"#, "1208|Invalid digit, Value 'o', Pos 0, Type: Float"),
        (r#"{"r":"","b":"maybe"}"#, "1210|Unknown boolean format"),
        (r#"{"r":"","c":"é"}"#, "1215|CHAR string contains invalid ASCII character"),
        (r#"{"r":null}"#, "1213|Missing data for not-null field"),
        (r#"{"r":"a\u0000"}"#, "1218|Invalid null byte - field longer than 1 byte"),
    ];
    let body: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
    bucket.put("x.json", body).await;
    let copy = format!(
        "COPY t FROM '{}' IAM_ROLE default JSON 'auto' TIMEFORMAT 'auto' MAXERROR 100",
        bucket.url("x.json")
    );
    session.run(&copy).await;
    let found = session.rows("SELECT err_code, rtrim(err_reason) FROM stl_load_errors WHERE tbl = 't'::regclass ORDER BY line_number").await;
    assert_eq!(found, rows.map(|(_, error)| error));
}

#[tokio::test]
async fn maxerror_is_the_count_at_which_the_load_fails() {
    let Fixture { session, bucket, .. } = Fixture::new("maxerror").await;
    session.run("CREATE TABLE t (id int)").await;
    bucket.put("x.json", "{\"id\":\"a\"}\n{\"id\":1}\n{\"id\":\"b\"}\n").await;
    let copy = |limit: u32| {
        format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto' MAXERROR {limit}", bucket.url("x.json"))
    };
    assert!(session.refused(&copy(2)).await.starts_with("XX000 Load into table 't' failed."));
    session.run(&copy(3)).await;
    assert_eq!(session.rows("SELECT id FROM t").await, ["1"]);
    assert_eq!(
        session.notices(),
        [
            "INFO: Load into table 't' completed, 1 record(s) loaded successfully.",
            "INFO: Load into table 't' completed, 2 record(s) could not be loaded.  Check 'stl_load_errors' system table for details.",
        ]
    );
    let skipped = "SELECT line_number, rtrim(colname), err_code FROM stl_load_errors WHERE query = pg_last_copy_id() ORDER BY 1";
    assert_eq!(session.rows(skipped).await, ["1|id|1207", "3|id|1207"]);
    let skipped = "SELECT line_number, error_code FROM sys_load_error_detail WHERE query_id = pg_last_copy_id() ORDER BY 1";
    assert_eq!(session.rows(skipped).await, ["1|1207", "3|1207"]);
    let history =
        "SELECT status, loaded_rows, error_count FROM sys_load_history WHERE query_id = pg_last_copy_id()";
    assert_eq!(session.value(history).await, "completed|1|2");
}

#[tokio::test]
async fn lines_and_names_of_files_are_shown_in_any_letters() {
    let Fixture { session, bucket, .. } = Fixture::new("error_letters").await;
    session.run("CREATE TABLE t (a int, \"größe\" varchar(3))").await;
    bucket.put("ä.csv", "1,größer\n").await;
    let url = bucket.url("ä.csv");
    session.refused(&format!("COPY t FROM '{url}' IAM_ROLE default CSV")).await;
    assert_eq!(
        session.rows(ERRORS).await,
        [format!("{url}|1|größe|varchar|3|3|1,größer|größer|1204|String length exceeds DDL length")]
    );
}

/// [DG `r_STL_REPLACEMENTS`, `SYS_COPY_REPLACEMENTS`, copy-parameters-data-conversion]
#[tokio::test]
async fn acceptinvchars_leaves_a_row_for_each_row_that_it_changed() {
    let Fixture { session, bucket, .. } = Fixture::new("replacements").await;
    session.run("CREATE TABLE t (a int, b varchar(9), c char(3))").await;
    bucket.put("x.csv", b"1,ok,x\n2,a\xffb,x\n3,\xe2\x82,x\n4,fine,\xff\n".to_vec()).await;
    bucket
        .put(
            "x.json",
            b"{\"a\":1,\"b\":\"a\xffb\"}\n{\"a\":2,\"z\":\"\xff\"}\n{\"a\":3,\"b\":\"\xef\xb7\x90\"}"
                .to_vec(),
        )
        .await;
    let copy = |key: &str, rest: &str| {
        format!("COPY t FROM '{}' IAM_ROLE default {rest} ACCEPTINVCHARS AS '^' MAXERROR 2", bucket.url(key))
    };
    session.run(&copy("x.csv", "CSV")).await;
    assert_eq!(session.rows("SELECT a, b FROM t ORDER BY a").await, ["1|ok", "2|a^b", "3|^^"]);
    assert_eq!(
        session.notices()[2],
        "INFO: Load into table 't' completed, 2 record(s) were loaded with replacements made for ACCEPTINVCHARS.  Check 'stl_replacements' system table for details."
    );
    let replaced = "SELECT rtrim(filename), line_number, rtrim(colname), length(raw_line) > 4, tbl = 't'::regclass::int, session = pg_backend_pid()
                      FROM stl_replacements WHERE query = pg_last_copy_id() ORDER BY line_number";
    let file = bucket.url("x.csv");
    assert_eq!(session.rows(replaced).await, [format!("{file}|2|b|t|t|t"), format!("{file}|3|b|t|t|t")]);
    // A CHAR takes none.
    let refused =
        "SELECT line_number, rtrim(colname), err_code FROM stl_load_errors WHERE query = pg_last_copy_id()";
    assert_eq!(session.rows(refused).await, ["4|c|1215"]);

    session.run("DELETE FROM t").await;
    session.run(&copy("x.json", "JSON 'auto'")).await;
    assert_eq!(session.rows("SELECT a, b FROM t ORDER BY a").await, ["1|a^b", "2|NULL", "3|^^^"]);
    let replaced = "SELECT line_number, rtrim(column_name) FROM sys_copy_replacements WHERE query_id = pg_last_copy_id() ORDER BY 1";
    assert_eq!(session.rows(replaced).await, ["1|b", "2|", "3|b"]);

    // Of many rows the first hundred are written down, and all are counted.
    bucket.put("many.csv", b"1,\xff,x\n".repeat(150)).await;
    session.run(&copy("many.csv", "CSV")).await;
    assert_eq!(
        session.value("SELECT count(*) FROM stl_replacements WHERE query = pg_last_copy_id()").await,
        "100"
    );
    assert!(
        session
            .notices()
            .last()
            .is_some_and(|notice| notice.contains(" 150 record(s) were loaded with replacements"))
    );
}

/// [DG copy-parameters-data-conversion] What is cut is told nowhere.
#[tokio::test]
async fn truncatecolumns_leaves_no_trace() {
    let Fixture { session, bucket, .. } = Fixture::new("truncated").await;
    session.run("CREATE TABLE t (a varchar(3))").await;
    bucket.put("x.csv", "abcdef\näöü\n").await;
    session.run(&format!("COPY t FROM '{}' IAM_ROLE default CSV TRUNCATECOLUMNS", bucket.url("x.csv"))).await;
    assert_eq!(session.rows("SELECT a FROM t ORDER BY a").await, ["abc", "ä"]);
    assert_eq!(session.notices(), ["INFO: Load into table 't' completed, 2 record(s) loaded successfully."]);
    for (view, query) in
        [("stl_load_errors", "query"), ("sys_load_error_detail", "query_id"), ("stl_replacements", "query")]
    {
        let rows = format!("SELECT count(*) FROM {view} WHERE {query} = pg_last_copy_id()");
        assert_eq!(session.value(&rows).await, "0", "{view}");
    }
    let history = "SELECT loaded_rows, error_count FROM sys_load_history WHERE query_id = pg_last_copy_id()";
    assert_eq!(session.value(history).await, "2|0");
}

#[tokio::test]
async fn a_corrupt_gzip_is_9005_and_loads_nothing() {
    let Fixture { session, bucket, .. } = Fixture::new("corrupt_gzip").await;
    session.run("CREATE TABLE t (id int)").await;
    let mut packed = crate::support::bucket::gzip(&"{\"id\":1}\n".repeat(100_000));
    packed.truncate(packed.len() / 2);
    bucket.put("cut.json.gz", packed).await;
    bucket.put("plain.json.gz", "{\"id\":1}").await;
    for key in ["cut.json.gz", "plain.json.gz"] {
        let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto' GZIP", bucket.url(key));
        assert!(session.refused(&copy).await.starts_with("XX000 Load into table 't' failed."));
        let code = format!("SELECT err_code FROM stl_load_errors WHERE filename LIKE '{}%'", bucket.url(key));
        assert_eq!(session.value(&code).await, "9005");
    }
    assert_eq!(session.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn rows_that_cannot_be_cut_are_errors_too() {
    let Fixture { session, bucket, .. } = Fixture::new("uncut").await;
    session.run("CREATE TABLE t (a int, b int)").await;
    bucket.put("bad.json", "{\"a\":1,}\n{\"a\":2}\n[1]\nnothing\n").await;
    bucket.put("bad.csv", "1,2\n1\n1,2,3\n").await;
    let rest = |key: &str| format!("COPY t FROM '{}' IAM_ROLE default MAXERROR 9", bucket.url(key));
    session.run(&format!("{} JSON 'auto'", rest("bad.json"))).await;
    session.run(&format!("{} CSV", rest("bad.csv"))).await;
    let found = session.rows("SELECT line_number, err_code FROM stl_load_errors WHERE tbl = 't'::regclass ORDER BY err_code, line_number").await;
    assert_eq!(found, ["3|1202", "2|1214", "1|1216", "3|1216", "4|1216"]);
    assert_eq!(session.rows("SELECT * FROM t ORDER BY a").await, ["1|2", "2|NULL"]);
}

#[tokio::test]
async fn bad_utf8_is_1220_or_replaced() {
    let Fixture { session, bucket, .. } = Fixture::new("bad_utf8").await;
    session.run("CREATE TABLE t (a varchar(9))").await;
    bucket.put("x.csv", b"a\xffb\n".to_vec()).await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default CSV", bucket.url("x.csv"));
    session.refused(&copy).await;
    assert_eq!(
        session
            .value("SELECT err_code, rtrim(err_reason) FROM stl_load_errors WHERE tbl = 't'::regclass")
            .await,
        "1220|String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: ff (error 3)"
    );
    session.run(&format!("{copy} ACCEPTINVCHARS")).await;
    assert_eq!(session.rows("SELECT a FROM t").await, ["a?b"]);
}

#[tokio::test]
async fn noload_refuses_what_a_copy_would_and_loads_nothing() {
    let Fixture { session, bucket, .. } = Fixture::new("noload").await;
    session.run("CREATE TABLE t (id int, name varchar(3))").await;
    bucket.put("good.json", "{\"id\":1}\n{\"id\":2,\"name\":\"new\"}\n").await;
    bucket.put("bad.json", "{\"id\":\"x\"}\n{\"id\":2,\"name\":\"long\"}\n{\"id\":3}\n").await;
    let copy = |file: &str, more: &str| {
        format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto' NOLOAD {more}", bucket.url(file))
    };
    session.run(&copy("good.json", "")).await;
    assert_eq!(session.value("SELECT pg_last_copy_count()").await, "0");
    let lines = "SELECT SUM(lines_scanned) FROM sys_load_detail WHERE query_id = pg_last_copy_id()";
    assert_eq!(session.value(lines).await, "2");
    let refused = session.refused(&copy("bad.json", "")).await;
    assert!(refused.contains("Check 'stl_load_errors' system table for details."), "{refused}");
    let codes = "SELECT line_number, err_code FROM stl_load_errors WHERE tbl = 't'::regclass ORDER BY 1";
    assert_eq!(session.rows(codes).await, ["1|1207"]);
    // Fewer errors than these let it go on to the end, and each is written down.
    session.run(&copy("bad.json", "MAXERROR 3")).await;
    assert_eq!(session.rows(codes).await, ["1|1207", "1|1207", "2|1204"]);
    assert_eq!(session.value("SELECT count(*) FROM t").await, "0");
}
