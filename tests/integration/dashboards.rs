//! Dashboards and alerts look at series that a real daemon has: an expression over others would be empty for ever, and an
//! alert of it would never fire.

use std::collections::HashSet;
use std::path::Path;

use serde_yaml::Value;

const PREFIX: &str = "s3_to_redshift_";

/// Fails when a selector of a panel or an alert finds no series in `metrics`, the text of a daemon that has met loads, refusals
/// and an outage.
pub(crate) fn every_selector_finds_a_series(metrics: &str) {
    let series: Vec<&str> = metrics.lines().filter(|line| !line.starts_with('#')).collect();
    // Prometheus makes these itself, out of nothing of the daemon.
    let recorded: HashSet<String> = texts("deploy/prometheus/tables.yml", "record").into_iter().collect();
    let mut looked_at = 0;
    for file in ["dashboards/overview.json", "dashboards/table.json", "deploy/prometheus/alerts.yml"] {
        for expression in texts(file, "expr") {
            for selector in selectors(&expression) {
                let is_recorded = recorded.contains(&format!("{PREFIX}{}", selector.name));
                assert!(
                    is_recorded || series.iter().any(|line| selector.finds(line)),
                    "{file}: {} finds nothing for `{expression}` in:\n{metrics}",
                    selector.name
                );
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 50, "{looked_at} selectors were found in the files");
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

/// What an expression asks for: a metric, and what its labels must be.
struct Selector<'a> {
    /// Without the prefix of all.
    name: &'a str,
    matchers: Vec<Matcher<'a>>,
}

/// `label=~"value"`, in its parts.
struct Matcher<'a> {
    label: &'a str,
    operator: &'a str,
    value: &'a str,
}

fn selectors(expression: &str) -> impl Iterator<Item = Selector<'_>> {
    expression.split(PREFIX).skip(1).map(|text| {
        let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
        let (name, behind) = text.split_at(end);
        let labels = behind.strip_prefix('{').and_then(|labels| labels.split_once('}'));
        let labels = labels.map_or("", |(labels, _)| labels).split(',');
        Selector { name, matchers: labels.filter(|label| !label.is_empty()).map(matcher).collect() }
    })
}

fn matcher(text: &str) -> Matcher<'_> {
    let (left, value) = text.split_once('"').expect("a value is in quotes");
    let operator = left.find(['=', '!']).expect("an operator stands before the value");
    let (label, operator) = left.split_at(operator);
    Matcher { label, operator, value: value.trim_end_matches('"') }
}

impl Selector<'_> {
    fn finds(&self, line: &str) -> bool {
        let labels = line.strip_prefix(PREFIX).and_then(|line| line.strip_prefix(self.name));
        let Some(labels) = labels.filter(|rest| rest.starts_with(['{', ' '])) else { return false };
        self.matchers.iter().all(|Matcher { label, operator, value }| {
            // A variable of the dashboard may have any value.
            let mut alternatives = value.split('|');
            let is_one = value.contains('$')
                || alternatives.any(|alternative| labels.contains(&format!(r#"{label}="{alternative}""#)));
            is_one != operator.starts_with('!')
        })
    }
}
