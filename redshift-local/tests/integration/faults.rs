//! Faults on demand: what a test orders happens, to whom it was ordered for, and PostgreSQL keeps the truth.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

use crate::support::Fixture;
use crate::support::servers::{snapshot, start_with};
use crate::support::session::{Session, config, described};

/// A session under a name of its own, so that only it is struck.
async fn victim(fixture: &Fixture, name: &str) -> Session {
    let mut config = config(snapshot());
    let session = Session::connect_with(config.application_name(name)).await.expect("it can log in");
    session.run(&format!("SET search_path TO {}", fixture.schema)).await;
    session
}

/// Arms a fault and returns its number.
async fn inject(session: &Session, arguments: &str) -> String {
    session.value(&format!("SELECT redshift_local.inject({arguments})")).await
}

async fn wait_for(session: &Session, fault: &str) {
    session.run(&format!("SELECT redshift_local.wait_for_fault({fault})")).await;
}

async fn state(session: &Session, fault: &str) -> String {
    session.value(&format!("SELECT state, struck FROM redshift_local.faults WHERE id = {fault}")).await
}

/// A table with nothing in it, and a COPY of three rows into it.
async fn three_rows(fixture: &Fixture) -> String {
    fixture.session.run("CREATE TABLE t (a int)").await;
    fixture.bucket.put("x.json", "{\"a\":1}{\"a\":2}{\"a\":3}").await;
    format!("COPY t FROM '{}' IAM_ROLE default JSON 'auto'", fixture.bucket.url("x.json"))
}

async fn locks_on_t(session: &Session) -> String {
    session
        .value("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND pid <> pg_backend_pid()")
        .await
}

async fn loses_its_connection(session: &Session, sql: &str) {
    let error = session.client.batch_execute(sql).await.expect_err("the connection is cut");
    assert!(
        error.as_db_error().is_none() && error.is_closed() || error.to_string().contains("communicating"),
        "{error}"
    );
}

#[tokio::test]
async fn unknown_words_are_refused_with_the_known_ones() {
    let session = Session::connect(snapshot()).await;
    let refusal = session.refused("SELECT redshift_local.inject('commit', 'cut')").await;
    assert!(
        refusal.starts_with("22023 there is no point 'commit'; there is login, before_statement"),
        "{refusal}"
    );
    let refusal = session.refused("SELECT redshift_local.inject('login', 'explode')").await;
    assert!(refusal.starts_with("22023 there is no effect 'explode'; there is hold, slow, cut"), "{refusal}");
    let refusal = session.refused("SELECT redshift_local.inject('after_commit', 'conflict')").await;
    assert!(refusal.contains("PostgreSQL has done what was asked"), "{refusal}");
    let refusal = session.refused("SELECT redshift_local.release(12345)").await;
    assert!(refusal.starts_with("22023 there is no fault 12345"), "{refusal}");
}

#[tokio::test]
async fn an_ordinary_user_orders_nothing() {
    let session = Session::connect(snapshot()).await;
    session.run("CREATE USER harmless PASSWORD 'Harmless1'").await;
    let mut config = config(snapshot());
    let harmless =
        Session::connect_with(config.user("harmless").password("Harmless1")).await.expect("it logs in");
    let refusal = harmless.refused("SELECT redshift_local.inject('login', 'cut')").await;
    assert_eq!(refusal, "42501 permission denied for schema redshift_local");
}

#[tokio::test]
async fn a_held_statement_goes_on_when_it_is_released() {
    let fixture = Fixture::new("fault_hold").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_hold").await);
    let fault = inject(one, "'before_statement', 'hold', containing => 'held one'").await;
    assert_eq!(state(one, &fault).await, "armed|0");
    let release = async {
        wait_for(one, &fault).await;
        assert_eq!(state(one, &fault).await, "holding|1");
        one.run(&format!("SELECT redshift_local.release({fault})")).await;
    };
    let (answer, ()) = tokio::join!(two.value("SELECT 'held one'"), release);
    assert_eq!(answer, "held one");
    assert_eq!(state(one, &fault).await, "struck|1");
    assert_eq!(two.value("SELECT 'held one'").await, "held one");
}

