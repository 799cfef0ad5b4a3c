//! A server with a certificate that something is wrong with: no handshake with it ever ends well.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Expired,
    OtherName,
    /// There is no certificate, and no TLS.
    NoTls,
}

/// What clients say before TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Redshift,
    Https,
}

pub(crate) struct TlsServer {
    pub(crate) port: u16,
    /// Its authority's certificate.
    authority: tempfile::NamedTempFile,
    _acceptor: JoinSet<()>,
}

impl TlsServer {
    pub(crate) async fn start(wrong: Wrong, protocol: Protocol) -> Self {
        let (acceptor, authority) = acceptor(wrong);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(greet(stream, acceptor.clone(), wrong, protocol));
            }
        });
        Self { port, authority, _acceptor: server }
    }

    /// The file with the certificate of its authority.
    pub(crate) fn authority(&self) -> String {
        self.authority.path().display().to_string()
    }
}

fn acceptor(wrong: Wrong) -> (TlsAcceptor, tempfile::NamedTempFile) {
    let authority_key = KeyPair::generate().expect("a key is made");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let file = tempfile::NamedTempFile::new().expect("a file is made");
    let pem = authority.self_signed(&authority_key).expect("it is signed").pem();
    std::fs::write(file.path(), pem).expect("it is written");
    let issuer = Issuer::new(authority, authority_key);

    let name = if wrong == Wrong::OtherName { "other.example.com" } else { "127.0.0.1" };
    let mut server = CertificateParams::new([name.to_owned()]).expect("it is a name");
    if wrong == Wrong::Expired {
        (server.not_before, server.not_after) = (date_time_ymd(2015, 7, 1), date_time_ymd(2016, 7, 1));
    }
    let key = KeyPair::generate().expect("a key is made");
    let certificate = server.signed_by(&key, &issuer).expect("it is signed");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("there are versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .expect("key and certificate fit");
    (TlsAcceptor::from(Arc::new(config)), file)
}

async fn greet(mut stream: TcpStream, acceptor: TlsAcceptor, wrong: Wrong, protocol: Protocol) {
    if protocol == Protocol::Redshift {
        // SSLRequest, and the answer to it.
        let answer = if wrong == Wrong::NoTls { b"N" } else { b"S" };
        if stream.read_exact(&mut [0; 8]).await.is_err() || stream.write_all(answer).await.is_err() {
            return;
        }
    }
    if wrong == Wrong::NoTls {
        // What a server of plain HTTP says to the first bytes of TLS.
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await);
    } else {
        // The client ends it.
        drop(acceptor.accept(stream).await);
    }
}
