//! `after`: ANALYZE and VACUUM behind a committed load, which they can neither hold up nor fail.

use rustix::process::Signal;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

async fn scenario() -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    put_config(&scenario, DAY_1).await;
    scenario
}

async fn put_config(scenario: &Scenario, date: &str) {
    let config = table::config(&scenario.name);
    scenario
        .put_config(date, &config.replace("data_date}\n", "data_date, after: [analyze, vacuum]}\n"))
        .await;
}

#[tokio::test]
async fn a_daemon_does_it_after_the_commit_and_says_so_once_each() {
    let scenario = scenario().await;
    scenario.plan(&[]).await.success().says("after       analyze, vacuum, once it is committed");
    let daemon = Daemon::ready(&scenario).await;
    daemon.settled(&scenario.send(&scenario.message("")).await).await;
    daemon.metric_reaches(r#"after_work_total{result="done",work="vacuum"}"#, 1.0).await;
    let analyzed = format!("SELECT reltuples FROM pg_class WHERE oid = '{}'::regclass", scenario.table());
    assert_eq!(scenario.value(&analyzed).await, "2");
    let lines = daemon.log.all();
    for work in ["analyze", "vacuum"] {
        let told = format!("{work} of {} is done after its load", scenario.table());
        assert_eq!(lines.iter().filter(|line| line.contains(&told)).count(), 1, "{lines:#?}");
    }
    // What was loaded already has nothing after it.
    daemon.settled(&scenario.send(&scenario.message("")).await).await;
    assert_eq!(daemon.metric(r#"after_work_total{result="done",work="analyze"}"#).await, 1.0);
}

#[tokio::test]
async fn whatever_becomes_of_it_the_load_is_loaded_and_a_drain_stops_it() {
    let mut scenario = scenario().await;
    let operator = scenario.with_own_user().await;
    scenario.inject(&operator, "'before_statement', 'cut', containing => 'ANALYZE'").await;
    let loaded = scenario.load(&[]).await.success();
    loaded.says("loaded  2 rows");
    loaded.says(&format!("{} loaded, but analyze of {} failed: ", scenario.table(), scenario.table()));
    loaded.says("done    vacuum after its load");

    scenario.put_day(DAY_2, [3]).await;
    put_config(&scenario, DAY_2).await;
    let mut daemon = Daemon::ready(&scenario).await;
    let held = scenario.inject(&operator, "'before_statement', 'hold', containing => 'ANALYZE'").await;
    let settled = daemon.settled(&scenario.send(&scenario.message("")).await).await;
    assert_eq!((&settled["disposition"], &settled["rows"]), (&"deleted".into(), &1.into()));
    operator.struck(&held).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(0));
    let log = daemon.log.to_the_end().join("\n");
    assert!(
        log.contains(&format!("after a load that is committed: analyze of {} was stopped", scenario.table())),
        "{log}"
    );
    assert_eq!(scenario.ids().await, "1,2,3");
}

#[tokio::test]
async fn a_table_of_somebody_else_is_told_of_as_redshift_may_pass_over_it() {
    let mut scenario = scenario().await;
    scenario.load(&[]).await.success();
    let (name, password) = (scenario.name.clone(), crate::support::secrets::SECRETS.user_password.clone());
    scenario.sql(&format!("CREATE USER {name} PASSWORD '{password}'")).await;
    for grant in [
        "USAGE ON SCHEMA NAME",
        "USAGE ON SCHEMA NAME_ledger",
        "ALL ON ALL TABLES IN SCHEMA NAME",
        "ALL ON ALL TABLES IN SCHEMA NAME_ledger",
    ] {
        scenario.sql(&format!("GRANT {} TO {name}", grant.replace("NAME", &name))).await;
    }
    scenario.variables.insert("REDSHIFT_USER".to_owned(), name);
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), password);
    scenario.put_day(DAY_2, [3]).await;
    put_config(&scenario, DAY_2).await;
    let loaded = scenario.load(&[]).await.success();
    loaded.says("unless Redshift has passed over it: the loader's user does not own the table");
}
