//! Values survive their way through COPY, and names of the config are names of the data.

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::table;

/// Loads one row of these columns beside the data date, and returns one value of it.
async fn value_of(columns: &[&str], row: &str, value: &str) -> String {
    let scenario = Scenario::new().await;
    scenario.put_file(DAY_1, &format!(r#"{{"data_date": "{DAY_1}", {row}}}"#)).await;
    scenario.put_config(DAY_1, &table::config_with(&scenario.name, columns)).await;
    scenario.load(&[]).await.success();
    scenario.value(&format!("SELECT {value} FROM {}", scenario.table())).await
}

#[tokio::test]
async fn a_decimal_is_rounded_and_not_cut_below_itself() {
    let decimal = ["{dest: price, type: \"decimal(10,2)\"}"];
    assert_eq!(value_of(&decimal, r#""price": 1.15"#, "price::varchar").await, "1.15");
    assert_eq!(value_of(&decimal, r#""price": 4.35"#, "price::varchar").await, "4.35");
    assert_eq!(value_of(&decimal, r#""price": "1.15""#, "price::varchar").await, "1.15");
}

#[tokio::test]
async fn a_date_takes_an_instant_and_a_day_without_hyphens() {
    let date = ["{dest: day, type: date}"];
    assert_eq!(value_of(&date, r#""day": "2015-07-01T10:20:30Z""#, "day::varchar").await, "2015-07-01");
    assert_eq!(value_of(&date, r#""day": "20150701""#, "day::varchar").await, "2015-07-01");
}

#[tokio::test]
async fn a_name_that_the_config_spells_with_capitals_is_found_in_the_data() {
    let capitals = ["{dest: userId, type: int}"];
    assert_eq!(value_of(&capitals, r#""userId": 7"#, "userid").await, "7");
    assert_eq!(value_of(&capitals, r#""USERID": 7"#, "userid").await, "7");
}

#[tokio::test]
async fn copy_needs_no_owner_of_the_table() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let user = format!("{}_loader", scenario.name);
    let ledger = format!("{}_ledger", scenario.name);
    for statement in [
        format!("CREATE USER {user} PASSWORD '{}'", SECRETS.user_password),
        format!("GRANT USAGE ON SCHEMA {}, {ledger} TO {user}", scenario.name),
        format!("GRANT SELECT, INSERT, DELETE ON {} TO {user}", scenario.table()),
        format!("GRANT SELECT, INSERT ON {ledger}.loads TO {user}"),
        format!("GRANT SELECT, INSERT ON {ledger}.superseded_messages TO {user}"),
        format!("GRANT SELECT, INSERT ON {ledger}.files TO {user}"),
    ] {
        scenario.sql(&statement).await;
    }
    scenario.variables.insert("REDSHIFT_USER".to_owned(), user);
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), SECRETS.user_password.clone());
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1,2");
}
