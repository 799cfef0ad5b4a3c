//! Templates of COPY that Redshift keeps: what they add to a load, and what in them is refused before it.

use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;

/// A CSV file of day 1, and a template of this text that its config names.
async fn scenario(content: &str, template: &str) -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put(&scenario.key(DAY_1, "csv"), content).await;
    scenario.put_config(DAY_1, &config(&scenario)).await;
    if !template.is_empty() {
        scenario.sql(&create(&scenario, template)).await;
    }
    scenario
}

fn config(scenario: &Scenario) -> String {
    let meta = format!("datadatecolumn: data_date, template: {}.conventions", scenario.name);
    table::config(&scenario.name).replace("datadatecolumn: data_date", &meta)
}

fn create(scenario: &Scenario, template: &str) -> String {
    format!("CREATE OR REPLACE TEMPLATE {}.conventions FOR COPY AS {template}", scenario.name)
}

async fn rows(scenario: &Scenario) -> Vec<String> {
    scenario.sql(&format!("SELECT id, COALESCE(name, 'NULL') FROM {} ORDER BY id", scenario.table())).await
}

/// Refused by `plan` and by `load` with this, and no table made for it.
async fn is_refused(scenario: &Scenario, says: &str) {
    for finished in [scenario.plan(&[]).await, scenario.load(&[]).await] {
        finished.says(says);
    }
    let table = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&table).await, "0");
}

#[tokio::test]
async fn a_load_takes_from_its_template_what_nobody_else_says() {
    let file = format!("Name;ID;data_date\nnone;1;{DAY_1}\n a ;2;{DAY_1}\n");
    let template = "CSV DELIMITER ';' IGNOREHEADER 1 NULL AS 'none' TRIMBLANKS";
    let scenario = scenario(&file, template).await;
    scenario
        .plan(&[])
        .await
        .success()
        .says("conventions: CSV, DELIMITER ';', IGNOREHEADER 1, NULL 'none', TRIMBLANKS");
    scenario.load(&[]).await.success();
    assert_eq!(rows(&scenario).await, ["1|NULL", "2| a"]);
}

#[tokio::test]
async fn what_the_load_says_wins_over_its_template() {
    let scenario = scenario(&format!("{DAY_1},1,none\n{DAY_1},2,-\n"), "NULL AS 'none' DELIMITER ';'").await;
    scenario.load(&["--delimiter", ",", "--copy-options", "NULL AS '-'"]).await.success();
    assert_eq!(rows(&scenario).await, ["1|none", "2|NULL"]);
}

#[tokio::test]
async fn a_template_that_is_not_there_is_refused_with_what_to_do() {
    let scenario = scenario(&format!("{DAY_1},1,a\n"), "").await;
    let says = format!(
        "the template `{}.conventions` of `meta.template` cannot be used: template \"conventions\" does not exist; create it \
         with CREATE TEMPLATE",
        scenario.name
    );
    is_refused(&scenario, &says).await;
}

#[tokio::test]
async fn a_template_that_would_lose_rows_in_silence_loads_nothing() {
    let scenario = scenario(&format!("{DAY_1},1,a\n{DAY_1},x,b\n"), "CSV IGNOREALLERRORS").await;
    is_refused(&scenario, "says IGNOREALLERRORS: rows that COPY refuses would be skipped without a limit")
        .await;
    for (template, says) in [
        ("CSV NOLOAD", "says NOLOAD: nothing would be loaded, and the ledger would say that it was"),
        ("CSV MAXERROR 100", "says MAXERROR 100: rows that COPY refuses would be skipped and not counted"),
        ("FORMAT JSON 'auto'", "says JSON 'auto': the files are read as csv"),
    ] {
        scenario.sql(&create(&scenario, template)).await;
        is_refused(&scenario, says).await;
    }
}

#[tokio::test]
async fn a_template_that_the_loader_may_not_use_is_refused_with_the_rights_that_it_needs() {
    let mut scenario = scenario(&format!("{DAY_1},1,a\n"), "NULL AS 'none'").await;
    let (name, password) = (scenario.name.clone(), &SECRETS.user_password);
    scenario.sql(&format!("CREATE USER {name} PASSWORD '{password}'")).await;
    scenario.sql(&format!("GRANT USAGE, CREATE ON SCHEMA {name} TO {name}")).await;
    scenario.variables.insert("REDSHIFT_USER".to_owned(), name.clone());
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), password.clone());
    let says = format!(
        "the template `{name}.conventions` of `meta.template` cannot be used: permission denied for template conventions; \
         grant the loader's user USAGE on the template and on its schema"
    );
    scenario.plan(&[]).await.says(&says);
}

#[tokio::test]
async fn a_template_that_changes_while_a_load_waits_is_read_again() {
    let scenario = scenario(&format!("{DAY_1},1,a\n"), "NULL AS 'none'").await;
    scenario.load(&[]).await.success();
    scenario.put(&scenario.key(DAY_2, "csv"), format!("{DAY_2},2,b\n")).await;
    scenario.put_config(DAY_2, &config(&scenario)).await;
    let lock = scenario.lock_table().await;
    let change = async {
        scenario.waits_for_lock().await;
        scenario.sql(&create(&scenario, "NOLOAD")).await;
        lock.query("COMMIT").await;
    };
    let (finished, ()) = tokio::join!(scenario.load(&[]), change);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    finished.says("says NOLOAD: nothing would be loaded, and the ledger would say that it was");
    assert_eq!(rows(&scenario).await, ["1|a"]);
    scenario.sql(&create(&scenario, "NULL AS 'b'")).await;
    scenario.load(&[]).await.success();
    assert_eq!(rows(&scenario).await, ["1|a", "2|NULL"]);
}

#[tokio::test]
async fn a_template_that_cuts_is_refused_where_cuts_are_and_counted_where_they_are_not() {
    let scenario = scenario(&format!("{DAY_1},1,{}\n", "n".repeat(300)), "CSV TRUNCATECOLUMNS").await;
    let usual = config(&scenario);
    let refusing = usual.replace("datadatecolumn: data_date", "datadatecolumn: data_date, cuts: refuse");
    scenario.put_config(DAY_1, &refusing).await;
    is_refused(&scenario, "`meta.cuts: refuse` and TRUNCATECOLUMNS of the template do not go together").await;
    scenario.put_config(DAY_1, &usual).await;
    scenario.load(&[]).await.success().says("1 values cut: `name` 1 (256 bytes)");
}
