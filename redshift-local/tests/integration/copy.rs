//! COPY from S3: what is read, what becomes of it, and what the client is told.

use crate::support::Fixture;
use crate::support::servers;
use crate::support::session::{Session, config};

const ROLE: &str = "IAM_ROLE 'arn:aws:iam::000000000000:role/loader'";

#[tokio::test]
async fn json_keys_fill_the_columns_of_their_name() {
    let Fixture { session, bucket, .. } = Fixture::new("json_auto").await;
    session
        .run("CREATE TABLE t (id bigint, name varchar(20), nested varchar(100), at timestamp, ok boolean)")
        .await;
    let rows = r#"{"id": 1, "name": "a\tb", "nested": {"x": [1, 2]}, "at": "2015-07-01T00:00:00Z", "ok": true, "extra": 1}
                  {"ID": 2, "name": null} {"id": "3", "name": ""}"#;
    bucket.put("data.json", rows).await;
    session
        .run(&format!("COPY t FROM '{}' {ROLE} JSON 'auto' TIMEFORMAT 'auto'", bucket.url("data.json")))
        .await;
    assert_eq!(
        session.rows("SELECT * FROM t").await,
        ["1|a\tb|{\"x\": [1, 2]}|2015-07-01 00:00:00|t", "NULL|NULL|NULL|NULL|NULL", "3||NULL|NULL|NULL",]
    );
}

#[tokio::test]
async fn the_row_count_is_in_the_notice_and_not_in_the_tag() {
    let Fixture { session, bucket, .. } = Fixture::new("row_count").await;
    session.run("CREATE TABLE t (id int)").await;
    bucket.put_gzip("data.json.gz", "{\"id\":1}\n{\"id\":2}\n").await;
    assert_eq!(session.value("SELECT pg_last_copy_id()").await, "-1");
    let copy = format!("COPY t FROM '{}' {ROLE} FORMAT AS JSON 'auto' GZIP", bucket.url("data.json.gz"));
    let tag = session.client.simple_query(&copy).await.expect("it loads");
    assert!(matches!(tag[..], [tokio_postgres::SimpleQueryMessage::CommandComplete(0)]), "{tag:?}");
    assert_eq!(session.notices(), ["INFO: Load into table 't' completed, 2 record(s) loaded successfully."]);
    assert_eq!(session.value("SELECT pg_last_copy_count()").await, "2");
    assert_ne!(session.value("SELECT pg_last_copy_id()").await, "-1");
}

#[tokio::test]
async fn a_path_is_a_prefix() {
    let Fixture { session, bucket, .. } = Fixture::new("prefix").await;
    session.run("CREATE TABLE t (id int)").await;
    for key in ["day/x.json", "day/x.json.bak", "day/y.json"] {
        bucket.put(key, "{\"id\":1}").await;
    }
    session.run(&format!("COPY t FROM '{}' {ROLE} JSON 'auto'", bucket.url("day/x.json"))).await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "2");
}

