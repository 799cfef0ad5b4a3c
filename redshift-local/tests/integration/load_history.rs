//! What is kept of each COPY, and how the two kinds of Redshift tell it (facts 0.3, 1.15).

use crate::support::Fixture;
use crate::support::servers::serverless;

#[tokio::test]
async fn each_copy_is_in_the_history_with_its_files_though_its_transaction_is_rolled_back() {
    let Fixture { session, bucket, .. } = Fixture::new("history").await;
    session.run("CREATE TABLE t (a int)").await;
    bucket.put("x/1.json", "{\"a\":1}\n{\"a\":2}\n").await;
    bucket.put("x/2.json", "{\"a\":\"no\"}\n").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto' MAXERROR 2", bucket.url("x/"));
    session.run(&format!("BEGIN; {copy}")).await;
    let id = session.value("SELECT pg_last_copy_id()").await;
    session.run("ROLLBACK").await;
    let history = format!(
        "SELECT status, table_name, data_source, file_format, loaded_rows, source_file_count, source_file_bytes, error_count,
                session_id = pg_backend_pid(), end_time >= start_time
           FROM sys_load_history WHERE query_id = {id}"
    );
    assert_eq!(session.value(&history).await, format!("completed|t|{}|json|2|2|27|1|t|t", bucket.url("x/")));
    let files = |view: &str, query: &str| {
        format!(
            "SELECT replace(rtrim({view}), '{}', ''), lines_scanned FROM {query} = {id} ORDER BY 1",
            bucket.url("x/")
        )
    };
    let expected = ["1.json|2", "2.json|1"];
    assert_eq!(session.rows(&files("file_name", "sys_load_detail WHERE query_id")).await, expected);
    assert_eq!(session.rows(&files("filename", "stl_load_commits WHERE query")).await, expected);
}

#[tokio::test]
async fn a_load_that_failed_is_aborted() {
    let Fixture { session, bucket, .. } = Fixture::new("aborted").await;
    session.run("CREATE TABLE t (a int)").await;
    bucket.put("x.json", "{\"a\":\"no\"}\n").await;
    session.refused(&format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", bucket.url("x.json"))).await;
    let history = format!(
        "SELECT status, loaded_rows, error_count FROM sys_load_history WHERE data_source = '{}'",
        bucket.url("x.json")
    );
    assert_eq!(session.value(&history).await, "aborted|0|1");
    assert_eq!(session.value("SELECT pg_last_copy_id()").await, "-1");
}

#[tokio::test]
async fn serverless_has_no_stl_views_and_says_so_when_a_load_fails() {
    let Fixture { session, bucket, .. } = Fixture::on(serverless(), "serverless").await;
    session.run("CREATE TABLE t (a int)").await;
    bucket.put("x.json", "{\"a\":\"no\"}\n").await;
    assert_eq!(
        session
            .refused(&format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", bucket.url("x.json")))
            .await,
        "XX000 Load into table 't' failed. Check 'sys_load_error_detail' system table for details."
    );
    assert_eq!(
        session.value("SELECT error_code FROM sys_load_error_detail WHERE table_id = 't'::regclass").await,
        "1207"
    );
    for sql in ["SELECT * FROM stl_load_errors", "SELECT * FROM pg_catalog.stl_load_commits"] {
        assert!(
            session.refused(sql).await.starts_with("42501 permission denied for relation stl_load_"),
            "{sql}"
        );
        let error = session.client.prepare(sql).await.expect_err("it is refused by this protocol too");
        assert_eq!(error.code().expect("the server says so").code(), "42501");
    }
}
