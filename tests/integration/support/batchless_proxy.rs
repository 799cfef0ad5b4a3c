//! An SQS that has an error of its own with every entry of a batch, as the real one may with some: its stand-in never has.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::duplicating_proxy::forward;

/// Passes every request on but batches of messages to send or to delete, of which no entry is carried out.
pub(crate) struct BatchlessProxy {
    pub(crate) port: u16,
    _acceptor: JoinSet<()>,
}

impl BatchlessProxy {
    pub(crate) async fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let mut acceptor = JoinSet::new();
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let service = service_fn(move |request| answer(request, upstream));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(client), service);
                // A client may go at any time.
                connections.spawn(async move { drop(connection.await) });
            }
        });
        Self { port, _acceptor: acceptor }
    }
}

async fn answer(request: Request<Incoming>, upstream: u16) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_batch = request.headers().get("x-amz-target").is_some_and(|target| {
        target == "AmazonSQS.SendMessageBatch" || target == "AmazonSQS.DeleteMessageBatch"
    });
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("the client sends its request").to_bytes();
    if !is_batch {
        let request = Request::from_parts(parts, Full::new(body));
        let response = forward(request, upstream).await.expect("the stand-in for SQS answers");
        return Ok(response.map(Full::new));
    }
    let request: Value = serde_json::from_slice(&body).expect("the client sends JSON");
    let failed = request["Entries"].as_array().into_iter().flatten().map(
        |entry| json!({"Id": entry["Id"], "Code": "InternalError", "Message": "try again", "SenderFault": false}),
    );
    let answer = json!({"Successful": [], "Failed": failed.collect::<Vec<Value>>()});
    let response = Response::builder().header(CONTENT_TYPE, "application/x-amz-json-1.0");
    Ok(response.body(Full::new(answer.to_string().into())).expect("its header is valid"))
}
