//! What sessions are doing, and which tables they hold.

use crate::support::Fixture;
use crate::support::servers::snapshot;
use crate::support::session::{Session, config};

#[tokio::test]
async fn superusers_see_who_holds_a_table_and_with_which_statement() {
    let fixture = Fixture::new("activity").await;
    let other = fixture.another(snapshot()).await;
    fixture.session.run("CREATE TABLE t (a int)").await;
    let pid = other.value("SELECT pg_backend_pid()").await;
    other.run("BEGIN; DELETE FROM t").await;
    let query = format!(
        "SELECT t.txn_owner, t.txn_db, t.granted, rtrim(q.status), rtrim(q.query_text)
           FROM svv_transactions t JOIN sys_query_history q ON q.session_id = t.pid
          WHERE t.relation = 't'::regclass AND t.lock_mode = 'ShareRowExclusiveLock' AND t.pid = {pid}"
    );
    let found = fixture.session.value(&query).await;
    assert!(found.starts_with("dev|dev|t|success|") && found.contains("DELETE FROM t"), "{found}");
}

#[tokio::test]
async fn ordinary_users_see_themselves_only() {
    let fixture = Fixture::new("activity_own").await;
    fixture.session.run("CREATE TABLE t (a int); CREATE USER curious PASSWORD 'Curious12'").await;
    fixture.session.run("BEGIN; DELETE FROM t").await;
    let mut config = config(snapshot());
    let curious =
        Session::connect_with(config.user("curious").password("Curious12")).await.expect("it logs in");
    assert_eq!(curious.rows("SELECT DISTINCT txn_owner FROM svv_transactions").await, ["curious"]);
    let seen = "SELECT DISTINCT u.usename FROM sys_query_history q JOIN pg_user u ON u.usesysid = q.user_id";
    assert_eq!(curious.rows(seen).await, ["curious"]);
}
