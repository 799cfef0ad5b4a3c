//! Incidents whose cause is in Redshift.

use crate::incidents::Watched;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;

pub(super) const DOWN: &str = "Redshift does not answer";
pub(super) const PASSWORD_CHANGED: &str = "The password was changed";
pub(super) const TABLE_LOCKED: &str = "A table is locked";
pub(super) const DISK_FULL: &str = "The cluster's disk is full";

/// A scenario whose program reaches Redshift through a proxy that can be taken away.
async fn behind_a_proxy(mut scenario: Scenario) -> (Scenario, HoldingProxy) {
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let proxy = HoldingProxy::at(port, real, "nothing is held").await;
    (scenario, proxy)
}

#[tokio::test]
async fn a_redshift_that_does_not_answer_is_told_as_in_the_runbook() {
    let (scenario, redshift) = behind_a_proxy(Scenario::new().await.loaded_once().await).await;
    let watched = Watched::start(scenario).await;
    drop(redshift);
    watched.scenario.send(&watched.scenario.message("")).await;
    watched.is_told_as_in_the_runbook(DOWN).await;
}

#[tokio::test]
async fn a_password_that_was_changed_is_told_as_in_the_runbook() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.with_own_user().await;
    let watched = Watched::start(scenario).await;
    let Watched { scenario, .. } = &watched;
    operator.query(&format!("ALTER USER {} PASSWORD '{}'", scenario.name, SECRETS.password)).await;
    // Sessions outlive a change of the password, until one is to be made anew.
    scenario.inject(&operator, "'before_statement', 'cut'").await;
    scenario.send(&scenario.message("")).await;
    watched.is_told_as_in_the_runbook(PASSWORD_CHANGED).await;
}

#[tokio::test]
async fn a_table_that_is_locked_is_told_as_in_the_runbook() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("LOCK_WAIT_WARNING".to_owned(), "1s".to_owned());
    let watched = Watched::start(scenario).await;
    let lock = watched.scenario.lock_table().await;
    watched.scenario.send(&watched.scenario.message("")).await;
    watched.scenario.waits_for_lock().await;
    watched.is_told_as_in_the_runbook(TABLE_LOCKED).await;
    lock.query("ROLLBACK").await;
    watched.scenario.drained().await;
}

#[tokio::test]
async fn a_cluster_whose_disk_is_full_is_told_as_in_the_runbook() {
    let mut scenario = Scenario::new().await;
    let operator = scenario.with_own_user().await;
    let tables = ["events", "pages", "visits", "clicks", "carts"];
    for name in tables {
        let config = table::config_of(&scenario.name, name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("config_{}_{name}_{DAY_1}.yml", scenario.name), config).await;
        scenario.put(&format!("{}_{name}_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    }
    let watched = Watched::start(scenario).await;
    watched.scenario.inject(&operator, "'copy_middle', 'disk_full', times => 1000").await;
    watched.scenario.send(&watched.scenario.message_for(&tables, "")).await;
    watched.is_told_as_in_the_runbook(DISK_FULL).await;
}
