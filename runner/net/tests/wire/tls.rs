//! TLS and HTTP/2, against a real server with a certificate made for these tests.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tachograph_net::{Client, ClientOptions, Endpoint, Limits, Request, Secret};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::server::code;

const CERTIFICATE: &[u8] = include_bytes!("fixtures/server.test.cert.der");
const KEY: &[u8] = include_bytes!("fixtures/server.test.key.der");

/// Echoes the request's body and its version, over HTTP/2 or HTTP/1.1 as negotiated.
async fn start(alpn: &[u8]) -> SocketAddr {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = vec![CertificateDer::from(CERTIFICATE)];
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(certificate, key).unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let http2 = alpn == b"h2";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate ends the handshake.
                let Ok(stream) = acceptor.accept(socket).await else { return };
                let io = TokioIo::new(stream);
                let service = service_fn(echo);
                if http2 {
                    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(io, service).await;
                } else {
                    let server = hyper::server::conn::http1::Builder::new();
                    let _ = server.serve_connection(io, service).await;
                }
            });
        }
    });
    address
}

async fn echo(request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let key = request.headers().get("authorization").cloned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut answer = http::Response::new(Full::new(body));
    if let Some(key) = key {
        answer.headers_mut().insert("x-key-length", key.len().into());
    }
    Ok(answer)
}

fn client(trusting: bool) -> Client {
    Client::with_options(ClientOptions {
        hosts: [("server.test".to_owned(), vec!["127.0.0.1".parse().unwrap()])].into(),
        ca_certificates: if trusting { vec![CERTIFICATE.to_vec()] } else { Vec::new() },
    })
    .unwrap()
}

fn endpoint(address: SocketAddr) -> Endpoint {
    let url = format!("https://server.test:{}", address.port());
    Endpoint::bind("api", &url, Some(Secret::bearer("hunter2").unwrap())).unwrap()
}

#[tokio::test]
async fn the_version_is_negotiated_and_the_connection_kept() {
    for (alpn, version) in [(&b"h2"[..], "HTTP/2.0"), (b"http/1.1", "HTTP/1.1")] {
        let endpoint = endpoint(start(alpn).await);
        let client = client(true);
        let large = "x".repeat(300_000);
        for expected in [Some(false), Some(true)] {
            let request = Request::post_json("/", large.clone());
            let exchange = client.start(&endpoint, request, Limits::default()).finish().await;
            assert_eq!(code(&exchange), "", "{:?}", exchange.error);
            assert_eq!(exchange.body, large.as_bytes());
            assert_eq!(exchange.head.unwrap().header("x-key-length"), Some("14"));
            let timing = exchange.timing;
            assert_eq!(timing.http_version.as_deref(), Some(version));
            assert_eq!(timing.reused, expected);
            assert_eq!(timing.connect_ns.is_some(), expected == Some(false));
            assert!(timing.written.unwrap() <= timing.last_byte.unwrap());
            let read: usize = exchange.reads.iter().map(|read| read.len as usize).sum();
            assert_eq!(read, large.len());
        }
    }
}

#[tokio::test]
async fn many_streams_share_one_http_2_connection() {
    let endpoint = endpoint(start(b"h2").await);
    let client = client(true);
    client.warm(&endpoint, 8).await.unwrap();
    let streams: Vec<_> = (0..8)
        .map(|index| {
            let request = Request::post_json("/", format!("stream {index}"));
            client.start(&endpoint, request, Limits::default())
        })
        .collect();
    for (index, pending) in streams.into_iter().enumerate() {
        let exchange = pending.finish().await;
        assert_eq!(exchange.body, format!("stream {index}").as_bytes());
        assert_eq!(exchange.timing.reused, Some(true));
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let endpoint = endpoint(start(b"h2").await);
    let exchange =
        client(false).start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!(code(&exchange), "tls");
    assert!(exchange.head.is_none());
    assert!(!exchange.error.unwrap().retryable);
}
