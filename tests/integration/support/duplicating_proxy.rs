//! An SQS that delivers messages twice, as the real one may at any time: its stand-in never does by itself.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Every so many deliveries one is repeated.
const EVERY: usize = 5;
/// As many of an answer may be repeated, where it has the room.
const REPEATED: u64 = 2;

/// Passes every request on, and puts copies of earlier messages into answers to `ReceiveMessage`. Whoever asks next gets
/// them, so that with several consumers two of them hold one message.
pub(crate) struct DuplicatingProxy {
    pub(crate) port: u16,
    deliveries: Arc<Mutex<Deliveries>>,
    _acceptor: JoinSet<()>,
}

#[derive(Default)]
struct Deliveries {
    seen: usize,
    /// To be delivered again.
    again: Vec<Value>,
    repeated: usize,
}

impl DuplicatingProxy {
    pub(crate) async fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let deliveries = Arc::<Mutex<Deliveries>>::default();
        let of_acceptor = Arc::clone(&deliveries);
        let mut acceptor = JoinSet::new();
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let deliveries = Arc::clone(&of_acceptor);
                let service = service_fn(move |request| answer(request, upstream, Arc::clone(&deliveries)));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(client), service);
                // A client may go at any time.
                connections.spawn(async move { drop(connection.await) });
            }
        });
        Self { port, deliveries, _acceptor: acceptor }
    }

    /// How many messages were delivered a second time.
    pub(crate) fn repeated(&self) -> usize {
        self.deliveries.lock().unwrap().repeated
    }
}

async fn answer(
    request: Request<Incoming>,
    upstream: u16,
    deliveries: Arc<Mutex<Deliveries>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_receive =
        request.headers().get("x-amz-target").is_some_and(|target| target == "AmazonSQS.ReceiveMessage");
    let (mut parts, body) = request.into_parts();
    let mut body = body.collect().await.expect("the client sends its request").to_bytes();
    let mut room = 0;
    if is_receive {
        (body, room) = with_room(&body);
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
    }
    let request = Request::from_parts(parts, Full::new(body));
    let mut response = forward(request, upstream).await.expect("the stand-in for SQS answers");
    if is_receive && response.status().is_success() {
        let body = with_repeated(response.body(), room, &mut deliveries.lock().unwrap());
        response.headers_mut().insert(CONTENT_LENGTH, body.len().into());
        *response.body_mut() = body;
    }
    Ok(response.map(Full::new))
}

/// A request for fewer messages, and how many may be put into its answer.
fn with_room(body: &Bytes) -> (Bytes, u64) {
    let mut request: Value = serde_json::from_slice(body).expect("the client sends JSON");
    let asked = request["MaxNumberOfMessages"].as_u64().unwrap_or(1);
    let room = REPEATED.min(asked.saturating_sub(1));
    request["MaxNumberOfMessages"] = (asked - room).into();
    (request.to_string().into(), room)
}

fn with_repeated(body: &Bytes, room: u64, deliveries: &mut Deliveries) -> Bytes {
    let mut answer: Value = serde_json::from_slice(body).expect("SQS answers with JSON");
    let mut messages = match answer["Messages"].take() {
        Value::Array(messages) => messages,
        _ => Vec::new(),
    };
    let fresh = messages.len();
    let repeated = usize::try_from(room).expect("it fits").min(deliveries.again.len());
    messages.extend(deliveries.again.drain(..repeated));
    deliveries.repeated += repeated;
    for message in messages.iter().take(fresh) {
        deliveries.seen += 1;
        if deliveries.seen.is_multiple_of(EVERY) {
            deliveries.again.push(message.clone());
        }
    }
    answer["Messages"] = messages.into();
    answer.to_string().into()
}

pub(crate) async fn forward(
    request: Request<Full<Bytes>>,
    upstream: u16,
) -> Result<Response<Bytes>, hyper::Error> {
    let stream = TcpStream::connect(("127.0.0.1", upstream)).await.expect("the stand-in for SQS is there");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(async move { drop(connection.await) });
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
}
