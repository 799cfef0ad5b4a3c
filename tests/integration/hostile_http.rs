//! Whoever else finds the HTTP port: scanners, smugglers, and thousands that never leave. The daemon goes on loading, answers
//! others, and takes no more memory for it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::wait::within_limit;

/// All that comes back for these bytes until the daemon closes the connection.
async fn answered(daemon: &Daemon, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(&daemon.address).await.unwrap();
    // It may close before all of it has arrived, and what it has said before is lost then.
    drop(stream.write_all(bytes).await);
    drop(stream.shutdown().await);
    let mut answer = Vec::new();
    drop(within_limit("the connection to be closed", stream.read_to_end(&mut answer)).await);
    String::from_utf8_lossy(&answer).into_owned()
}

async fn asked(daemon: &Daemon, request: &str) -> String {
    answered(daemon, request.as_bytes()).await
}

/// The status codes of the answers to what was sent, in order.
fn codes(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.split(' ').next()).collect()
}

/// Bytes that the process has in memory.
fn memory(daemon: &Daemon) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

async fn still_loads(scenario: &Scenario, daemon: &Daemon) {
    scenario.put_day(DAY_1, [1]).await;
    let id = scenario.send(&scenario.message(r#""force": true"#)).await;
    assert_eq!(daemon.settled(&id).await["rows"], 1);
    assert_eq!(daemon.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_port_scanner_gets_nothing_but_refusals_and_leaves_no_trace() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let lines = daemon.log.all().len();
    // A few kinds of noise, of a generator that is the same each time.
    let mut state = 7_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(100_000)
    .collect();
    let tls_hello = [&[0x16, 3, 1, 0, 0xc8, 1, 0, 0, 0xc4, 3, 3][..], &[0x5a; 196]].concat();
    for probe in [
        &noise[..],
        &[0; 5000],
        &tls_hello,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\0\0\0\x08\x04\xd2\x16\x2f",
        b"*1\r\n$4\r\nPING\r\n",
        b"EHLO scanner\r\n",
        b"GET /\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nNul: a\0b\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: h\r\n\r\n",
        b"\r\n\r\n",
        b"",
    ] {
        let answer = answered(&daemon, probe).await;
        let shown = String::from_utf8_lossy(probe.get(..40).unwrap_or(probe)).into_owned();
        assert!(codes(&answer).iter().all(|code| code.starts_with('4')), "{shown:?}: {answer}");
    }
    assert_eq!(daemon.log.all().len(), lines, "{:#?}", daemon.log.all());
    still_loads(&scenario, &daemon).await;
}

#[tokio::test]
async fn absurd_addresses_are_refused_and_shown_to_nobody_as_they_are() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let long = format!("/{}", "a".repeat(64 * 1024));
    let deep = format!("/table/{}", "../".repeat(2000));
    for (path, code) in [
        ("/table/%00", "404"),
        ("/table/a.%00", "404"),
        ("/table/<script>alert(1)</script>", "400"),
        ("/table/a.%3Cscript%3Ealert(1)%3C/script%3E", "404"),
        ("/load/%3Cscript%3Ealert(1)%3C/script%3E", "404"),
        ("/load/..%2f..%2fetc%2fpasswd", "404"),
        ("/../../etc/passwd", "404"),
        ("//etc/passwd", "404"),
        ("/table/%ff%fe.%c0%af", "404"),
        ("/%E2%80%AE%1b[2J", "404"),
        ("/%2e%2e/metrics", "404"),
        ("/metrics/", "404"),
        ("/METRICS", "404"),
        ("/table/a.%", "404"),
        ("/?<script>", "400"),
        ("*", "404"),
        (&long, "431"),
        (&deep, "404"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = asked(&daemon, &request).await;
        let shown: String = path.chars().take(60).collect();
        let is_as_long = matches!(codes(&answer)[..], ["414"]) && code == "431";
        assert!(codes(&answer) == [code] || is_as_long, "{shown}: {answer}");
        assert!(!answer.contains("<script>alert") && !answer.contains(['\u{1b}', '\0']), "{shown}: {answer}");
        assert!(answer.len() < 8 * 1024, "{shown}: {} bytes", answer.len());
    }
    still_loads(&scenario, &daemon).await;
}

#[tokio::test]
async fn the_head_of_an_answer_is_that_of_the_whole_one_on_every_page() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let head = |text: &str| -> Vec<String> {
        let head = text.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
        // What differs from one moment to the next.
        head.lines()
            .filter(|line| !line.starts_with("date:") && !line.contains("nonce"))
            .map(str::to_owned)
            .collect()
    };
    for path in
        ["/", "/healthz", "/readyz", "/load/none", "/table/none.none", "/nothing", "/metrics", "/status"]
    {
        let ask = async |method: &str| {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            asked(&daemon, &request).await
        };
        let (whole, only_head) = (ask("GET").await, ask("HEAD").await);
        assert!(only_head.ends_with("\r\n\r\n"), "{path}: {only_head}");
        let length = head(&only_head)
            .into_iter()
            .find_map(|line| Some(line.strip_prefix("content-length: ")?.to_owned()));
        assert!(length.is_some_and(|length| length != "0"), "{path}: {only_head}");
        // The longest ones tell of the requests before, too.
        if !matches!(path, "/metrics" | "/status" | "/") {
            assert_eq!(head(&whole), head(&only_head), "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_request_says_beside_its_path_changes_nothing() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    for (more, code) in [
        ("Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: /metrics\r\n", "200"),
        ("Host: h\r\nRange: bytes=0-3\r\n", "200"),
        ("Host: h\r\nRange: bytes=0-,0-,0-,0-,0-\r\n", "200"),
        ("Host: h\r\nExpect: 100-continue\r\n", "200"),
        ("Host: h\r\nExpect: nonsense\r\n", "200"),
        (
            "Host: h\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
            "200",
        ),
        ("Host: h\r\nX-HTTP-Method-Override: DELETE\r\n", "200"),
    ] {
        let answer = asked(&daemon, &format!("GET / HTTP/1.1\r\n{more}\r\n")).await;
        assert_eq!(codes(&answer), [code], "{more}");
        assert!(answer.contains("</html>") && !answer.contains("evil"), "{more}: {answer}");
    }
    let absolute = asked(&daemon, "GET http://evil.example/healthz HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(codes(&absolute) == ["200"] && !absolute.contains("evil"), "{absolute}");
    for (refused, code) in [("CONNECT evil.example:443", "405"), ("TRACE /", "405"), ("OPTIONS *", "405")] {
        let answer =
            asked(&daemon, &format!("{refused} HTTP/1.1\r\nHost: h\r\nCookie: secret\r\n\r\n")).await;
        assert!(codes(&answer) == [code] && !answer.contains("secret"), "{refused}: {answer}");
    }
}

#[tokio::test]
async fn a_request_in_the_body_of_another_is_never_answered() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let smuggled = "GET /status HTTP/1.1\r\nHost: h\r\n\r\n";
    let length = smuggled.len();
    let chunked = format!("{length:x}\r\n{smuggled}\r\n0\r\n\r\n");
    for (headers, body) in [
        (format!("Content-Length: {length}\r\n"), smuggled.to_owned()),
        (
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
            format!("0\r\n\r\n{smuggled}"),
        ),
        ("Transfer-Encoding: chunked\r\n".to_owned(), chunked.clone()),
        ("Transfer-Encoding: xchunked\r\n".to_owned(), chunked.clone()),
        ("Transfer-Encoding : chunked\r\n".to_owned(), chunked.clone()),
        ("Transfer-Encoding: chunked, identity\r\n".to_owned(), chunked.clone()),
        ("Transfer-Encoding:\r\n chunked\r\n".to_owned(), chunked.clone()),
        (format!("Content-Length: {length}\r\nContent-Length: 0\r\n"), smuggled.to_owned()),
        (format!("Content-Length: 0, {length}\r\n"), smuggled.to_owned()),
        ("Content-Length: -1\r\n".to_owned(), smuggled.to_owned()),
        (format!("Content-Length: +{length}\r\n"), smuggled.to_owned()),
        ("Content-Length: 99999999999999999999999\r\n".to_owned(), smuggled.to_owned()),
        ("Content-Length: 10000000000\r\n".to_owned(), smuggled.to_owned()),
    ] {
        for method in ["GET", "HEAD", "POST"] {
            let request = format!("{method} /healthz HTTP/1.1\r\nHost: h\r\n{headers}\r\n{body}");
            let answer = asked(&daemon, &request).await;
            assert!(codes(&answer).len() <= 1, "{request}\n--\n{answer}");
            assert!(!answer.contains("loader"), "{request}\n--\n{answer}");
        }
    }
    // What is sent one after another, and not one in another, is answered one after another.
    let many = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".repeat(300);
    assert_eq!(codes(&asked(&daemon, &many).await), ["200"; 300]);
}

/// As many as this process may have open, if that is less.
const CONNECTIONS: u64 = 10_000;

#[tokio::test]
async fn ten_thousand_connections_that_never_leave_cost_no_memory_and_nobody_waits_for_them() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    still_loads(&scenario, &daemon).await;
    let before = memory(&daemon);
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    setrlimit(Resource::Nofile, raised).expect("everybody may raise it up to the hard limit");
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX).saturating_sub(1000).min(CONNECTIONS);
    let kinds = [
        "",
        "GET / HT",
        "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n",
    ];
    let (mut clients, mut highest) = (Vec::new(), before);
    for (number, kind) in (0..most).zip(kinds.into_iter().cycle()) {
        let mut client = TcpStream::connect(&daemon.address).await.unwrap();
        // The daemon may have let go of it by now.
        drop(client.write_all(kind.as_bytes()).await);
        clients.push(client);
        if number % 1000 == 0 {
            assert_eq!(daemon.get("/healthz").await.0, 200, "beside {number} connections");
            highest = highest.max(memory(&daemon));
        }
    }
    still_loads(&scenario, &daemon).await;
    highest = highest.max(memory(&daemon));
    let more = (highest - before) / (1024 * 1024);
    assert!(more < 32, "{more} MiB more for {most} connections");
    drop(clients);
}
