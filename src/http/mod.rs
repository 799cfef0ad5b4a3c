//! The small HTTP port: metrics for Prometheus, health for the orchestrator, status for people. Renders the daemon's
//! state, and knows nothing else of it.

mod connections;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::daemon::state::State;
use crate::model::shown::{shown, shown_as_json};
use crate::telemetry::once_a_minute::OnceAMinute;
use crate::telemetry::panics;

use connections::{Connections, answer};

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";
/// What Prometheus expects of its text format.
const METRICS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Opens the port.
///
/// # Errors
/// When something else has it, or it is not for this user; the text names the setting.
pub async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        std::io::Error::new(error.kind(), format!("cannot listen on {address} (LISTEN_ADDRESS): {error}"))
    })
}

/// Answers requests until `stop`.
pub async fn serve(listener: TcpListener, state: State, stop: CancellationToken) {
    let mut connections = Connections::default();
    // Out of file descriptors, most likely; they come back as connections end.
    let not_accepted = OnceAMinute::new(|count, error: &std::io::Error| {
        warn!(%error, "connections to the HTTP port could not be accepted: {count}");
    });
    tokio::select! {
        () = accept(&listener, &state, &mut connections, &not_accepted) => {}
        () = not_accepted.tell_what_is_held_back() => {}
        () = stop.cancelled() => {}
    }
    connections.close().await;
}

/// Never returns.
async fn accept(
    listener: &TcpListener,
    state: &State,
    connections: &mut Connections,
    not_accepted: &OnceAMinute<std::io::Error>,
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                not_accepted.happened(1, error);
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let state = state.clone();
        connections.open(async move {
            let answers = answer(stream, |request| respond(&state, request));
            // A panic has its line in the log; the next request finds a connection of its own.
            panics::caught(&state.metrics, answers).await.ok();
        });
    }
}

fn respond(state: &State, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n".to_owned());
    }
    match request.uri().path() {
        "/metrics" => {
            let mut response = text(StatusCode::OK, state.metrics.render((state.now)()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(METRICS_TEXT));
            response
        }
        "/healthz" => verdict(state.health.live().map_err(|reason| vec![reason])),
        "/readyz" => verdict(state.health.ready()),
        "/status" => {
            let status =
                serde_json::to_string_pretty(&(state.status)()).expect("text and numbers are always JSON");
            let mut response = text(StatusCode::OK, shown_as_json(&status) + "\n");
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        path => text(
            StatusCode::NOT_FOUND,
            format!("there is no {} here; try /metrics, /healthz, /readyz or /status\n", shown(path)),
        ),
    }
}

fn verdict(result: Result<(), Vec<String>>) -> Response<Full<Bytes>> {
    match result {
        Ok(()) => text(StatusCode::OK, "ok\n".to_owned()),
        Err(reasons) => {
            text(StatusCode::SERVICE_UNAVAILABLE, reasons.iter().map(|reason| shown(reason) + "\n").collect())
        }
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PLAIN_TEXT));
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;
    use crate::daemon::state::health::Health;
    use crate::daemon::state::queue_state::QueueUse;
    use crate::daemon::state::status::Status;

    async fn get(state: &State, path: &str) -> String {
        let (mut client, server) = duplex(64 * 1024);
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        answer(server, |request| respond(state, request)).await;
        let mut answered = String::new();
        client.read_to_string(&mut answered).await.unwrap();
        answered
    }

    #[tokio::test]
    async fn reasons_show_no_characters_that_act_on_a_terminal() {
        let health = Arc::<Health>::default();
        health.queue_is(QueueUse::Count, Err("no\n\u{1b}[2J\u{202e}".to_owned()));
        let status = || -> Status { unreachable!("nobody asks for it") };
        let now = || chrono::DateTime::UNIX_EPOCH;
        let state = State { metrics: Arc::default(), health, status: Arc::new(status), now };
        let ready = get(&state, "/readyz").await;
        let (_, body) = ready.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "queue: no\\n\\u{1b}[2J\\u{202e}\nwarehouse: not reached yet\n");
        assert!(get(&state, "/x\u{202e}").await.contains(r"there is no /x\u{202e} here"));
    }
}
