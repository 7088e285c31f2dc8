//! What is refused sends nothing; what is secret stays so.

use std::collections::HashMap;
use std::net::IpAddr;

use tachograph_net::{Client, ClientOptions, Endpoint, Limits, Request, Secret};

use crate::server::{Server, code};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_name_that_resolves_to_a_forbidden_address() {
    let hosts = HashMap::from([
        ("metadata.test".to_owned(), vec![ip("169.254.169.254"), ip("fd00:ec2::254")]),
        ("mapped.test".to_owned(), vec![ip("::ffff:169.254.169.254")]),
        ("localhost".to_owned(), vec![ip("192.0.2.1")]),
    ]);
    let client =
        Client::with_options(ClientOptions { hosts: hosts.clone(), ..Default::default() }).unwrap();
    for name in hosts.keys() {
        let endpoint = Endpoint::bind("api", &format!("http://{name}"), None).unwrap();
        let exchange = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
        assert_eq!(code(&exchange), "policy-denied", "{name}: {exchange:?}");
        assert_eq!(client.rtt_floor(&endpoint, 1).await.unwrap_err().code(), "policy-denied");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_loopback_works_and_its_lookup_is_timed() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let hosts = HashMap::from([("server.test".to_owned(), vec![ip("127.0.0.1")])]);
    let client = Client::with_options(ClientOptions { hosts, ..Default::default() }).unwrap();
    let url = format!("http://server.test:{}", server.address.port());
    let endpoint = Endpoint::bind("api", &url, None).unwrap();
    let exchange = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!(exchange.body, b"ok");
    assert!(exchange.timing.dns_ns.is_some());
    assert!(exchange.timing.connect_ns.is_some());
}

#[tokio::test]
async fn a_refused_request_opens_no_connection() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let client = Client::new().unwrap();
    let mut pending =
        client.start(&server.endpoint(), Request::get("//evil.test/"), Limits::default());
    assert_eq!(pending.head().await.unwrap_err().code(), "policy-denied");
    assert_eq!(code(&pending.finish().await), "policy-denied");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_echoed_secret_is_overwritten() {
    let server = Server::answering(
        "HTTP/1.1 401 Unauthorized\r\nx-echo: Bearer hunter2\r\ncontent-length: 17\r\n\r\n\
         bad key: hunter2!",
    );
    let secret = Secret::bearer("hunter2").unwrap();
    let url = format!("http://{}", server.address);
    let endpoint = Endpoint::bind("api", &url, Some(secret)).unwrap();
    let client = Client::new().unwrap();
    let mut pending = client.start(&endpoint, Request::get("/"), Limits::default());
    assert_eq!(pending.head().await.unwrap().header("x-echo"), Some("Bearer *******"));
    let shown = format!("{pending:?} {endpoint:?} {client:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let exchange = pending.finish().await;
    assert_eq!(exchange.body, b"bad key: *******!");
    assert!(!serde_json::to_string(&exchange).unwrap().contains("hunter2"));
}

#[tokio::test]
async fn an_error_never_shows_the_secret() {
    let server = Server::answering("hunter2 is not HTTP\r\n\r\n");
    let secret = Secret::bearer("hunter2").unwrap();
    let url = format!("http://{}", server.address);
    let endpoint = Endpoint::bind("api", &url, Some(secret)).unwrap();
    let client = Client::new().unwrap();
    let exchange = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!(code(&exchange), "bad-http");
    assert!(!format!("{exchange:?}").contains("hunter2"), "{exchange:?}");
}
