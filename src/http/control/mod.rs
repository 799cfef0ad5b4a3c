//! Control over HTTP: `POST /pause`, `/resume`, `/load` and `/abort/<load id>`. Reads what is asked, and passes it to whoever may be
//! told; what it means is not known here.

mod admission;
mod attempts;

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONNECTION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::daemon::control::{Control, NotDone, PauseTaken};
use crate::daemon::state::pauses::PauseReport;
use crate::http::address::Address;
use crate::http::answers;
use crate::model::load_id::LoadId;
use crate::model::pause::{PauseTarget, WhoAndWhy};
use crate::model::shown::shown_within;
use crate::page;

pub use admission::Admission;
use admission::NotAdmitted;

/// Bytes of a body: as many as a message may have.
const LONGEST_BODY: usize = 64 * 1024;
/// Bytes of what is said of a body that cannot be read.
const LONGEST_ERROR: usize = 500;
/// For all of it to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Pause,
    Resume,
    Load,
    Abort(LoadId),
}

impl Action {
    /// `None` for any other path.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/pause" => Some(Self::Pause),
            "/resume" => Some(Self::Resume),
            "/load" => Some(Self::Load),
            _ => Some(Self::Abort(Address::load_id(path.strip_prefix("/abort/")?)?)),
        }
    }
}

/// What the body of an action may say; all of it may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Said {
    /// `schema.table`, or `table` in every schema; without it every load.
    table: Option<String>,
    by: Option<String>,
    reason: Option<String>,
}

impl Said {
    fn who(&self, peer: IpAddr) -> WhoAndWhy {
        let peer = peer.to_string();
        WhoAndWhy::new(self.by.as_deref().unwrap_or(&peer), self.reason.as_deref().unwrap_or_default())
    }

    fn target(&self) -> Result<PauseTarget, Refused> {
        let target = self.table.as_deref().map_or(Ok(PauseTarget::All), PauseTarget::of_table);
        target.map_err(|error| Refused::new(StatusCode::BAD_REQUEST, format!("`table`: {error}")))
    }
}

/// An answer that is no 202.
struct Refused {
    status: StatusCode,
    sentence: String,
}

impl Refused {
    fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }
}

