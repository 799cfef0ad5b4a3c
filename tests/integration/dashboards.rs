//! Every expression of a dashboard or an alert, asked of a real Prometheus that has watched a daemon through loads, refusals, an
//! outage and a backlog: a panel that is empty then is empty for ever, and such an alert never fires.

use std::path::Path;

use serde_yaml::Value;

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::prometheus::Prometheus;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table::{self, TABLE};
use crate::support::wait::wait_for;

#[tokio::test]
async fn every_panel_and_alert_finds_data_after_loads_refusals_an_outage_and_a_backlog() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("MAX_CONCURRENT_LOADS".to_owned(), "1".to_owned());
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let daemon = Daemon::start(&scenario).await;
    let prometheus = Prometheus::watching(&daemon, &scenario).await;
    prometheus.alert_is_due("S3ToRedshiftWarehouseOutOfReach").await;
    let _redshift = HoldingProxy::at(port, real, "nothing is held").await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let config = table::config(&scenario.name).replace("datadatecolumn", "cadence: 1d, datadatecolumn");
    scenario.put_config(DAY_1, &config).await;
    for outcome in ["loaded", "skipped"] {
        let id = scenario.send(&scenario.message("")).await;
        assert_eq!(daemon.settled(&id).await["disposition"], "deleted", "{outcome}");
    }
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.put_file(DAY_2, r#"{"id": "seven"}"#).await;
    for body in [scenario.message(""), scenario.message_for(&["missing"], "")] {
        let refused = scenario.send(&body).await;
        assert_ne!(daemon.settled(&refused).await["disposition"], "deleted");
    }
    scenario.put_day(DAY_2, [3]).await;
    let lock = scenario.lock_table().await;
    let running = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    scenario.send(&scenario.message_for(&["other"], "")).await;
    prometheus.finds("a backlog", "s3_to_redshift_lanes_waiting > 0").await;

    let mut asked = 0;
    for file in ["dashboards/overview.json", "dashboards/table.json"] {
        for expression in texts(file, "expr") {
            prometheus.finds(file, &of_one_table(&expression, &scenario.name)).await;
            asked += 1;
        }
        for choices in texts(file, "definition") {
            prometheus.finds(file, &of_one_table(&as_query(&choices), &scenario.name)).await;
            asked += 1;
        }
    }
    for expression in texts("deploy/prometheus/alerts.yml", "expr") {
        prometheus.finds("an alert", &without_its_limit(&expression)).await;
        asked += 1;
    }
    assert!(asked > 60, "{asked} expressions were found in the files");
    for rule in prometheus.rules().await {
        assert_eq!(rule["health"], "ok", "{rule:#}");
    }

    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&running).await["rows"], 1);
    wait_for("the backlog to be over", async || {
        prometheus.query("sum(s3_to_redshift_lanes_waiting) == 0").await.pop()
    })
    .await;
}

/// What Grafana asks when this table is chosen. Its window becomes one in which everything has happened.
fn of_one_table(expression: &str, schema: &str) -> String {
    expression.replace("$__rate_interval", "5m").replace("$schema", schema).replace("$table", TABLE)
}

/// The values that a variable of a dashboard offers, `label_values(metric, label)`, as a query.
fn as_query(definition: &str) -> String {
    let inner = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let (metric, label) = inner.and_then(|inner| inner.rsplit_once(", ")).expect("it is label_values(…, …)");
    format!("group by ({label}) ({metric})")
}

/// What an alert looks at, whether it is due or not: each comparison answers 0 or 1 in place of leaving out what is false, what
/// stands behind `unless` must be there, and so must that of which an alert regrets the absence. Not all alerts could be due at
/// once; that each is when it should be is tested in `alerts_test.yml`.
fn without_its_limit(expression: &str) -> String {
    let words = expression.split_whitespace().map(|word| match word {
        ">" | ">=" | "<" | "<=" | "==" | "!=" => format!("{word} bool"),
        "unless" => "and".to_owned(),
        other => other.replace("absent(", "count("),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The values of a key, wherever it stands in a file of YAML or JSON.
fn texts(file: &str, key: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let document: Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut found = Vec::new();
    let mut to_look_at = vec![&document];
    while let Some(value) = to_look_at.pop() {
        match value {
            Value::Sequence(values) => to_look_at.extend(values),
            Value::Mapping(entries) => {
                to_look_at.extend(entries.values());
                found.extend(value.get(key).and_then(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}
