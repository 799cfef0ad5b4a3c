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
use crate::model::shown::shown_as_json;
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
    let not_accepted = OnceAMinute::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely; they come back as connections end.
            if let Some(count) = not_accepted.happened(1) {
                warn!("{count} connections to the HTTP port could not be accepted");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let state = state.clone();
        connections.open(async move {
            let answers = answer(stream, |request| respond(&state, request));
            // A panic has its line in the log; the next request finds a connection of its own.
            panics::caught(&state.metrics, answers).await.ok();
        });
    }
    connections.close().await;
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
            format!("there is no {path} here; try /metrics, /healthz, /readyz or /status\n"),
        ),
    }
}

fn verdict(result: Result<(), Vec<String>>) -> Response<Full<Bytes>> {
    match result {
        Ok(()) => text(StatusCode::OK, "ok\n".to_owned()),
        Err(reasons) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", reasons.join("\n"))),
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PLAIN_TEXT));
    response
}
