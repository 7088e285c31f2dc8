//! A server that does exactly what a script says, byte by byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tachograph_net::{Client, Endpoint, Exchange, Limits, Request};

/// A listening server. Its threads end when their peers hang up.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

/// One accepted connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    buffered: Vec<u8>,
}

impl Server {
    /// Runs `script` for every connection, with its number.
    pub(crate) fn start(script: impl Fn(&mut Peer, usize) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (script, count) = (Arc::new(script), Arc::clone(&connections));
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let number = count.fetch_add(1, SeqCst);
                let script = Arc::clone(&script);
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                std::thread::spawn(move || script(&mut Peer { stream, buffered: vec![] }, number));
            }
        });
        Server { address, connections }
    }

    /// Answers every request of every connection with the same bytes.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Server {
        let answer = answer.into();
        Server::start(move |peer, _| {
            while peer.request().is_some() {
                peer.send(&answer);
            }
        })
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::bind("api", &format!("http://{}", self.address), None).unwrap()
    }

    /// One request over a client of its own.
    pub(crate) async fn exchange(&self, limits: Limits) -> Exchange {
        let request = Request::post_json("/v1/completions", "{}");
        Client::new().unwrap().start(&self.endpoint(), request, limits).finish().await
    }
}

impl Peer {
    /// Reads one request, head and body; `None` if the peer hung up.
    pub(crate) fn request(&mut self) -> Option<String> {
        let mut chunk = [0; 4096];
        loop {
            if let Some(split) = find(&self.buffered, b"\r\n\r\n") {
                let head = String::from_utf8(self.buffered[..split + 4].to_vec()).unwrap();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().unwrap());
                let whole = split + 4 + length;
                if self.buffered.len() >= whole {
                    let request = self.buffered.drain(..whole).collect();
                    return Some(String::from_utf8(request).unwrap());
                }
            }
            match self.stream.read(&mut chunk) {
                Ok(0) | Err(_) => return None,
                Ok(got) => self.buffered.extend_from_slice(&chunk[..got]),
            }
        }
    }

    /// Sends bytes; false if the peer hung up.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Holds the connection open until the peer hangs up.
    pub(crate) fn hold(&mut self) {
        while self.request().is_some() {}
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// One chunk of the chunked transfer coding.
pub(crate) fn chunk(data: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
    out
}

pub(crate) const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

pub(crate) fn code(exchange: &Exchange) -> &str {
    exchange.error.as_ref().map_or("", |error| &error.code)
}
