//! What a hostile or broken server sends without end is cut at the cap.

use tachograph_net::{Client, FrameState, Framing, Limits, Request, frames};

use crate::server::{CHUNKED, Server, chunk, code};

/// Streams chunks of `data` for as long as the peer takes them.
fn endless(data: Vec<u8>) -> Server {
    Server::start(move |peer, _| {
        peer.request();
        peer.send(CHUNKED);
        let piece = chunk(&data);
        while peer.send(&piece) {}
    })
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap() {
    let limits = Limits { max_body: 1_000_003, ..Limits::default() };
    let exchange = endless(b"data: token\n\n".repeat(100)).exchange(limits).await;
    assert_eq!(code(&exchange), "body-too-large");
    assert_eq!(exchange.body.len(), 1_000_003);
    let read: usize = exchange.reads.iter().map(|read| read.len as usize).sum();
    assert_eq!(read, exchange.body.len());
    assert!(exchange.reads.iter().all(|read| read.len <= 64 << 10));
}

#[tokio::test]
async fn a_line_without_end_is_one_oversized_frame() {
    let exchange = endless(vec![b'x'; 60_000]).exchange(Limits::default()).await;
    assert_eq!(code(&exchange), "body-too-large");
    assert_eq!(exchange.body.len(), 32 << 20);
    let found = frames(Framing::Ndjson, &exchange.body, &exchange.reads);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].state, found[0].data.len()), (FrameState::Oversized, 0));
}

#[tokio::test]
async fn a_stream_that_never_pauses_can_still_be_ended() {
    let server = endless(b"data: token\n\n".repeat(100));
    let limits = Limits { max_body: 16 << 30, ..Limits::default() };
    let client = Client::new().unwrap();
    let mut pending = client.start(&server.endpoint(), Request::get("/"), limits.clone());
    pending.head().await.unwrap();
    assert_eq!(code(&pending.cancel().await), "cancelled");

    let limits = Limits { total: std::time::Duration::from_millis(100), ..limits };
    assert_eq!(code(&server.exchange(limits).await), "timeout-total");
}

#[tokio::test]
async fn headers_over_the_cap() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n", "y".repeat(70_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "x: y\r\n".repeat(200));
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(4 << 20));
    for answer in [long, many, endless] {
        let exchange = Server::answering(answer).exchange(Limits::default()).await;
        assert_eq!(code(&exchange), "headers-too-large");
        assert!(exchange.head.is_none());
    }
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let server = Server::start(|peer, _| {
        let got = peer.request().unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{:08}", got.len());
        peer.send(answer.as_bytes());
        peer.hold();
    });
    let request = Request::post_json("/", "x".repeat(3_000_000));
    let client = Client::new().unwrap();
    let exchange = client.start(&server.endpoint(), request, Limits::default()).finish().await;
    let got: usize = String::from_utf8(exchange.body).unwrap().parse().unwrap();
    assert!((3_000_000..3_001_000).contains(&got), "{got}");
    let timing = exchange.timing;
    assert!(timing.started <= timing.written.unwrap());
    assert!(timing.written.unwrap() <= timing.headers.unwrap());
}
