//! Answers with their headers: nobody guesses their type, keeps them, frames them, or is told where a reader came from.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Response, StatusCode};
use uuid::Uuid;

use crate::model::shown::shown_as_json;

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";
/// What Prometheus expects of its text format.
const METRICS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Of every answer.
const GUARDS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (CACHE_CONTROL, "no-store"),
];

pub(super) fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    answer(status, PLAIN_TEXT, body)
}

pub(super) fn metrics(body: String) -> Response<Full<Bytes>> {
    answer(StatusCode::OK, METRICS_TEXT, body)
}

/// What is not to be seen is escaped as JSON has it.
pub(super) fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    answer(status, "application/json", shown_as_json(&body))
}

pub(super) fn not_allowed() -> Response<Full<Bytes>> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n".to_owned());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// A page, rendered under a nonce of its own: what a text from outside would slip into it, no browser runs.
pub(super) fn page(status: StatusCode, render: impl FnOnce(&str) -> String) -> Response<Full<Bytes>> {
    let nonce = Uuid::new_v4().simple().to_string();
    let mut response = answer(status, "text/html; charset=utf-8", render(&nonce));
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::try_from(policy).expect("a nonce is of hexadecimal digits");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
