//! The small HTTP port: metrics for Prometheus, health for the orchestrator, status for people, control for those who may.
//!
//! Shows the daemon's state, passes on what it is told to do, and knows nothing else of it.

pub mod control;
mod connections;
mod answers;
mod address;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::daemon::state::State;
use crate::daemon::state::ledger_reading::LedgerReading;
use crate::model::load_id::LoadId;
use crate::model::shown::{excerpt, shown};
use crate::model::target_table::TargetTable;
use crate::page::{self, home};
use crate::telemetry::once_a_minute::OnceAMinute;
use crate::telemetry::panics;

use address::Address;
use connections::{Connections, answer};
use control::{Action, Admission};

/// Opens the port.
///
/// # Errors
/// When something else has it, or it is not for this user; the text names the setting.
pub async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        std::io::Error::new(error.kind(), format!("cannot listen on {address} (LISTEN_ADDRESS): {error}"))
    })
}

/// What requests are answered from.
#[derive(Clone)]
struct Port {
    state: State,
    admission: Arc<Admission>,
}

/// Answers requests until `stop`.
pub async fn serve(listener: TcpListener, state: State, admission: Admission, stop: CancellationToken) {
    let port = Port { state, admission: Arc::new(admission) };
    let mut connections = Connections::default();
    // Out of file descriptors, most likely; they come back as connections end.
    let not_accepted = OnceAMinute::new(|count, error: &std::io::Error| {
        warn!(%error, "connections to the HTTP port could not be accepted: {count}");
    });
    tokio::select! {
        () = accept(&listener, &port, &mut connections, &not_accepted) => {}
        () = not_accepted.tell_what_is_held_back() => {}
        () = port.admission.tell_what_is_held_back() => {}
        () = stop.cancelled() => {}
    }
    connections.close().await;
}

/// Never returns.
async fn accept(
    listener: &TcpListener,
    port: &Port,
    connections: &mut Connections,
    not_accepted: &OnceAMinute<std::io::Error>,
) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                not_accepted.happened(1, error);
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let port = port.clone();
        connections.open(async move {
            let answers = answer(stream, |request| {
                let port = port.clone();
                async move { respond(&port, request, peer.ip()).await }
            });
            // A panic has its line in the log; the next request finds a connection of its own.
            panics::caught(&port.state.metrics, answers).await.ok();
        });
    }
}

async fn respond(port: &Port, request: Request<Incoming>, peer: IpAddr) -> Response<Full<Bytes>> {
    let Port { state, admission } = port;
    if let Some(action) = Action::of(request.uri().path()) {
        return control::answer(&*state.control, admission, action, request, peer).await;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return answers::not_allowed();
    }
    match request.uri().path() {
        "/" => {
            let status = state.look.status().await;
            answers::page(StatusCode::OK, |nonce| home::page(&status, nonce))
        }
        "/metrics" => answers::metrics(state.metrics.render((state.now)())),
        "/healthz" => verdict(state.health.live().map_err(|reason| vec![reason])),
        "/readyz" => verdict(state.health.ready()),
        "/status" => {
            let status = state.look.status().await;
            let status = serde_json::to_string_pretty(&status).expect("text and numbers are always JSON");
            answers::json(StatusCode::OK, status + "\n")
        }
        path => match Address::of(path) {
            Some(Address::Load(load_id)) => load_page(state, &load_id).await,
            Some(Address::Table(target)) => table_page(state, &target).await,
            None => answers::text(
                StatusCode::NOT_FOUND,
                format!(
                    "there is no {} here; try /, /metrics, /healthz, /readyz or /status\n",
                    excerpt(path)
                ),
            ),
        },
    }
}

async fn load_page(state: &State, load_id: &LoadId) -> Response<Full<Bytes>> {
    let timeline = state.look.load(load_id).await;
    if timeline.is_known() {
        return answers::page(StatusCode::OK, |nonce| page::load::page(&timeline, nonce));
    }
    not_known("load", &load_id.0, &timeline.ledger)
}

async fn table_page(state: &State, target: &TargetTable) -> Response<Full<Bytes>> {
    let history = state.look.table(target).await;
    if history.is_known() {
        return answers::page(StatusCode::OK, |nonce| page::table::page(&history, nonce));
    }
    not_known("table", &target.to_string(), &history.ledger)
}

/// While the ledger does not answer, nobody knows whether there is one.
fn not_known(noun: &str, name: &str, ledger: &LedgerReading) -> Response<Full<Bytes>> {
    let (status, what) = match ledger.not_read_because {
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, format!("The {noun} {name} is not known yet")),
        None => (StatusCode::NOT_FOUND, format!("No {noun} {name} is known")),
    };
    answers::page(status, |nonce| page::missing::page(&what, ledger.not_read_because.as_deref(), nonce))
}

fn verdict(result: Result<(), Vec<String>>) -> Response<Full<Bytes>> {
    match result {
        Ok(()) => answers::text(StatusCode::OK, "ok\n".to_owned()),
        Err(reasons) => answers::text(
            StatusCode::SERVICE_UNAVAILABLE,
            reasons.iter().map(|reason| shown(reason) + "\n").collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