#[tokio::test]
async fn a_manifest_names_its_objects_exactly() {
    let Fixture { session, bucket, .. } = Fixture::new("manifest").await;
    session.run("CREATE TABLE t (id int)").await;
    bucket.put("x.json", "{\"id\":1}").await;
    bucket.put("x.json.bak", "{\"id\":2}").await;
    let (there, missing) = (bucket.url("x.json"), bucket.url("missing.json"));
    bucket
        .put(
            "optional",
            format!(r#"{{"entries":[{{"url":"{there}","mandatory":true}},{{"url":"{missing}"}}]}}"#),
        )
        .await;
    bucket
        .put(
            "mandatory",
            format!(r#"{{"entries":[{{"url":"{there}"}},{{"url":"{missing}","mandatory":true}}]}}"#),
        )
        .await;
    bucket.put("broken", "{").await;
    let copy = |key: &str| format!("COPY t FROM '{}' {ROLE} MANIFEST JSON 'auto'", bucket.url(key));
    session.run(&copy("optional")).await;
    assert_eq!(session.rows("SELECT id FROM t").await, ["1"]);
    let refusal = session.refused(&copy("mandatory")).await;
    assert!(
        refusal.starts_with("XX000 S3ServiceException:The specified key does not exist.,Status 404"),
        "{refusal}"
    );
    assert_eq!(session.refused(&copy("broken")).await, "XX000 Manifest file is not in correct json format");
    let refusal = session.refused(&copy("nowhere")).await;
    assert!(refusal.starts_with("XX000 Problem reading manifest file - S3ServiceException:"), "{refusal}");
}

#[tokio::test]
async fn a_prefix_without_objects_is_an_error() {
    let Fixture { session, bucket, .. } = Fixture::new("no_objects").await;
    session.run("CREATE TABLE t (id int)").await;
    let refusal =
        session.refused(&format!("COPY t FROM '{}' {ROLE} JSON 'auto'", bucket.url("nothing"))).await;
    assert_eq!(refusal, "XX000 The specified S3 prefix 'nothing' does not exist");
    let refusal =
        session.refused(&format!("COPY t FROM 's3://no-such-bucket-here/x' {ROLE} JSON 'auto'")).await;
    assert!(refusal.contains("Status 404,Error NoSuchBucket"), "{refusal}");
}

#[tokio::test]
async fn csv_and_delimited_rows_are_read_by_position() {
    let Fixture { session, bucket, .. } = Fixture::new("by_position").await;
    session.run("CREATE TABLE t (id int, name varchar(20), price decimal(6,2) DEFAULT 7)").await;
    bucket.put("a.csv", "id,name\n1,\"x, \"\"y\"\"\nz\"\n2,\n").await;
    session.run(&format!("COPY t (id, name) FROM '{}' {ROLE} CSV IGNOREHEADER 1", bucket.url("a.csv"))).await;
    bucket.put("b.txt", "3|\\N|1.239\r\n4||2\n").await;
    session.run(&format!("COPY t FROM '{}' {ROLE} EMPTYASNULL", bucket.url("b.txt"))).await;
    bucket.put("c.tsv", "5\tnull\t3").await;
    session
        .run(&format!("COPY t FROM '{}' {ROLE} DELIMITER '\\t' NULL AS 'null'", bucket.url("c.tsv")))
        .await;
    assert_eq!(
        session.rows("SELECT * FROM t ORDER BY id").await,
        ["1|x, \"y\"\nz|7.00", "2||7.00", "3|NULL|1.23", "4|NULL|2.00", "5|NULL|3.00"]
    );
}

#[tokio::test]
async fn an_absent_key_is_null_and_null_takes_the_default_of_a_not_null_column() {
    let Fixture { session, bucket, .. } = Fixture::new("defaults").await;
    session.run("CREATE TABLE t (a int DEFAULT 5, b int NOT NULL DEFAULT 6, c int DEFAULT 7)").await;
    bucket.put("x.json", "{}").await;
    session.run(&format!("COPY t (a, b) FROM '{}' {ROLE} JSON 'auto'", bucket.url("x.json"))).await;
    assert_eq!(session.rows("SELECT * FROM t").await, ["NULL|6|7"]);
}

#[tokio::test]
async fn identity_columns_are_left_out() {
    let Fixture { session, bucket, .. } = Fixture::new("identity_copy").await;
    session.run("CREATE TABLE t (id bigint IDENTITY(1, 1), a int)").await;
    bucket.put("x.json", r#"{"id":9,"a":1}"#).await;
    session.run(&format!("COPY t FROM '{}' {ROLE} JSON 'auto'", bucket.url("x.json"))).await;
    assert_eq!(session.rows("SELECT * FROM t").await, ["1|1"]);
}

#[tokio::test]
async fn truncatecolumns_cuts_at_bytes_between_characters() {
    let Fixture { session, bucket, .. } = Fixture::new("truncatecolumns").await;
    session.run("CREATE TABLE t (a varchar(4))").await;
    bucket.put("x.json", r#"{"a":"aäöü"}"#).await;
    session.run(&format!("COPY t FROM '{}' {ROLE} JSON 'auto' TRUNCATECOLUMNS", bucket.url("x.json"))).await;
    assert_eq!(session.rows("SELECT a FROM t").await, ["aä"]);
}

#[tokio::test]
async fn copy_is_part_of_its_transaction() {
    let Fixture { session, bucket, .. } = Fixture::new("copy_transaction").await;
    session.run("CREATE TABLE t (id int)").await;
    bucket.put("x.json", "{\"id\":1}").await;
    let copy = format!("COPY t FROM '{}' {ROLE} JSON 'auto'", bucket.url("x.json"));
    session.run(&format!("BEGIN; {copy}; ROLLBACK")).await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "0");
    session.run(&format!("BEGIN; DELETE FROM t; {copy}; {copy}; COMMIT")).await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "2");
}

#[tokio::test]
async fn only_tables_that_exist_are_filled() {
    let Fixture { session, bucket, .. } = Fixture::new("wrong_targets").await;
    session.run("CREATE TABLE t (id int); CREATE VIEW v AS SELECT * FROM t").await;
    bucket.put("x.json", "{\"id\":1}").await;
    let rest = format!("FROM '{}' {ROLE} JSON 'auto'", bucket.url("x.json"));
    assert_eq!(
        session.refused(&format!("COPY nope {rest}")).await,
        "XX000 Cannot COPY into nonexistent table nope"
    );
    assert_eq!(session.refused(&format!("COPY v {rest}")).await, "42809 cannot copy to view \"v\"");
    assert_eq!(
        session.refused(&format!("COPY t (x) {rest}")).await,
        "42703 column \"x\" of relation \"t\" does not exist"
    );
}

#[tokio::test]
async fn the_statement_needs_an_authorization_and_known_options() {
    let Fixture { session, bucket, .. } = Fixture::new("grammar").await;
    session.run("CREATE TABLE t (id int)").await;
    bucket.put("x.json", "{\"id\":1}").await;
    let url = bucket.url("x.json");
    assert!(
        session
            .refused(&format!("COPY t FROM '{url}' JSON 'auto'"))
            .await
            .starts_with("42601 COPY from S3 needs an authorization")
    );
    assert_eq!(
        session.refused(&format!("COPY t FROM '{url}' {ROLE} JSON 'auto' FASTER")).await,
        "42601 syntax error at or near \"FASTER\""
    );
    session.run(&format!("COPY t FROM '{url}' CREDENTIALS 'aws_access_key_id=a;aws_secret_access_key=b' JSON 'auto' REGION 'us-east-1'")).await;
    session
        .run(&format!(
            "COPY t FROM '{url}' ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b' SESSION_TOKEN 'c' JSON 'auto'"
        ))
        .await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "2");
}

#[tokio::test]
async fn a_bucket_elsewhere_needs_its_region() {
    let Fixture { session, bucket, .. } = Fixture::new("elsewhere").await;
    session.run("CREATE TABLE t (id int)").await;
    let copy = format!("COPY t FROM '{}' {ROLE} JSON 'auto' REGION 'eu-west-1'", bucket.url("x.json"));
    let refusal = session.refused(&copy).await;
    let expected = "The bucket you are attempting to access must be addressed using the specified endpoint.";
    assert!(refusal.contains(expected), "{refusal}");
}

#[tokio::test]
async fn a_manifest_is_named_in_full_and_is_json() {
    let Fixture { session, bucket, .. } = Fixture::new("manifest_faults").await;
    session.run("CREATE TABLE t (id int)").await;
    let copy = |key: &str| format!("COPY t FROM '{}' {ROLE} MANIFEST JSON 'auto'", bucket.url(key));
    for key in ["", "folder/"] {
        assert_eq!(
            session.refused(&copy(key)).await,
            "XX000 COPY with MANIFEST parameter requires full path of an S3 object."
        );
    }
    for text in [r#"[{"url":"s3://b/k"}]"#, r#"{"files":[]}"#, r#"{"entries":[{"url":"b/k"}]}"#] {
        bucket.put("manifest", text).await;
        assert_eq!(
            session.refused(&copy("manifest")).await,
            "XX000 Manifest file is not in correct json format",
            "{text}"
        );
    }
    bucket.put("manifest", format!(r#"{{"entries":[{{"url":"{}"}}]}}"#, bucket.url("nothing"))).await;
    assert_eq!(
        session.refused(&copy("manifest")).await,
        "XX000 The specified S3 prefix 'manifest' does not exist"
    );
}

#[tokio::test]
async fn many_objects_are_loaded_in_the_order_of_the_manifest() {
    let Fixture { session, bucket, .. } = Fixture::new("many_objects").await;
    session.run("CREATE TABLE t (id int)").await;
    let large = "1\n".repeat(1_200_000);
    let mut entries = Vec::new();
    for number in 0..40 {
        let key = format!("part{number}");
        // Larger than what is fetched ahead.
        bucket.put(&key, if number == 7 { large.clone() } else { format!("{number}\n") }).await;
        entries.push(format!(r#"{{"url":"{}","mandatory":true}}"#, bucket.url(&key)));
    }
    bucket.put("manifest", format!(r#"{{"entries":[{}]}}"#, entries.join(","))).await;
    session.run(&format!("COPY t FROM '{}' {ROLE} MANIFEST", bucket.url("manifest"))).await;
    assert_eq!(
        session.value("SELECT count(*), sum(id) FROM t").await,
        format!("1200039|{}", 780 - 7 + 1_200_000)
    );
    bucket.put("bad0", "x\n").await;
    bucket.put("bad1", "y\n").await;
    session.refused(&format!("COPY t FROM '{}' {ROLE}", bucket.url("bad"))).await;
    let first = "SELECT rtrim(filename) FROM stl_load_errors WHERE tbl = 't'::regclass";
    assert_eq!(session.value(first).await, bucket.url("bad0"));
}

/// Fact 1.10.
#[tokio::test]
async fn a_column_list_leaves_out_no_column_that_needs_a_value() {
    let fixture = Fixture::new("column_list").await;
    let Fixture { session, bucket, .. } = &fixture;
    session
        .run("CREATE TABLE t (id int IDENTITY(1, 1), a int, b int NOT NULL, c int NOT NULL DEFAULT 3)")
        .await;
    bucket.put("data", "1\n").await;
    let copy = |columns: &str, options: &str| {
        format!("COPY t {columns} FROM '{}' IAM_ROLE default CSV {options}", bucket.url("data"))
    };
    assert_eq!(
        session.refused(&copy("(a)", "")).await,
        "42601 NOT NULL column without DEFAULT must be included in column list"
    );
    assert!(session.refused(&copy("(b)", "EXPLICIT_IDS")).await.starts_with("42601 "));
    session.run(&copy("(b)", "")).await;
    assert_eq!(session.rows("SELECT * FROM t").await, ["1|NULL|1|3"]);
}

/// Fact 1.1.
#[tokio::test]
async fn statistics_are_for_the_owner_to_update() {
    let fixture = Fixture::new("statupdate").await;
    let Fixture { session, bucket, schema } = &fixture;
    bucket.put("data", "1\n").await;
    session
        .run(&format!(
            "CREATE USER loader_only PASSWORD 'Passw0rd'; CREATE TABLE t (a int);
             GRANT USAGE ON SCHEMA {schema} TO loader_only; GRANT INSERT, SELECT ON t TO loader_only"
        ))
        .await;
    let mut config = config(servers::snapshot());
    config.user("loader_only").password("Passw0rd");
    let loader = Session::connect_with(&config).await.expect("the user can log in");
    let copy = |options: &str| {
        format!("COPY {schema}.t FROM '{}' IAM_ROLE default CSV {options}", bucket.url("data"))
    };
    for options in ["STATUPDATE", "STATUPDATE ON", "STATUPDATE TRUE"] {
        assert_eq!(loader.refused(&copy(options)).await, "42501 must be owner of relation t", "{options}");
        session.run(&copy(options)).await;
    }
    for options in ["", "STATUPDATE OFF", "STATUPDATE FALSE"] {
        loader.run(&copy(options)).await;
    }
    assert_eq!(session.value("SELECT count(*) FROM t").await, "6");
}

/// S3 lists such an object and does not hand it out.
#[tokio::test]
async fn an_object_in_an_archive_is_told_by_s3s_own_words() {
    let fixture = Fixture::new("archived").await;
    let Fixture { session, bucket, .. } = &fixture;
    session.run("CREATE TABLE t (a int)").await;
    bucket.put_archived("data", "1\n").await;
    let told = "XX000 S3ServiceException:The operation is not valid for the object's storage class,Status 403,Error InvalidObjectState,Rid ";
    let copy = format!("COPY t FROM '{}' IAM_ROLE default CSV", bucket.url("data"));
    let refused = session.refused(&copy).await;
    assert!(refused.starts_with(told), "{refused}");
    let manifest = session.refused(&format!("{copy} MANIFEST")).await;
    assert!(
        manifest.starts_with(
            "XX000 Problem reading manifest file - S3ServiceException:The operation is not valid"
        ),
        "{manifest}"
    );
}
