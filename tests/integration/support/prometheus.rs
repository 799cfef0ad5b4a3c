//! A Prometheus of a test's own, with the rules of `deploy/prometheus`: what its expressions find is asked of itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::daemon::Daemon;
use crate::support::process::{Server, free_port};
use crate::support::scenario::Scenario;
use crate::support::table::TABLE;
use crate::support::wait::wait_for;

/// The table that `tables.yml` names until somebody edits it.
const EXAMPLE: &str = "schema: api_hits, table: pages";

pub(crate) struct Prometheus {
    port: u16,
    server: Server,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts one that scrapes the daemon every second, and waits until it has done so once: of a counter it sees what comes
    /// after that. `tables.yml` names the table of the scenario.
    pub(crate) async fn watching(daemon: &Daemon, scenario: &Scenario) -> Self {
        let directory = TempDir::new().expect("a directory is made");
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus");
        let tables = std::fs::read_to_string(rules.join("tables.yml")).expect("the file is there");
        assert!(tables.contains(EXAMPLE), "{tables}");
        let tables = tables.replace(EXAMPLE, &format!("schema: {}, table: {TABLE}", scenario.name));
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: [{}, tables.yml]\n\
             scrape_configs: [{{job_name: s3-to-redshift, static_configs: [{{targets: ['{}']}}]}}]\n",
            rules.join("alerts.yml").display(),
            daemon.address
        );
        for (name, text) in [("tables.yml", tables), ("prometheus.yml", config)] {
            std::fs::write(directory.path().join(name), text).expect("the file is written");
        }
        let port = free_port();
        let mut command = Command::new(program());
        command
            .arg(format!("--config.file={}", directory.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--log.level=warn");
        let prometheus = Self { port, server: Server::start(&command), _directory: directory };
        let scraped = async || {
            let up = prometheus.ask("query", "query=up").await.ok()?;
            up.pointer("/result/0/value/1").is_some_and(|up| up == "1").then_some(())
        };
        wait_for("Prometheus to have scraped the daemon", scraped).await;
        prometheus
    }

    /// The values of a query, of all series, those that are not numbers (0/0) left out. Fails the test when Prometheus
    /// refuses the expression.
    pub(crate) async fn query(&self, expression: &str) -> Vec<f64> {
        let parameter = format!("query={}", utf8_percent_encode(expression, NON_ALPHANUMERIC));
        let answer = self.ask("query", &parameter).await;
        let answer = answer.unwrap_or_else(|error| panic!("`{expression}`: {error}"));
        let series = answer["result"].as_array().expect("a query is answered with a list");
        let values = series.iter().map(|series| series["value"][1].as_str().expect("a value is a text"));
        let values = values.map(|value| value.parse().expect("a value is a number"));
        values.filter(|value: &f64| !value.is_nan()).collect()
    }

    /// Waits until a query finds something.
    pub(crate) async fn finds(&self, what: &str, expression: &str) {
        wait_for(&format!("data for {what}: `{expression}`"), async || {
            (!self.query(expression).await.is_empty()).then_some(())
        })
        .await;
    }

    /// Waits until the condition of an alert is met, whether or not it has been for as long as its `for` wants.
    pub(crate) async fn alert_is_due(&self, alert: &str) {
        wait_for(&format!("{alert} to be due"), async || {
            let rules = self.rules().await;
            let rule = rules.iter().find(|rule| rule["name"] == alert);
            let rule = rule.unwrap_or_else(|| panic!("there is no alert {alert}"));
            (rule["state"] != "inactive").then_some(())
        })
        .await;
    }

    /// All rules, as Prometheus reports them.
    pub(crate) async fn rules(&self) -> Vec<Value> {
        let answer = self.ask("rules", "").await.expect("Prometheus has rules");
        let groups = answer["groups"].as_array().expect("rules are in groups").clone();
        groups
            .iter()
            .flat_map(|group| group["rules"].as_array().cloned().expect("a group has rules"))
            .collect()
    }

    /// `data` of an answer of its API, or what it says is wrong.
    async fn ask(&self, path: &str, parameters: &str) -> Result<Value, String> {
        let text = self.get(&format!("/api/v1/{path}?{parameters}")).await;
        let text = text.map_err(|error| format!("{error}; it says {:#?}", self.server.output.all()))?;
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let mut answer: Value = serde_json::from_str(body).map_err(|error| format!("{error}: {text}"))?;
        match answer["status"] == "success" {
            true => Ok(answer["data"].take()),
            false => Err(format!("{}: {}", answer["errorType"], answer["error"])),
        }
    }

    /// One request, of a version of HTTP in which an answer comes in one piece.
    async fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }
}

fn program() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/prometheus");
    let path = std::env::var_os("PROMETHEUS_BIN").map_or(installed, PathBuf::from);
    assert!(
        path.is_file(),
        "{} is missing: run the tests with `make test`, which installs it",
        path.display()
    );
    path
}
