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
