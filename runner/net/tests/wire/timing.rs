//! The stamps say what happened.

use std::time::Duration;

use tachograph_net::{Client, Clock, Limits, Request};

use crate::server::{CHUNKED, Server, chunk};

#[tokio::test]
async fn stamps_are_in_order_and_gaps_are_seen() {
    let server = Server::start(|peer, _| {
        peer.request();
        std::thread::sleep(Duration::from_millis(100));
        peer.send(CHUNKED);
        std::thread::sleep(Duration::from_millis(100));
        for _ in 0..3 {
            peer.send(&chunk(b"data: a\n\n"));
            std::thread::sleep(Duration::from_millis(100));
        }
        peer.send(b"0\r\n\r\n");
        peer.hold();
    });
    let exchange = server.exchange(Limits::default()).await;
    let timing = &exchange.timing;
    let order = [
        timing.scheduled,
        timing.started,
        timing.written.unwrap(),
        timing.headers.unwrap(),
        timing.first_byte.unwrap(),
        timing.last_byte.unwrap(),
        timing.end,
    ];
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(exchange.reads.len(), 3);
    let ms = |nanos: u64| nanos / 1_000_000;
    assert!(ms(timing.headers.unwrap().since(timing.written.unwrap())) >= 90, "{timing:?}");
    assert!(ms(timing.first_byte.unwrap().since(timing.headers.unwrap())) >= 90, "{timing:?}");
    for pair in exchange.reads.windows(2) {
        // A late wake-up can shorten the next gap, but not by half on a machine that runs at all.
        assert!(ms(pair[1].at.since(pair[0].at)) >= 40, "{:?}", exchange.reads);
    }
    assert!(ms(timing.end.since(timing.last_byte.unwrap())) >= 40, "{timing:?}");
}

#[tokio::test]
async fn events_of_one_packet_share_one_read() {
    let server = Server::start(|peer, _| {
        peer.request();
        peer.send(CHUNKED);
        std::thread::sleep(Duration::from_millis(30));
        let packet: Vec<u8> = (0..8).flat_map(|_| chunk(b"data: a\n\n")).collect();
        peer.send(&packet);
        std::thread::sleep(Duration::from_millis(30));
        peer.send(b"0\r\n\r\n");
        peer.hold();
    });
    let exchange = server.exchange(Limits::default()).await;
    assert_eq!(exchange.body.len(), 72);
    // One, unless the reader thread lost its core for over 50 µs in between.
    assert!(exchange.reads.len() <= 3, "{:?}", exchange.reads);
}

#[tokio::test]
async fn a_request_leaves_when_it_is_due() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let client = Client::new().unwrap();
    let due = Clock::now().after(Duration::from_millis(80));
    let pending = client.start_at(&server.endpoint(), Request::get("/"), Limits::default(), due);
    let timing = pending.finish().await.timing;
    assert_eq!(timing.scheduled, due);
    assert!(timing.started >= due);
    assert_eq!(timing.first_byte, None);
    assert_eq!(timing.last_byte, None);
}

#[tokio::test]
async fn a_request_that_is_cancelled_before_it_is_due_never_leaves() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let client = Client::new().unwrap();
    let due = Clock::now().after(Duration::from_millis(50));
    let pending = client.start_at(&server.endpoint(), Request::get("/"), Limits::default(), due);
    drop(pending);
    let pending = client.start_at(&server.endpoint(), Request::get("/"), Limits::default(), due);
    let exchange = pending.cancel().await;
    assert_eq!(exchange.error.unwrap().code, "cancelled");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_round_trip_floor_is_a_connect_time() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let floor = Client::new().unwrap().rtt_floor(&server.endpoint(), 5).await.unwrap();
    assert!(floor > 0 && floor < 1_000_000_000, "{floor}");
}
