//! The harness measures itself: a server of known truth, in this process.
//!
//! It notes the clock at each write; the client stamps each read. What lies
//! between is what this harness adds on this machine, the loopback included.

use std::{
    io::{self, Read, Write},
    net::TcpListener,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tachograph_net::{Client, Clock, Endpoint, Limits, Request, Stamp};

/// Events that the server sends, and the gap between them.
const EVENTS: usize = 24;
const GAP: Duration = Duration::from_micros(500);

/// What the self-test found. `None` where it could not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelfTest {
    pub n: u32,
    pub p50_ns: Option<u64>,
    pub max_ns: Option<u64>,
}

/// Runs the self-test; a machine without a loopback gives an empty one.
pub(crate) async fn run(client: &Client) -> SelfTest {
    match added_latencies(client).await {
        Ok(mut added) if !added.is_empty() => {
            added.sort_unstable();
            SelfTest {
                n: u32::try_from(added.len()).unwrap_or(u32::MAX),
                p50_ns: added.get(added.len() / 2).copied(),
                max_ns: added.last().copied(),
            }
        }
        Ok(_) => SelfTest::default(),
        Err(error) => {
            tracing::warn!(%error, "the harness self-test could not run");
            SelfTest::default()
        }
    }
}

async fn added_latencies(client: &Client) -> io::Result<Vec<u64>> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    // A thread of its own: the runtime's timers are too coarse for the gaps, and
    // it can be left behind when nobody connects.
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || tell.send(serve(&listener)));
    let endpoint = Endpoint::bind("self-test", &url, None).map_err(io::Error::other)?;
    let request = Request::post_json("/", "{}");
    let exchange = client.start(&endpoint, request, Limits::default()).finish().await;
    if let Some(error) = exchange.error {
        return Err(io::Error::other(error));
    }
    let sent = told.await.map_err(io::Error::other)??;
    // Each event is a chunk of the same length, so bytes tell which event a read ended.
    let event = EVENT.len() as u64;
    let mut added = Vec::with_capacity(sent.len());
    let mut bytes = 0;
    for read in &exchange.reads {
        bytes += u64::from(read.len);
        while (added.len() as u64 + 1) * event <= bytes {
            let Some(truth) = sent.get(added.len()) else { return Ok(added) };
            added.push(read.at.since(*truth));
        }
    }
    Ok(added)
}

const EVENT: &str = "data: {\"token\":\"x\"}\n\n";

fn serve(listener: &TcpListener) -> io::Result<Vec<Stamp>> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.ends_with(b"{}") {
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => request.extend_from_slice(&buffer[..n]),
        }
    }
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    let chunk = format!("{:x}\r\n{EVENT}\r\n", EVENT.len());
    let mut sent = Vec::with_capacity(EVENTS);
    for _ in 0..EVENTS {
        std::thread::sleep(GAP);
        sent.push(Clock::now());
        stream.write_all(chunk.as_bytes())?;
    }
    stream.write_all(b"0\r\n\r\n")?;
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_event_is_accounted_for() {
        let test = run(&Client::new().unwrap()).await;
        assert_eq!(test.n as usize, EVENTS);
        assert!(test.p50_ns.unwrap() <= test.max_ns.unwrap());
        assert!(test.p50_ns.unwrap() < 50_000_000, "{test:?}");
    }
}
