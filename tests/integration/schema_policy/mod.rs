//! What a load may change in a table that differs from its config, and what it tells people to change.

mod kinds_of_columns;
mod remedies;
mod widening;

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// A config of these columns that says more in its `meta`.
fn config(scenario: &Scenario, columns: &[&str], more: &str) -> String {
    let config = table::config_with(&scenario.name, columns);
    config.replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{more}"))
}

const WIDENED: [&str; 2] = ["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}"];

/// A table whose name takes four bytes, and a config that wants 256 and lets it be widened.
async fn with_a_narrow_name() -> Scenario {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (data_date timestamp, id bigint NOT NULL, name varchar(4))",
            scenario.table()
        ))
        .await;
    scenario.put_config(DAY_1, &config(&scenario, &WIDENED, ", widen: true")).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    scenario
}

async fn type_of(scenario: &Scenario, column: &str) -> String {
    let query = format!(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{}'::regclass AND attname = '{column}'",
        scenario.table()
    );
    scenario.value(&query).await
}

async fn names(scenario: &Scenario) -> Vec<String> {
    scenario.sql(&format!("SELECT name FROM {} ORDER BY id", scenario.table())).await
}
