//! Connections to the HTTP port: how many there may be, and how long one may take. Whoever holds one open, sends nothing or
//! reads nothing, is in nobody's way.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{AbortHandle, JoinSet};
use tokio_io_timeout::TimeoutWriter;
use tracing::debug;

/// A scraper, the probes of an orchestrator and a few people need no more.
const MOST_CONNECTIONS: usize = 100;
/// A client that does not send its request by then is cut off; so is one that has no other request for so long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes nothing of its answer for so long is cut off.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Of the head of a request, in bytes and in lines. What asks us sends a tenth of it.
const LARGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// The connections that are open, the oldest first.
#[derive(Default)]
pub(super) struct Connections {
    tasks: JoinSet<()>,
    open: VecDeque<AbortHandle>,
}

impl Connections {
    /// Lets another connection run. When there are as many as may be, the oldest gives way: it has had its time, and a probe
    /// that comes now must be answered now.
    pub(super) fn open(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|task| !task.is_finished());
        if self.open.len() >= MOST_CONNECTIONS
            && let Some(oldest) = self.open.pop_front()
        {
            oldest.abort();
        }
        self.open.push_back(self.tasks.spawn(connection));
    }

    /// Cuts all of them off.
    pub(super) async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Answers the requests of one connection until it ends.
pub(super) async fn answer<Responding>(
    stream: impl AsyncRead + AsyncWrite + Send,
    respond: impl Fn(Request<Incoming>) -> Responding,
) where
    Responding: Future<Output = Response<Full<Bytes>>>,
{
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(WRITE_TIMEOUT));
    let service = service_fn(|request: Request<Incoming>| {
        let has_body = !request.body().is_end_stream();
        let responding = respond(request);
        async move {
            let mut response = responding.await;
            if has_body {
                // Where it ends, others on the way here may have understood in another way: what follows is no request.
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        // Who has said all, as a script that ends its half of the connection, is answered all the same.
        .half_close(true)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = connection.await {
        debug!(%error, "connection to the HTTP port broke");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// More than a connection between the two holds.
    const LONG: usize = 1 << 20;

    async fn long_answer(_: Request<Incoming>) -> Response<Full<Bytes>> {
        Response::new(Full::new(Bytes::from(vec![b'x'; LONG])))
    }

    async fn ask(client: &mut DuplexStream, head: &str) {
        client.write_all(head.as_bytes()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_of_an_answer_is_cut_off() {
        let (mut client, server) = duplex(1024);
        ask(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        answer(server, long_answer).await;
        let mut answered = Vec::new();
        client.read_to_end(&mut answered).await.unwrap();
        assert!(answered.len() < LONG);
    }

    async fn slow_answer(request: Request<Incoming>) -> Response<Full<Bytes>> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Response::new(Full::new(Bytes::from(request.uri().path().to_owned())))
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_ended_its_half_is_answered() {
        let (mut client, server) = duplex(1024);
        ask(&mut client, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
        client.shutdown().await.unwrap();
        answer(server, slow_answer).await;
        let mut answered = String::new();
        client.read_to_string(&mut answered).await.unwrap();
        assert!(answered.ends_with("/slow"), "{answered}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_behind_a_body_is_taken_for_a_request() {
        for head in ["Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n"]
        {
            let (mut client, server) = duplex(1024);
            let next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
            ask(&mut client, &format!("GET /first HTTP/1.1\r\nHost: h\r\n{head}\r\n0\r\n\r\n{next}")).await;
            answer(server, slow_answer).await;
            let mut answered = String::new();
            client.read_to_string(&mut answered).await.unwrap();
            assert!(answered.ends_with("/first") && answered.contains("connection: close"), "{answered}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_is_cut_off() {
        let (mut client, server) = duplex(1024);
        ask(&mut client, "GET / HT").await;
        answer(server, long_answer).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_is_too_large_is_refused() {
        let many: String = (0..=MOST_HEADERS).map(|number| format!("h{number}: v\r\n")).collect();
        let long = format!("h: {}\r\n", "v".repeat(LARGEST_HEAD));
        for headers in [many, long] {
            let (mut client, server) = duplex(64 * 1024);
            ask(&mut client, &format!("GET / HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).await;
            answer(server, long_answer).await;
            let mut status = [0; 12];
            client.read_exact(&mut status).await.unwrap();
            assert_eq!(std::str::from_utf8(&status).unwrap(), "HTTP/1.1 431");
        }
    }

    #[tokio::test]
    async fn the_oldest_of_too_many_connections_gives_way() {
        let (mut connections, mut clients) = (Connections::default(), Vec::new());
        for _ in 0..=MOST_CONNECTIONS {
            let (client, server) = duplex(1024);
            connections.open(answer(server, long_answer));
            clients.push(client);
        }
        let mut nothing = [0];
        let oldest = clients.first_mut().unwrap();
        assert_eq!(oldest.read(&mut nothing).await.unwrap(), 0);
        let newest = clients.last_mut().unwrap();
        ask(newest, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(newest.read(&mut nothing).await.unwrap(), 1);
    }
}
