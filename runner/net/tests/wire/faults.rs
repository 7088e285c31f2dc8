//! Everything that goes wrong on a wire has its own code, and what came before it is kept.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use tachograph_net::{Client, Endpoint, Limits, Request};

use crate::server::{CHUNKED, Server, chunk, code};

#[tokio::test]
async fn nothing_listens() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Endpoint::bind("api", &format!("http://{address}"), None).unwrap();
    let client = Client::new().unwrap();
    let mut pending = client.start(&endpoint, Request::get("/"), Limits::default());
    assert_eq!(pending.head().await.unwrap_err().code(), "connect-refused");
    let exchange = pending.finish().await;
    assert_eq!(code(&exchange), "connect-refused");
    assert!(exchange.error.unwrap().retryable);
    assert!(exchange.head.is_none() && exchange.timing.headers.is_none());
    assert_eq!(exchange.timing.reused, None);
    assert_eq!(client.rtt_floor(&endpoint, 3).await.unwrap_err().code(), "connect-refused");
    assert_eq!(client.warm(&endpoint, 2).await.unwrap_err().code(), "connect-refused");
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let endpoint = Endpoint::bind("api", "http://no-such-host.invalid", None).unwrap();
    let client = Client::new().unwrap();
    let exchange = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!(code(&exchange), "dns");
}

#[tokio::test]
async fn tls_to_a_server_without_it() {
    let server = Server::start(|peer, _| {
        peer.send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        peer.hold();
    });
    let url = format!("https://{}", server.address);
    let endpoint = Endpoint::bind("api", &url, None).unwrap();
    let client = Client::new().unwrap();
    let exchange = client.start(&endpoint, Request::get("/"), Limits::default()).finish().await;
    assert_eq!(code(&exchange), "tls");
}

#[tokio::test]
async fn not_http() {
    let server = Server::answering("SSH-2.0-OpenSSH_9.6\r\n\r\n");
    assert_eq!(code(&server.exchange(Limits::default()).await), "bad-http");
}

#[tokio::test]
async fn closed_before_the_head() {
    let server = Server::start(|peer, _| {
        peer.request();
    });
    assert_eq!(code(&server.exchange(Limits::default()).await), "closed-early");
}

#[tokio::test]
async fn closed_inside_a_body_of_known_length() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf ");
    });
    let exchange = server.exchange(Limits::default()).await;
    assert_eq!(code(&exchange), "closed-early");
    assert_eq!(exchange.body, b"half ");
    assert_eq!(exchange.head.unwrap().status, 200);
    assert_eq!(exchange.timing.last_byte, Some(exchange.reads[0].at));
}

#[tokio::test]
async fn closed_inside_a_chunked_body() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(CHUNKED);
        peer.send(&chunk(b"data: a\n\n"));
    });
    let exchange = server.exchange(Limits::default()).await;
    assert_eq!(code(&exchange), "closed-early");
    assert_eq!(exchange.body, b"data: a\n\n");
}

#[tokio::test]
async fn reset_inside_a_body() {
    let server = Server::start(|peer, _| {
        // The request is seen but left unread, which turns the close into a reset.
        peer.stream.peek(&mut [0]).unwrap();
        peer.send(CHUNKED);
        peer.send(&chunk(b"data: a\n\n"));
        std::thread::sleep(Duration::from_millis(100));
    });
    let exchange = server.exchange(Limits::default()).await;
    assert_eq!(code(&exchange), "reset");
    assert_eq!(exchange.body, b"data: a\n\n");
}

#[tokio::test]
async fn cancelled_by_the_caller() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(CHUNKED);
        peer.send(&chunk(b"data: a\n\n"));
        peer.hold();
    });
    let client = Client::new().unwrap();
    let mut pending = client.start(&server.endpoint(), Request::get("/"), Limits::default());
    pending.head().await.unwrap();
    let progress = pending.progress();
    while progress.bytes() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!((progress.reads(), progress.done()), (1, false));
    let exchange = pending.cancel().await;
    assert_eq!(code(&exchange), "cancelled");
    assert_eq!(exchange.body, b"data: a\n\n");
    assert!(progress.done());
}

#[tokio::test]
async fn dropping_the_pending_hangs_up() {
    let (tx, rx) = std::sync::mpsc::channel();
    let server = Server::start(move |peer, _| {
        peer.request();
        peer.send(CHUNKED);
        peer.hold();
        tx.send(()).unwrap();
    });
    let client = Client::new().unwrap();
    let mut pending = client.start(&server.endpoint(), Request::get("/"), Limits::default());
    pending.head().await.unwrap();
    drop(pending);
    rx.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[tokio::test]
async fn a_pending_outlives_its_client() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let client = Client::new().unwrap();
    let pending = client.start(&server.endpoint(), Request::get("/"), Limits::default());
    drop(client);
    assert_eq!(pending.finish().await.body, b"ok");
}

#[tokio::test]
async fn stalls_end_at_the_limit_of_their_phase() {
    let step = Duration::from_millis(150);
    let script = |parts: Vec<Vec<u8>>| {
        Server::start(move |peer, _| {
            peer.request();
            for part in &parts {
                peer.send(part);
            }
            peer.hold();
        })
    };
    let first = Limits { first_byte: step, ..Limits::default() };
    let idle = Limits { idle: step, ..Limits::default() };
    let total = Limits { total: step, ..Limits::default() };
    let event = chunk(b"data: a\n\n");
    for (parts, limits, expected, bytes) in [
        (vec![], &first, "timeout-first-byte", 0),
        (vec![CHUNKED.to_vec()], &first, "timeout-first-byte", 0),
        (vec![CHUNKED.to_vec(), event.clone()], &idle, "timeout-idle", 9),
        (vec![CHUNKED.to_vec(), event.clone()], &total, "timeout-total", 9),
        (vec![], &total, "timeout-total", 0),
    ] {
        let start = Instant::now();
        let exchange = script(parts).exchange(limits.clone()).await;
        assert_eq!(code(&exchange), expected);
        assert_eq!(exchange.body.len(), bytes, "{expected}");
        assert!(start.elapsed() >= step && start.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_connection_that_never_comes_up() {
    // TCP comes up, but the TLS handshake is never answered.
    let server = Server::start(|peer, _| {
        while std::io::Read::read(&mut peer.stream, &mut [0; 512]).is_ok_and(|got| got > 0) {}
    });
    let url = format!("https://{}", server.address);
    let endpoint = Endpoint::bind("api", &url, None).unwrap();
    let limits = Limits { connect: Duration::from_millis(150), ..Limits::default() };
    let exchange =
        Client::new().unwrap().start(&endpoint, Request::get("/"), limits).finish().await;
    assert_eq!(code(&exchange), "timeout-connect");
}

#[tokio::test]
async fn slow_but_steady_is_no_fault() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(CHUNKED);
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(50));
            peer.send(&chunk(b"data: a\n\n"));
        }
        peer.send(b"0\r\n\r\n");
    });
    let limits = Limits { idle: Duration::from_millis(400), ..Limits::default() };
    let exchange = server.exchange(limits).await;
    assert_eq!(exchange.error, None);
    assert_eq!(exchange.reads.len(), 10);
}
