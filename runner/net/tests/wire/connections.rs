//! Which connection carried a request, and what opening it cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tachograph_net::{Client, Endpoint, Limits, Request, Secret};

use crate::server::{Server, code};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_kept_connection_is_used_again_and_says_so() {
    let server = Server::answering(OK);
    let client = Client::new().unwrap();
    let endpoint = server.endpoint();
    let first = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!(first.timing.reused, Some(false));
    assert!(first.timing.connect_ns.unwrap() > 0);
    assert_eq!(first.timing.dns_ns, None);
    assert_eq!(first.timing.http_version.as_deref(), Some("HTTP/1.1"));
    let second = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!((second.timing.reused, second.timing.connect_ns), (Some(true), None));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn warmed_connections_carry_the_step() {
    let server = Server::start(|peer, _| {
        while peer.request().is_some() {
            // Long enough that all requests of the step are under way at once.
            std::thread::sleep(Duration::from_millis(50));
            peer.send(OK.as_bytes());
        }
    });
    let client = Client::new().unwrap();
    let endpoint = server.endpoint();
    let opened = client.warm(&endpoint, 16).await.unwrap();
    assert_eq!(opened.len(), 16);
    assert!(opened.iter().all(|connect| connect.connect_ns.is_some()), "{opened:?}");
    assert_eq!(server.connections(), 16);

    let step: Vec<_> =
        (0..16).map(|_| client.start(&endpoint, Request::get("/"), Limits::default())).collect();
    for pending in step {
        assert_eq!(pending.finish().await.timing.reused, Some(true));
    }
    assert_eq!(server.connections(), 16);
}

#[tokio::test]
async fn warming_opens_as_many_connections_as_asked_even_from_a_fast_server() {
    let server = Server::answering(OK);
    let client = Client::new().unwrap();
    for (asked, open) in [(8, 8), (100, 100), (20, 100)] {
        let opened = client.warm(&server.endpoint(), asked).await.unwrap();
        assert!(opened.iter().all(|connect| connect.status == Some(200)), "{opened:?}");
        assert_eq!(server.connections(), open);
    }
    assert_eq!(
        client.warm_path(&server.endpoint(), "//", 1).await.unwrap_err().code(),
        "policy-denied"
    );
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(OK.as_bytes());
    });
    let client = Client::new().unwrap();
    for _ in 0..3 {
        let exchange =
            client.start(&server.endpoint(), Request::get("/"), Limits::default()).finish().await;
        assert_eq!(exchange.error, None);
        assert_eq!(exchange.timing.reused, Some(false));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn http_1_0_ends_with_the_connection() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        for word in ["data: a\n\n", "data: b\n\n"] {
            std::thread::sleep(Duration::from_millis(20));
            peer.send(word.as_bytes());
        }
    });
    let exchange = server.exchange(Limits::default()).await;
    assert_eq!(exchange.error, None);
    assert_eq!(exchange.body, b"data: a\n\ndata: b\n\n");
    assert_eq!(exchange.timing.http_version.as_deref(), Some("HTTP/1.0"));
    assert_eq!(exchange.reads.len(), 2);
}

#[tokio::test]
async fn a_redirect_is_data() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&followed);
    let server = Server::start(move |peer, _| {
        while let Some(request) = peer.request() {
            if request.starts_with("GET /elsewhere") {
                count.fetch_add(1, SeqCst);
            }
            peer.send(b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let exchange = server.exchange(Limits::default()).await;
    let head = exchange.head.unwrap();
    assert_eq!((head.status, head.header("Location")), (302, Some("/elsewhere")));
    assert_eq!(exchange.error, None);
    assert_eq!(followed.load(SeqCst), 0);
}

#[tokio::test]
async fn an_error_status_keeps_its_headers_and_body() {
    let server = Server::answering(
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\nx-two: a\r\nx-two: b\r\n\
         content-length: 9\r\n\r\nslow down",
    );
    let client = Client::new().unwrap();
    let mut pending = client.start(&server.endpoint(), Request::get("/"), Limits::default());
    let head = pending.head().await.unwrap();
    assert_eq!((head.status, head.header("retry-after")), (429, Some("7")));
    assert_eq!(head.headers.iter().filter(|(name, _)| name == "x-two").count(), 2);
    let exchange = pending.finish().await;
    assert_eq!((exchange.body.as_slice(), code(&exchange)), (&b"slow down"[..], ""));
}

#[tokio::test]
async fn a_request_goes_out_as_asked() {
    let (tx, rx) = std::sync::mpsc::channel();
    let server = Server::start(move |peer, _| {
        while let Some(request) = peer.request() {
            tx.send(request).unwrap();
            peer.send(OK.as_bytes());
        }
    });
    let secret = Secret::new("x-api-key", "", "hunter2").unwrap();
    let url = format!("http://{}/base/", server.address);
    let endpoint = Endpoint::bind("api", &url, Some(secret)).unwrap();
    let client = Client::new().unwrap();
    let mut request = Request::post_json("/v1/x", "{\"a\":1}");
    request.query = Some("q=1".to_owned());
    request.headers.push(("x-trace".to_owned(), "7".to_owned()));
    client.start(&endpoint, request, Limits::default()).finish().await;
    let sent = rx.recv().unwrap();
    assert!(sent.starts_with("POST /base/v1/x?q=1 HTTP/1.1\r\n"), "{sent}");
    for line in ["content-type: application/json", "x-trace: 7", "x-api-key: hunter2"] {
        assert!(sent.contains(&format!("{line}\r\n")), "{line} in {sent}");
    }
    assert_eq!(sent.matches("content-length: 7\r\n").count(), 1, "{sent}");
    assert!(!sent.contains("transfer-encoding"), "{sent}");
    assert!(sent.ends_with("\r\n\r\n{\"a\":1}"), "{sent}");

    // An empty body has a length where the method asks for one, and none where it does not.
    client.start(&endpoint, Request::post_json("/", ""), Limits::default()).finish().await;
    assert!(rx.recv().unwrap().contains("content-length: 0\r\n"));
    let get = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert!(!rx.recv().unwrap().contains("content-length"));
    assert!(get.timing.written.is_some());
}
