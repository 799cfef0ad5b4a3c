//! How much a load asks of others: pinned, so that it never grows unseen.

use std::path::Path;

use expect_test::{Expect, expect};

use crate::support::counting_proxy::CountingProxy;
use crate::support::scenario::{DAY_2, Scenario};

/// Each request costs a few hundredths of a second, and a load has no others: two listings as there are two layouts, the
/// config, the beginning of the file whose keys are held against it, and the listing that tells whether the file is still
/// the one that was chosen.
#[tokio::test]
async fn a_plain_load_makes_five_requests_to_s3() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let proxy = CountingProxy::before_s3(scenario.cloud.aws_port()).await;
    scenario.variables.insert("AWS_ENDPOINT_URL".to_owned(), format!("http://127.0.0.1:{}", proxy.port));
    scenario.load(&[]).await.success().says("loaded  1 rows");
    let mut asked = proxy.asked();
    // Listings of both layouts run side by side.
    asked.sort();
    check(
        &scenario,
        &asked,
        &expect![[r#"
            GET /NAME/?NAME%2Fevents%2F_data_tim
            GET /NAME/?NAME_events_
            GET /NAME/?NAME_events_2015-07-02T00
            GET /NAME/config_NAME_events_2015-07
            GET /NAME/NAME_events_2015-07-02T00%
        "#]],
    );
}

/// One session has the transaction, the other looks at the ledger while the transaction holds the table's lock.
#[tokio::test]
async fn a_plain_load_makes_few_round_trips_to_redshift() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let proxy = CountingProxy::before_redshift(scenario.redshift_port).await;
    scenario.redshift_port = proxy.port;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    // Both sessions log in side by side, and each is asked something.
    let is_login = |asked: &String| asked == "login" || asked.starts_with("SET ");
    let (mut logins, mut asked): (Vec<_>, Vec<_>) = proxy.asked().into_iter().partition(is_login);
    logins.sort();
    // Whether a session is still there is asked of one that has just logged in, or not: it depends on which one is lent.
    asked.retain(|asked| !asked.is_empty());
    asked.get_mut(..2).unwrap().sort();
    asked.splice(..0, logins);
    check(
        &scenario,
        &asked,
        &expect![[r#"
            SET timezone TO 'UTC'; SET statement_timeout TO 7200000; SELECT pg_backend_pid(), EXTRACT(EPO
            SET timezone TO 'UTC'; SET statement_timeout TO 7200000; SELECT pg_backend_pid(), EXTRACT(EPO
            login
            login
            SELECT load_id, target_schema, targe; SELECT message_id, target_schema, ta; SELECT load_id, target_schema, targe
            SELECT target_schema, target_table, 
            SELECT COUNT(CASE WHEN finished_at >; SELECT c.relkind, c.reldiststyle FRO; SELECT a.attname, format_type(a.attt; SELECT k.conname, k.contype, a.attna
            SELECT 'any row'::varchar AS fact, C
            BEGIN
            DELETE FROM "NAME"."events" WHERE "d
            SELECT COUNT(*)::bigint, EXTRACT(EPO
            COPY "NAME"."events" ("data_date", "
            SELECT pg_last_copy_count()
            SELECT 'of the window'::varchar AS f
            INSERT INTO "NAME_ledger"."loads" (l
            COMMIT
        "#]],
    );
}

fn check(scenario: &Scenario, asked: &[String], expected: &Expect) {
    let line = |line: &String| {
        let line = line.replace(&scenario.name, "NAME").replace(DAY_2, "DAY");
        let line = line.replace("list-type=2&encoding-type=url&prefix=", "");
        let statements: Vec<String> = line.split("; ").map(beginning).collect();
        format!("{}\n", statements.join("; "))
    };
    expected.assert_eq(&asked.iter().map(line).collect::<String>());
}

/// Enough of a statement to tell what it is for.
fn beginning(statement: &str) -> String {
    let statement = statement.split_once("*/ ").map_or(statement, |(_, rest)| rest);
    statement.chars().take(36).collect()
}

/// The TLS library's own source of entropy costs more than all the rest of a load, and the kernel has one.
#[test]
fn the_program_gathers_no_entropy_of_its_own_at_its_start() {
    let program = std::fs::read(Path::new(env!("CARGO_BIN_EXE_s3-to-redshift"))).expect("it is built");
    assert!(!String::from_utf8_lossy(&program).contains("jent_entropy_init"));
}
