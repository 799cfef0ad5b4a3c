//! Incidents whose cause is what a producer wrote, or that nobody may read it.

use crate::incidents::Watched;
use crate::support::scenario::{DAY_2, Scenario};
use crate::support::table;

pub(super) const SCHEMA_CONFLICT: &str = "Table and config differ";
pub(super) const BAD_ROWS: &str = "COPY refuses rows";
pub(super) const FILE_MISSING: &str = "A file is not there";
pub(super) const STORAGE_DENIED: &str = "S3 denies COPY the file";

#[tokio::test]
async fn a_table_that_differs_from_its_config_is_told_as_in_the_runbook() {
    let watched = Watched::start(Scenario::new().await.loaded_once().await).await;
    let Watched { scenario, .. } = &watched;
    let columns = ["{dest: id, type: bigint, notnull: true}", "{dest: name, type: date}"];
    scenario.put_config(DAY_2, &table::config_with(&scenario.name, &columns)).await;
    scenario.send(&scenario.message("")).await;
    watched.is_told_as_in_the_runbook(SCHEMA_CONFLICT).await;
}

#[tokio::test]
async fn rows_that_copy_refuses_are_told_as_in_the_runbook() {
    let watched = Watched::start(Scenario::new().await.loaded_once().await).await;
    let Watched { scenario, .. } = &watched;
    let rows = format!("{}{{\"id\": \"seven\", \"data_date\": \"{DAY_2}\"}}\n", table::rows(DAY_2, [2]));
    scenario.put_file(DAY_2, &rows).await;
    scenario.send(&scenario.message("")).await;
    watched.is_told_as_in_the_runbook(BAD_ROWS).await;
}

#[tokio::test]
async fn a_file_that_is_not_there_is_told_as_in_the_runbook() {
    let watched = Watched::start(Scenario::new().await.loaded_once().await).await;
    let Watched { scenario, .. } = &watched;
    scenario.send(&scenario.message(r#""date": "2015-07-03T00:00:00Z""#)).await;
    watched.is_told_as_in_the_runbook(FILE_MISSING).await;
}

#[tokio::test]
async fn a_file_that_copy_may_not_read_is_told_as_in_the_runbook() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.with_own_user().await;
    let watched = Watched::start(scenario).await;
    let Watched { scenario, .. } = &watched;
    scenario.inject(&operator, "'copy_start', 's3_403', times => 1000").await;
    scenario.send(&scenario.message("")).await;
    watched.is_told_as_in_the_runbook(STORAGE_DENIED).await;
}
