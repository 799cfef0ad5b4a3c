use std::net::Ipv4Addr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::control::tests::Told;
use super::*;
use crate::daemon::state::Look;
use crate::daemon::state::health::Health;
use crate::daemon::state::queue_state::QueueUse;
use crate::daemon::state::status::Status;
use crate::daemon::state::timeline::{LoadTimeline, TableHistory};
use crate::model::secret::Secret;
use crate::page::tests::states::{empty, failure};

/// Knows one table that has failed.
struct KnowsOneTable;

#[async_trait]
impl Look for KnowsOneTable {
    async fn status(&self) -> Status {
        empty()
    }

    async fn load(&self, load_id: &LoadId) -> LoadTimeline {
        let not_read_because = load_id.0.starts_with("down").then(|| "Redshift is down".to_owned());
        let ledger = LedgerReading { read_at: None, not_read_because };
        LoadTimeline { load_id: load_id.to_string(), ledger, ..LoadTimeline::default() }
    }

    async fn table(&self, target: &TargetTable) -> TableHistory {
        let failures =
            if target.table.as_str() == "<script>" { vec![failure(&target.to_string())] } else { Vec::new() };
        TableHistory { table: target.to_string(), failures, ..TableHistory::default() }
    }
}

/// With nobody to be told anything.
fn port(health: Arc<Health>) -> Port {
    port_of(health, Arc::new(Told::default()), None)
}

pub(super) fn port_of(health: Arc<Health>, control: Arc<Told>, token: Option<&str>) -> Port {
    let now = || chrono::DateTime::UNIX_EPOCH;
    let state = State { metrics: Arc::default(), health, look: Arc::new(KnowsOneTable), control, now };
    Port { state, admission: Arc::new(Admission::new(token.map(Secret::new))) }
}

/// The answer to a request as it is sent.
pub(super) async fn answer_to(port: &Port, request: &str) -> String {
    let (mut client, server) = duplex(256 * 1024);
    client.write_all(request.as_bytes()).await.unwrap();
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    answer(server, |request| async move { respond(port, request, peer).await }).await;
    let mut answered = String::new();
    client.read_to_string(&mut answered).await.unwrap();
    answered
}

async fn ask(port: &Port, method: &str, path: &str) -> String {
    answer_to(port, &format!("{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).await
}

async fn get(port: &Port, path: &str) -> String {
    ask(port, "GET", path).await
}

#[tokio::test]
async fn reasons_show_no_characters_that_act_on_a_terminal() {
    let health = Arc::<Health>::default();
    health.queue_is(QueueUse::Count, Err("no\n\u{1b}[2J\u{202e}".to_owned()));
    let port = port(health);
    let ready = get(&port, "/readyz").await;
    let (_, body) = ready.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "queue: no\\n\\u{1b}[2J\\u{202e}\nwarehouse: not reached yet\n");
    assert!(get(&port, "/x\u{202e}").await.contains(r"there is no /x\u{202e} here"));
}

#[tokio::test]
async fn a_page_runs_no_script_but_its_own_and_is_kept_by_nobody() {
    let port = port(Arc::default());
    let mut nonces = Vec::new();
    for path in ["/", "/", "/table/s.%3Cscript%3E", "/load/unknown"] {
        let answer = get(&port, path).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        let (_, nonce) = head.split_once("script-src 'nonce-").unwrap();
        let (nonce, _) = nonce.split_once('\'').unwrap();
        assert!(head.contains("default-src 'none'") && head.contains("frame-ancestors 'none'"), "{head}");
        assert!(head.contains("text/html; charset=utf-8"), "{head}");
        assert_eq!(body.matches("<script").count(), 1, "{body}");
        assert!(body.contains(&format!("<script nonce=\"{nonce}\">")), "{body}");
        nonces.push(nonce.to_owned());
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "a nonce is used once");
    for path in ["/", "/status", "/metrics", "/healthz", "/readyz", "/nothing", "/load/x", "/table/s.x"] {
        let answer = get(&port, path).await.to_ascii_lowercase();
        for guard in [
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "x-frame-options: deny",
            "cache-control: no-store",
        ] {
            assert!(answer.contains(guard), "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn what_is_not_known_is_missing_unless_the_ledger_could_not_be_asked() {
    let port = port(Arc::default());
    let status = async |path: &str| get(&port, path).await.get(9..12).unwrap().to_owned();
    assert_eq!(status("/load/unknown").await, "404");
    assert_eq!(status("/load/down-1").await, "503");
    assert_eq!(status("/load/%27%3BDROP").await, "404");
    assert_eq!(status("/table/s.x").await, "404");
    assert_eq!(status("/table/s.%3Cscript%3E").await, "200");
}

#[tokio::test]
async fn nothing_but_get_and_head_is_answered() {
    let port = port(Arc::default());
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        for path in ["/", "/load/x", "/table/s.x"] {
            let answer = ask(&port, method, path).await;
            assert!(answer.starts_with("HTTP/1.1 405") && answer.contains("allow: GET, HEAD"), "{answer}");
        }
    }
    let head = ask(&port, "HEAD", "/").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
}