/// It is how pools ask whether somebody is there (fact 4.8).
#[tokio::test]
async fn an_empty_query_is_struck_as_any_other() {
    let fixture = Fixture::new("fault_empty").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_empty").await);
    inject(one, "'before_statement', 'conflict', application_name => 'fault_empty'").await;
    assert!(two.refused("").await.ends_with("conflict with concurrent transaction"));
    two.run("").await;
}

#[tokio::test]
async fn a_held_statement_can_be_cancelled() {
    let fixture = Fixture::new("fault_cancel").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_cancel").await);
    let fault = inject(one, "'before_statement', 'hold', application_name => 'fault_cancel'").await;
    let token = two.client.cancel_token();
    let cancel = async {
        wait_for(one, &fault).await;
        token.cancel_query(NoTls).await.expect("the server is there");
    };
    let (refusal, ()) = tokio::join!(two.refused("SELECT 1"), cancel);
    assert!(refusal.starts_with("57014 Query ("), "{refusal}");
    assert_eq!(state(one, &fault).await, "struck|1");
}

/// Fact 4.7.
#[tokio::test]
async fn another_session_cancels_by_number() {
    let fixture = Fixture::new("fault_cancel_pid").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_cancel_pid").await);
    let pid = two.value("SELECT pg_backend_pid()").await;
    let copy = three_rows(&fixture).await;
    let fault = inject(one, "'copy_middle', 'hold', application_name => 'fault_cancel_pid'").await;
    let cancel = async {
        wait_for(one, &fault).await;
        one.run(&format!("CANCEL {pid} 'it takes too long'")).await;
    };
    let (refusal, ()) = tokio::join!(two.refused(&copy), cancel);
    assert!(refusal.starts_with("57014"), "{refusal}");
}

#[tokio::test]
async fn clearing_a_fault_lets_go_whom_it_holds() {
    let fixture = Fixture::new("fault_clear").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_clear").await);
    let fault = inject(one, "'before_statement', 'hold', application_name => 'fault_clear'").await;
    let clear = async {
        wait_for(one, &fault).await;
        one.run(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    };
    let (answer, ()) = tokio::join!(two.value("SELECT 1"), clear);
    assert_eq!(answer, "1");
    assert!(one.rows(&format!("SELECT id FROM redshift_local.faults WHERE id = {fault}")).await.is_empty());
}

#[tokio::test]
async fn a_wait_ends_when_the_fault_does_not_strike_in_time() {
    let session = Session::connect(snapshot()).await;
    let fault = inject(&session, "'before_statement', 'cut', user_name => 'nobody at all'").await;
    let refusal = session.refused(&format!("SELECT redshift_local.wait_for_fault({fault}, 0)")).await;
    assert_eq!(refusal, format!("22023 fault {fault} has not struck 1 time(s) within 0 s"));
}

#[tokio::test]
async fn a_fault_strikes_only_those_it_was_armed_for_and_so_many_times() {
    let fixture = Fixture::new("fault_selected").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_selected").await);
    one.run("CREATE TABLE t (a int); CREATE TABLE u (a int)").await;
    let error = "'before_statement', 'error', code => '57014', message => 'not now'";
    let selected = "table_name => 't', user_name => 'dev', application_name => 'fault_selected', times => 2";
    inject(one, &format!("{error}, {selected}")).await;
    one.run("INSERT INTO t VALUES (1)").await;
    two.run("INSERT INTO u VALUES (1)").await;
    for _ in 0..2 {
        assert_eq!(
            two.refused(&format!("INSERT INTO {}.t VALUES (2)", fixture.schema)).await,
            "57014 not now"
        );
    }
    two.run("INSERT INTO t VALUES (3)").await;
    assert_eq!(one.rows("SELECT a FROM t ORDER BY a").await, ["1", "3"]);
}

#[tokio::test]
async fn faults_can_be_ordered_with_parameters() {
    let fixture = Fixture::new("fault_parameters").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_parameters").await);
    let inject = "SELECT redshift_local.inject($1, $2, application_name => $3, times => $4)";
    let arguments: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&"before_statement", &"conflict", &"fault_parameters", &1_i32];
    let row = one.client.query_one(inject, &arguments).await.expect("it is armed");
    let fault: i32 = row.get(0);
    let refusal = two.refused("SELECT 1").await;
    assert_eq!(refusal, "XX000 could not complete because of conflict with concurrent transaction");
    let wait = "SELECT redshift_local.wait_for_fault($1)";
    assert!(one.client.query_one(wait, &[&fault]).await.expect("it has struck").get::<_, bool>(0));
    let unknown = one.client.query(wait, &[&123_456_i32]).await.expect_err("there is no such fault");
    assert!(described(&unknown).starts_with("22023 there is no fault 123456"), "{unknown}");
}

