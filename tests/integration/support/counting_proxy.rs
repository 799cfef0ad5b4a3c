//! Proxies that write down what passes: each request to S3, and each round trip to Redshift.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::duplicating_proxy::forward;

/// Passes everything on, and keeps a line for each thing that was asked.
pub(crate) struct CountingProxy {
    pub(crate) port: u16,
    asked: Asked,
    _acceptor: JoinSet<()>,
}

type Asked = Arc<Mutex<Vec<String>>>;

impl CountingProxy {
    /// A line for each request: its method and address.
    pub(crate) async fn before_s3(upstream: u16) -> Self {
        Self::start(move |client, asked| s3(client, upstream, asked)).await
    }

    /// A line for each login, and for each text of statements that were sent together. Knows no TLS.
    pub(crate) async fn before_redshift(upstream: u16) -> Self {
        Self::start(move |client, asked| redshift(client, upstream, asked)).await
    }

    async fn start<Served>(serve: impl Fn(TcpStream, Asked) -> Served + Send + 'static) -> Self
    where
        Served: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Asked::default();
        let of_acceptor = Arc::clone(&asked);
        let mut acceptor = JoinSet::new();
        acceptor.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(serve(client, Arc::clone(&of_acceptor)));
            }
        });
        Self { port, asked, _acceptor: acceptor }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn s3(client: TcpStream, upstream: u16, asked: Asked) {
    let service = service_fn(move |request: Request<Incoming>| {
        asked.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.expect("the client sends its request").to_bytes();
            let request = Request::from_parts(parts, Full::new(body));
            let response = forward(request, upstream).await.expect("the stand-in for S3 answers");
            Ok::<_, Infallible>(response.map(Full::new))
        }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(client), service);
    // A client may go at any time.
    drop(connection.await);
}

async fn redshift(mut client: TcpStream, upstream: u16, asked: Asked) {
    let mut server = TcpStream::connect(("127.0.0.1", upstream)).await.expect("redshift-local is there");
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let questions = async {
        let mut is_first = true;
        while let Ok(frame) = next_frame(&mut from_client, is_first).await {
            match frame.as_slice() {
                _ if is_first => asked.lock().unwrap().push("login".to_owned()),
                [b'Q', _, _, _, _, text @ .., 0] => {
                    asked.lock().unwrap().push(String::from_utf8_lossy(text).into_owned());
                }
                _ => {}
            }
            is_first = false;
            if to_server.write_all(&frame).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = questions => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
}

/// A message of PostgreSQL's protocol as it was sent: its kind but for the first, a length that counts itself, the rest.
async fn next_frame(from: &mut (impl AsyncRead + Unpin), is_first: bool) -> std::io::Result<Vec<u8>> {
    let mut frame = if is_first { Vec::new() } else { vec![from.read_u8().await?] };
    let length = from.read_u32().await?;
    frame.extend(length.to_be_bytes());
    let rest = usize::try_from(length).expect("it fits") - 4;
    let begin = frame.len();
    frame.resize(begin + rest, 0);
    from.read_exact(frame.get_mut(begin..).expect("it was made longer")).await?;
    Ok(frame)
}
