use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::*;
use crate::daemon::control::{AbortTaken, LoadTaken, PauseTaken};
use crate::http::Port;
use crate::http::tests::{answer_to, port_of};
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;

const TOKEN: &str = "0123456789abcdef";

/// Notes what it is told.
#[derive(Default)]
pub(in crate::http) struct Told(Mutex<Vec<String>>);

impl Told {
    fn note(&self, told: String) {
        self.0.lock().unwrap().push(told);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn target() -> TargetTable {
    TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new("<script>").unwrap() }
}

#[async_trait]
impl Control for Told {
    async fn pause(&self, target: PauseTarget, who: WhoAndWhy) -> Result<PauseTaken, NotDone> {
        self.note(format!("pause {target}, {}, {}", who.by, who.reason));
        Ok(PauseTaken { pauses: Vec::new(), doubt: None })
    }

    async fn resume(&self, target: PauseTarget, who: WhoAndWhy) -> Result<Vec<PauseReport>, NotDone> {
        self.note(format!("resume {target}, {}, {}", who.by, who.reason));
        Err(NotDone::NotNow("Redshift is down\u{202e}".to_owned()))
    }

    async fn load(&self, body: String, peer: String) -> Result<LoadTaken, NotDone> {
        self.note(format!("load {} bytes, {peer}", body.len()));
        Ok(LoadTaken { message_id: "http-1".to_owned(), targets: vec![target()], although: Vec::new() })
    }