#[tokio::test]
async fn a_connection_cut_before_commit_has_committed_nothing() {
    let fixture = Fixture::new("cut_before_commit").await;
    let (one, two) = (&fixture.session, victim(&fixture, "cut_before_commit").await);
    one.run("CREATE TABLE t (a int)").await;
    let fault = inject(one, "'before_commit', 'cut', application_name => 'cut_before_commit'").await;
    two.run("BEGIN; INSERT INTO t VALUES (1)").await;
    loses_its_connection(&two, "COMMIT").await;
    wait_for(one, &fault).await;
    assert_eq!(locks_on_t(one).await, "0");
    assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn a_connection_cut_after_commit_has_committed() {
    let fixture = Fixture::new("cut_after_commit").await;
    fixture.session.run("CREATE TABLE t (a int)").await;
    for (times, way) in [(1, "simple"), (2, "prepared")] {
        let (one, two) = (&fixture.session, victim(&fixture, "cut_after_commit").await);
        inject(one, "'after_commit', 'cut', application_name => 'cut_after_commit'").await;
        two.run("BEGIN; INSERT INTO t VALUES (1)").await;
        match way {
            "simple" => loses_its_connection(&two, "COMMIT").await,
            _ => drop(two.client.execute("COMMIT", &[]).await.expect_err("the connection is cut")),
        }
        assert_eq!(one.value("SELECT count(*) FROM t").await, times.to_string(), "{way}");
    }
}

#[tokio::test]
async fn a_bare_statement_cut_afterwards_is_committed() {
    let fixture = Fixture::new("cut_afterwards").await;
    let copy = three_rows(&fixture).await;
    for (insert, rows) in [("INSERT INTO t VALUES (4)", "1"), (copy.as_str(), "4")] {
        let (one, two) = (&fixture.session, victim(&fixture, "cut_afterwards").await);
        inject(one, "'after_statement', 'cut', table_name => 't', application_name => 'cut_afterwards'")
            .await;
        drop(two.client.execute(insert, &[]).await.expect_err("the connection is cut"));
        assert_eq!(one.value("SELECT count(*) FROM t").await, rows, "{insert}");
    }
}

#[tokio::test]
async fn an_error_at_commit_rolls_back_and_ends_the_transaction() {
    let fixture = Fixture::new("fault_1023").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_1023").await);
    one.run("CREATE TABLE t (a int)").await;
    inject(one, "'before_commit', 'serializable', application_name => 'fault_1023', times => 2").await;
    two.run("BEGIN; INSERT INTO t VALUES (1)").await;
    let error = two.client.batch_execute("COMMIT").await.expect_err("it fails");
    assert_eq!(described(&error), "XX000 1023");
    let detail = error.as_db_error().and_then(|error| error.detail()).unwrap_or_default();
    assert!(detail.starts_with("Serializable isolation violation on table - "), "{detail}");
    // Idle again: there is no transaction that waits for its ROLLBACK.
    assert_eq!(two.value("SELECT count(*) FROM t").await, "0");
    two.run("BEGIN; INSERT INTO t VALUES (1)").await;
    let error = two.client.execute("COMMIT", &[]).await.expect_err("it fails the second time too");
    assert_eq!(described(&error), "XX000 1023");
    two.run("BEGIN; INSERT INTO t VALUES (2); COMMIT").await;
    assert_eq!(one.value("SELECT a FROM t").await, "2");
}

#[tokio::test]
async fn s3_and_the_disk_fail_in_redshifts_words() {
    let fixture = Fixture::new("fault_s3").await;
    let (one, two) = (&fixture.session, victim(&fixture, "fault_s3").await);
    let copy = three_rows(&fixture).await;
    for (point, effect, message, detail) in [
        (
            "copy_start",
            "s3_403",
            "XX000 S3ServiceException:Access Denied,Status 403,Error AccessDenied,",
            "8001",
        ),
        (
            "copy_middle",
            "s3_404",
            "XX000 S3ServiceException:The specified key does not exist.,Status 404,",
            "8001",
        ),
        (
            "copy_middle",
            "s3_503",
            "XX000 S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown",
            "8001",
        ),
        (
            "copy_start",
            "expired_credentials",
            "XX000 S3ServiceException:The provided token has expired.,Status 400,Error ExpiredToken",
            "8001",
        ),
        ("copy_middle", "disk_full", "XX000 Disk Full", "code:      1016"),
    ] {
        inject(one, &format!("'{point}', '{effect}', application_name => 'fault_s3'")).await;
        let error = two.client.batch_execute(&copy).await.expect_err("it fails");
        assert!(described(&error).starts_with(message), "{effect}: {}", described(&error));
        let block = error.as_db_error().and_then(|error| error.detail()).unwrap_or_default();
        assert!(block.contains(detail), "{effect}: {block}");
        assert_eq!(two.value("SELECT count(*) FROM t").await, "0");
    }
    two.run(&copy).await;
    assert_eq!(one.value("SELECT count(*) FROM t").await, "3");
}

#[tokio::test]
async fn a_copy_can_be_held_in_the_middle_and_goes_on() {
    let fixture = Fixture::new("copy_held").await;
    let (one, two) = (&fixture.session, victim(&fixture, "copy_held").await);
    let copy = three_rows(&fixture).await;
    let fault = inject(one, "'copy_middle', 'hold', table_name => 'copy_held.t'").await;
    assert_eq!(state(one, &fault).await, "armed|0");
    one.run(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    let fault = inject(one, "'copy_middle', 'hold', application_name => 'copy_held'").await;
    let release = async {
        wait_for(one, &fault).await;
        assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
        assert_ne!(locks_on_t(one).await, "0");
        one.run(&format!("SELECT redshift_local.release({fault})")).await;
    };
    tokio::join!(two.run(&copy), release);
    assert_eq!(one.value("SELECT count(*) FROM t").await, "3");
}

#[tokio::test]
async fn a_held_copy_can_be_cancelled() {
    let fixture = Fixture::new("copy_held_cancel").await;
    let (one, two) = (&fixture.session, victim(&fixture, "copy_held_cancel").await);
    let copy = three_rows(&fixture).await;
    for point in ["copy_start", "copy_middle"] {
        let fault = inject(one, &format!("'{point}', 'hold', application_name => 'copy_held_cancel'")).await;
        let token = two.client.cancel_token();
        let cancel = async {
            wait_for(one, &fault).await;
            token.cancel_query(NoTls).await.expect("the server is there");
        };
        let (refusal, ()) = tokio::join!(two.refused(&copy), cancel);
        assert!(refusal.starts_with("57014"), "{refusal}");
    }
    two.run(&copy).await;
}

#[tokio::test]
async fn a_held_copy_ends_with_its_statement_timeout() {
    let fixture = Fixture::new("copy_held_timeout").await;
    let (one, two) = (&fixture.session, victim(&fixture, "copy_held_timeout").await);
    let copy = three_rows(&fixture).await;
    for point in ["copy_start", "copy_middle"] {
        let fault = inject(one, &format!("'{point}', 'hold', application_name => 'copy_held_timeout'")).await;
        two.run("SET statement_timeout TO 300").await;
        let refusal = two.refused(&copy).await;
        assert!(
            refusal.starts_with("57014 Query (") && refusal.ends_with("canceled on user's request"),
            "{refusal}"
        );
        assert_eq!(state(one, &fault).await, "struck|1");
        two.run("SET statement_timeout TO 0").await;
        assert_eq!(two.value("SELECT count(*) FROM t").await, "0");
    }
    two.run(&copy).await;
}

#[tokio::test]
async fn a_connection_cut_before_a_statement_has_done_nothing() {
    let fixture = Fixture::new("cut_before").await;
    let (one, two) = (&fixture.session, victim(&fixture, "cut_before").await);
    one.run("CREATE TABLE t (a int)").await;
    inject(one, "'before_statement', 'cut', table_name => 't', application_name => 'cut_before'").await;
    drop(two.client.execute("INSERT INTO t VALUES (1)", &[]).await.expect_err("the connection is cut"));
    assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn a_client_that_vanishes_while_it_is_held_leaves_nothing() {
    let fixture = Fixture::new("held_vanished").await;
    let (one, two) = (&fixture.session, victim(&fixture, "held_vanished").await);
    let copy = three_rows(&fixture).await;
    let fault = inject(one, "'copy_middle', 'hold', application_name => 'held_vanished'").await;
    tokio::select! {
        answer = two.client.simple_query(&copy) => panic!("it is held: {answer:?}"),
        () = wait_for(one, &fault) => {}
    }
    two.vanish();
    // Waits for the lock of the COPY.
    one.run("DELETE FROM t").await;
    assert_eq!(state(one, &fault).await, "struck|1");
}

#[tokio::test]
async fn a_slow_copy_arrives() {
    let fixture = Fixture::new("copy_slow").await;
    let (one, two) = (&fixture.session, victim(&fixture, "copy_slow").await);
    let copy = three_rows(&fixture).await;
    let fault = inject(one, "'copy_start', 'slow', seconds => 0.01, application_name => 'copy_slow'").await;
    two.run(&copy).await;
    assert_eq!(state(one, &fault).await, "struck|1");
    assert_eq!(one.value("SELECT count(*) FROM t").await, "3");
}

#[tokio::test]
async fn a_connection_cut_during_copy_leaves_nothing() {
    let fixture = Fixture::new("copy_cut").await;
    let (one, two) = (&fixture.session, victim(&fixture, "copy_cut").await);
    let copy = three_rows(&fixture).await;
    let fault = inject(one, "'copy_middle', 'cut', application_name => 'copy_cut'").await;
    loses_its_connection(&two, &copy).await;
    wait_for(one, &fault).await;
    assert_eq!(locks_on_t(one).await, "0");
    assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn a_server_that_vanished_answers_nothing_and_leaves_no_lock() {
    let fixture = Fixture::new("copy_vanish").await;
    let (one, two) = (&fixture.session, victim(&fixture, "copy_vanish").await);
    let copy = three_rows(&fixture).await;
    let fault = inject(one, "'copy_middle', 'vanish', application_name => 'copy_vanish'").await;
    tokio::select! {
        answer = two.client.simple_query(&copy) => panic!("nobody answers: {answer:?}"),
        () = wait_for(one, &fault) => {}
    }
    assert!(!two.client.is_closed());
    assert_eq!(locks_on_t(one).await, "0");
    assert_eq!(one.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn a_silent_server_keeps_its_locks_until_the_client_is_gone() {
    let fixture = Fixture::new("silence").await;
    let (one, two) = (&fixture.session, victim(&fixture, "silence").await);
    one.run("CREATE TABLE t (a int)").await;
    let fault =
        inject(one, "'after_statement', 'silence', containing => 'DELETE', application_name => 'silence'")
            .await;
    two.run("BEGIN").await;
    tokio::select! {
        answer = two.client.simple_query("DELETE FROM t") => panic!("nobody answers: {answer:?}"),
        () = wait_for(one, &fault) => {}
    }
    assert_ne!(locks_on_t(one).await, "0");
    two.vanish();
    one.run("DELETE FROM t").await;
}

async fn login(name: &str) -> Result<Session, tokio_postgres::Error> {
    Session::connect_with(config(snapshot()).application_name(name)).await
}

#[tokio::test]
async fn a_login_can_be_refused_cut_and_held() {
    let session = Session::connect(snapshot()).await;
    inject(&session, "'login', 'expired_credentials', application_name => 'late'").await;
    let error = login("late").await.err().expect("it is refused");
    assert_eq!(described(&error), "28000 password authentication failed for user \"dev\"");
    let refusal =
        "'login', 'error', code => '53300', message => 'too many connections', application_name => 'late'";
    inject(&session, refusal).await;
    assert_eq!(described(&login("late").await.err().expect("it is refused")), "53300 too many connections");
    for effect in ["vanish", "silence"] {
        let fault = inject(&session, &format!("'login', '{effect}', application_name => 'late'")).await;
        tokio::select! {
            _ = login("late") => panic!("nobody answers"),
            () = wait_for(&session, &fault) => {}
        }
    }
    inject(&session, "'login', 'cut', application_name => 'late'").await;
    let error = login("late").await.err().expect("it is cut");
    assert!(error.as_db_error().is_none(), "{error}");
    let fault = inject(&session, "'login', 'hold', application_name => 'late'").await;
    let release = async {
        wait_for(&session, &fault).await;
        session.run(&format!("SELECT redshift_local.release({fault})")).await;
    };
    let (late, ()) = tokio::join!(login("late"), release);
    assert_eq!(late.expect("it is let in").value("SELECT 1").await, "1");
}

#[tokio::test]
async fn maintenance_ends_every_session_and_lets_only_admins_in() {
    let server = start_with(&[]);
    let as_admin = |config: &Config| {
        let mut config = config.clone();
        config.application_name("redshift_local admin");
        config
    };
    let config = config(&server);
    let admin = Session::connect_with(&as_admin(&config)).await.expect("nothing is wrong yet");
    admin.run("CREATE TABLE t (a int)").await;
    let (idle, connection) = config.connect(NoTls).await.expect("nothing is wrong yet");
    let work = async {
        idle.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.expect("nothing is wrong yet");
        let caller = Session::connect_with(&config).await.expect("nothing is wrong yet");
        assert_eq!(caller.value("SELECT redshift_local.maintenance(3600)").await, "t");
    };
    let (ended, ()) = tokio::join!(connection, work);
    let error = ended.expect_err("it was ended");
    assert_eq!(error.code(), Some(&SqlState::ADMIN_SHUTDOWN), "{error}");
    assert_eq!(admin.value("SELECT count(*) FROM t").await, "0");

    let error = Session::connect_with(&config).await.err().expect("it is refused");
    assert_eq!(described(&error), "57P03 the database system is starting up");
    let late = Session::connect_with(&as_admin(&config)).await.expect("admins may");
    late.run("CREATE USER clerk PASSWORD 'Clerk123'").await;
    let mut clerk = as_admin(&config);
    let error =
        Session::connect_with(clerk.user("clerk").password("Clerk123")).await.err().expect("no superuser");
    assert_eq!(described(&error), "57P03 the database system is starting up");
    late.run("SELECT redshift_local.end_maintenance()").await;
    Session::connect_with(&config).await.expect("it is over");
}
