//! An engine on loopback and a client that sees the bytes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failure here fails the test")]

use std::time::Duration;

use serde_json::{Value, json};
use tachograph_engine::{Engine, EngineOptions, ModelShape, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longer than any answer in these tests takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A served engine; stops when dropped.
pub(crate) struct Server {
    port: u16,
    task: JoinHandle<()>,
}

/// A response with its body whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Options of a model small enough that a test takes milliseconds.
pub(crate) fn small() -> EngineOptions {
    let shape =
        ModelShape { layers: 2, dim: 64, heads: 2, kv_heads: 1, head_dim: 32, ff: 64, vocab: 4096 };
    EngineOptions { threads: 2, context: 4096, slots: 4, shape, ..EngineOptions::default() }
}

impl Server {
    pub(crate) async fn start(options: EngineOptions) -> Self {
        let engine = Engine::new(options).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            serve(engine, listener, std::future::pending()).await.unwrap();
        });
        Self { port, task }
    }

    /// Sends a request and returns the open connection.
    pub(crate) async fn open(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: engine\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        stream
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let stream = self.open(method, path, body).await;
        finish(stream).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        answer.json()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.send("POST", path, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Returns the data of every event of a streamed answer.
    pub(crate) async fn events(&self, path: &str, mut body: Value) -> Vec<String> {
        body["stream"] = json!(true);
        let answer = self.send("POST", path, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.head.contains("content-type: text/event-stream"), "{}", answer.head);
        let text = String::from_utf8(answer.body).unwrap();
        let events = text.split("\n\n").filter(|event| !event.is_empty());
        events.map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Reads a response to its end.
pub(crate) async fn finish(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    read.expect("the answer takes too long").unwrap();
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = bytes[split + 4..].to_vec();
    if head.contains("transfer-encoding: chunked") {
        body = dechunk(&body);
    }
    Answer { status, head, body }
}

fn dechunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|w| w == b"\r\n").unwrap();
        let size = std::str::from_utf8(&bytes[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[line + 2..][..size]);
        bytes = &bytes[line + 2 + size + 2..];
    }
}
