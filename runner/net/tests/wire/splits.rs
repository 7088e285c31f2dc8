//! Where the network cuts the bytes decides nothing but the stamps.

use std::time::Duration;

use tachograph_net::{Client, Framing, Limits, Request, frames};

use crate::server::{CHUNKED, Server, chunk, code};

/// Answers on one kept connection, cut in two at the byte the path names.
fn cut_server(answer: Vec<u8>) -> Server {
    Server::start(move |peer, _| {
        while let Some(request) = peer.request() {
            let path = request.split(' ').nth(1).unwrap();
            let cut: usize = path.trim_start_matches('/').parse().unwrap();
            peer.send(&answer[..cut]);
            std::thread::sleep(Duration::from_millis(2));
            peer.send(&answer[cut..]);
        }
    })
}

#[tokio::test]
async fn an_answer_cut_at_every_byte_is_the_same_answer() {
    let mut answer = CHUNKED.to_vec();
    answer.extend(chunk(b"event: delta\r\ndata: {\"text\":\"caf\xC3\xA9\"}\r\n\r\n"));
    answer.extend(chunk(b"data: two\nda"));
    answer.extend(chunk(b"ta: lines\n\n"));
    answer.extend(b"0\r\n\r\n");
    let length = answer.len();
    let server = cut_server(answer);
    let client = Client::new().unwrap();
    for cut in 0..length {
        let request = Request::get(&format!("/{cut}"));
        let exchange = client.start(&server.endpoint(), request, Limits::default()).finish().await;
        assert_eq!(code(&exchange), "", "cut at {cut}");
        let found = frames(Framing::Sse, &exchange.body, &exchange.reads);
        let data: Vec<&[u8]> = found.iter().map(|frame| frame.data.as_slice()).collect();
        assert_eq!(data, [&b"{\"text\":\"caf\xC3\xA9\"}"[..], b"two\nlines"], "cut at {cut}");
        assert_eq!(found[0].event.as_deref(), Some("delta"));
        assert!(found.iter().all(|frame| frame.read < exchange.reads.len()));
    }
    assert_eq!(server.connections(), 1);
}