impl From<NotDone> for Refused {
    fn from(not_done: NotDone) -> Self {
        let status = match &not_done {
            NotDone::Invalid(_) => StatusCode::BAD_REQUEST,
            NotDone::NotFound(_) => StatusCode::NOT_FOUND,
            NotDone::NotNow(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, not_done.to_string())
    }
}

/// Answers a request for an action.
pub(super) async fn answer(
    control: &dyn Control,
    admission: &Admission,
    action: Action,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Response<Full<Bytes>> {
    if request.method() != Method::POST {
        let mut response =
            refusal(&Refused::new(StatusCode::METHOD_NOT_ALLOWED, "only POST is answered here"));
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    if let Err(why) = admission.admit(request.headers(), peer) {
        return not_admitted(why);
    }
    let done = async {
        let body = body_of(request).await?;
        carry_out(control, action, body, peer).await
    };
    match done.await {
        Ok(done) => answers::json(StatusCode::ACCEPTED, format!("{done}\n")),
        Err(refused) => refusal(&refused),
    }
}

async fn carry_out(
    control: &dyn Control,
    action: Action,
    body: String,
    peer: IpAddr,
) -> Result<Value, Refused> {
    match action {
        Action::Pause => {
            let said = said(&body)?;
            let (target, who) = (said.target()?, said.who(peer));
            let PauseTaken { pauses, doubt } = control.pause(target.clone(), who.clone()).await?;
            let mut done = pauses_after("pause", &target, &who, &pauses);
            if let Some(doubt) = doubt {
                done["warning"] = shown_within(&doubt, LONGEST_ERROR).into();
            }
            Ok(done)
        }
        Action::Resume => {
            let said = said(&body)?;
            let (target, who) = (said.target()?, said.who(peer));
            let pauses = control.resume(target.clone(), who.clone()).await?;
            Ok(pauses_after("resume", &target, &who, &pauses))
        }
        Action::Load => {
            let taken = control.load(body, peer.to_string()).await?;
            let tables: Vec<Value> = taken
                .targets
                .iter()
                .map(|target| json!({"table": target.to_string(), "page": page::path_of(target)}))
                .collect();
            Ok(json!({
                "action": "load",
                "message_id": taken.message_id,
                "tables": tables,
                "although": taken.although,
            }))
        }
        Action::Abort(load_id) => {
            let said = said(&body)?;
            if said.table.is_some() {
                return Err(Refused::new(
                    StatusCode::BAD_REQUEST,
                    "`table` means nothing here: the path names the load",
                ));
            }
            let taken = control.abort(load_id.clone(), said.who(peer)).await?;
            Ok(json!({
                "action": "abort",
                "load_id": load_id.0,
                "table": taken.target.to_string(),
                "message_id": taken.message_id,
                "page": page::path_of_load(&load_id),
            }))
        }
    }
}

fn pauses_after(action: &str, target: &PauseTarget, who: &WhoAndWhy, pauses: &[PauseReport]) -> Value {
    json!({
        "action": action,
        "table": target.table(),
        "by": who.by,
        "reason": who.reason,
        "pauses": pauses,
    })
}

/// An empty body says nothing.
fn said(body: &str) -> Result<Said, Refused> {
    if body.trim().is_empty() {
        return Ok(Said::default());
    }
    let wrong = |why: &str| {
        let sentence =
            format!("the body must be a JSON object with `table`, `by` and `reason`, or empty: {why}");
        Refused::new(StatusCode::BAD_REQUEST, shown_within(&sentence, LONGEST_ERROR))
    };
    // To serde a list is the fields of an object in their order, and an empty one would pause every load.
    if !body.trim_start().starts_with('{') {
        return Err(wrong("it is something else"));
    }
    let said: serde_json::Map<String, Value> =
        serde_json::from_str(body).map_err(|error| wrong(&error.to_string()))?;
    // What a script has left empty must not pass for every load.
    if said.get("table").is_some_and(Value::is_null) {
        return Err(wrong("`table` is null; leave it out for every load"));
    }
    serde_json::from_str(body).map_err(|error| wrong(&error.to_string()))
}

async fn body_of(request: Request<Incoming>) -> Result<String, Refused> {
    let body = Limited::new(request.into_body(), LONGEST_BODY).collect();
    let body = match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Err(_) => {
            return Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "the body has not come within 10 s"));
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let sentence = format!("the body is longer than {LONGEST_BODY} bytes");
            return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, sentence));
        }
        Ok(Err(_)) => return Err(Refused::new(StatusCode::BAD_REQUEST, "the body has not come whole")),
        Ok(Ok(body)) => body.to_bytes(),
    };
    String::from_utf8(body.into())
        .map_err(|_| Refused::new(StatusCode::BAD_REQUEST, "the body is no UTF-8 text"))
}

fn not_admitted(why: NotAdmitted) -> Response<Full<Bytes>> {
    let refused = |status, sentence: &str| refusal(&Refused::new(status, sentence));
    match why {
        NotAdmitted::IsOff => refused(
            StatusCode::NOT_FOUND,
            "control over HTTP is off; set CONTROL_TOKEN to turn it on, or use the commands `pause` and `resume`",
        ),
        NotAdmitted::FromBrowser => refused(
            StatusCode::FORBIDDEN,
            "this is not for pages in a browser: send neither Origin nor Sec-Fetch-Site",
        ),
        NotAdmitted::NoToken | NotAdmitted::WrongToken => {
            let sentence = "send the header `Authorization: Bearer …` with the token of CONTROL_TOKEN";
            let mut response = refused(StatusCode::UNAUTHORIZED, sentence);
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        NotAdmitted::TooManyWrong(wait) => {
            let sentence = "the token is wrong, and so were too many from this address within a minute; wait, or send the token of CONTROL_TOKEN, which is taken at any time";
            let mut response = refused(StatusCode::TOO_MANY_REQUESTS, sentence);
            let seconds = HeaderValue::from(wait.as_secs().saturating_add(1));
            response.headers_mut().insert(RETRY_AFTER, seconds);
            response
        }
    }
}

/// The rest of a body that nobody reads is not waited for.
fn refusal(refused: &Refused) -> Response<Full<Bytes>> {
    let body = json!({"error": refused.sentence});
    let mut response = answers::json(refused.status, format!("{body}\n"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
pub(super) mod tests;