    async fn abort(&self, load_id: LoadId, who: WhoAndWhy) -> Result<AbortTaken, NotDone> {
        self.note(format!("abort {load_id}, {}, {}", who.by, who.reason));
        Err(NotDone::NotFound("no such load".to_owned()))
    }
}

/// What is told, and the answer.
async fn post(path: &str, headers: &str, body: &str) -> (Vec<String>, String) {
    let (port, told) = port();
    let answer = answer_to(&port, &request(path, headers, body)).await;
    (told.all(), answer)
}

fn port() -> (Port, Arc<Told>) {
    let told = Arc::<Told>::default();
    (port_of(Arc::default(), Arc::clone(&told), Some(TOKEN)), told)
}

fn request(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

const RIGHT: &str = "Authorization: Bearer 0123456789abcdef\r\n";

#[tokio::test]
async fn what_is_asked_for_is_passed_on_with_who_and_why() {
    let cases = [
        ("/pause", "", "pause every load, 127.0.0.1, ", "202"),
        ("/pause", r#"{"table": "s.t", "by": "anna", "reason": "why"}"#, "pause s.t, anna, why", "202"),
        ("/pause", r#"{"table": "T", "by": null}"#, "pause t in every schema, 127.0.0.1, ", "202"),
        ("/resume", "{}", "resume every load, 127.0.0.1, ", "503"),
        ("/load", "{}", "load 2 bytes, 127.0.0.1", "202"),
        ("/abort/0199-ab", r#"{"by": "anna"}"#, "abort 0199-ab, anna, ", "404"),
    ];
    for (path, body, expected, status) in cases {
        let (told, answer) = post(path, RIGHT, body).await;
        assert_eq!(told, [expected], "{path} {body}");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("content-type: application/json"), "{answer}");
    }
}

#[tokio::test]
async fn answers_are_json_in_which_nothing_acts_on_a_terminal_or_a_page() {
    let (_, answer) = post("/load", RIGHT, "{}").await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let tables = json!([{"table": "s.<script>", "page": "/table/s.%3Cscript%3E"}]);
    assert_eq!(body, json!({"action": "load", "message_id": "http-1", "tables": tables, "although": []}));
    let (_, answer) = post("/resume", RIGHT, "").await;
    assert!(answer.contains(r#"{"error":"Redshift is down\u202e"}"#), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_not_understood_does_nothing_and_is_told_by_its_field() {
    for (path, body, says) in [
        ("/pause", r#"{"tabel": "s.t"}"#, "unknown field `tabel`"),
        ("/pause", r#"{"by": "a", "by": "b"}"#, "duplicate field `by`"),
        ("/pause", r#"{"table": 7}"#, "invalid type"),
        ("/pause", r#"{"table": ""}"#, "`table`: a name is empty"),
        ("/pause", "[]", "the body must be a JSON object"),
        ("/resume", "not json", "the body must be a JSON object"),
        ("/abort/0199", r#"{"table": "s.t"}"#, "`table` means nothing here"),
    ] {
        let (told, answer) = post(path, RIGHT, body).await;
        assert!(told.is_empty(), "{path} {body}");
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(says), "{path} {body}: {answer}");
    }
}

#[tokio::test]
async fn nobody_is_told_anything_without_the_token_or_by_a_page() {
    for (headers, status) in [
        ("", "401"),
        ("Authorization: Bearer 0123456789abcdeg\r\n", "401"),
        ("Cookie: token=0123456789abcdef\r\n", "401"),
        ("Authorization: Bearer 0123456789abcdef\r\nOrigin: https://evil.example\r\n", "403"),
        ("Authorization: Bearer 0123456789abcdef\r\nSec-Fetch-Site: cross-site\r\n", "403"),
    ] {
        for path in ["/pause", "/resume", "/load", "/abort/0199"] {
            let (told, answer) = post(path, headers, "{}").await;
            assert!(told.is_empty());
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{headers}: {answer}");
            let head = answer.to_ascii_lowercase();
            assert!(!head.contains("access-control"), "{answer}");
            assert_eq!(head.contains("www-authenticate: bearer"), status == "401", "{answer}");
        }
    }
}

#[tokio::test]
async fn after_five_wrong_tokens_further_ones_wait_and_the_right_one_does_not() {
    let (port, told) = port();
    let ask = async |headers: &str| answer_to(&port, &request("/pause", headers, "")).await;
    for _ in 0..5 {
        assert!(ask("Authorization: Bearer wrong\r\n").await.starts_with("HTTP/1.1 401 "));
    }
    let answer = ask("Authorization: Bearer wrong\r\n").await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 429 ") && answer.contains("retry-after: "), "{answer}");
    assert!(told.all().is_empty());
    assert!(ask(RIGHT).await.starts_with("HTTP/1.1 202 "));
    assert_eq!(told.all().len(), 1);
}

#[tokio::test]
async fn without_a_token_of_its_own_it_says_how_to_turn_control_on() {
    let told = Arc::<Told>::default();
    let port = port_of(Arc::default(), Arc::clone(&told), None);
    for path in ["/pause", "/resume", "/load", "/abort/0199"] {
        let answer = answer_to(&port, &request(path, RIGHT, "")).await;
        assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("set CONTROL_TOKEN"), "{answer}");
    }
    assert!(told.all().is_empty());
}

#[tokio::test]
async fn only_post_does_anything() {
    let (port, told) = port();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let request = request("/pause", RIGHT, "").replacen("POST", method, 1);
        let answer = answer_to(&port, &request).await.to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 405 ") && answer.contains("allow: post"), "{answer}");
    }
    assert!(told.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_or_too_slow_is_not_waited_for() {
    let (told, answer) = post("/load", RIGHT, &"x".repeat(LONGEST_BODY + 1)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(told.is_empty());
    let (port, told) = port();
    let unfinished = request("/load", RIGHT, "{}").replace("Content-Length: 2", "Content-Length: 20");
    let answer = answer_to(&port, &unfinished).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(told.all().is_empty());
}

#[test]
fn an_action_is_its_path_and_nothing_near_it() {
    assert_eq!(Action::of("/abort/0199-ab"), Some(Action::Abort(LoadId("0199-ab".to_owned()))));
    for path in ["/", "/load/0199", "/abort/", "/abort", "/abort/a/b", "/abort/%27", "/pause/", "/PAUSE"] {
        assert_eq!(Action::of(path), None, "{path}");
    }
}
