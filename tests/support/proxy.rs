//! A proxy on loopback that slows a server down, or changes what it says.
//!
//! Bytes go through as they are, but that each event of a stream is held for a
//! while, and one text may be exchanged for another of its length.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Ends an event in a chunk of its own.
const EVENT_END: &[u8] = b"\n\n\r\n";

/// What a proxy does to answers.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Milliseconds that the first event of an answer is held.
    pub first_ms: u64,
    /// Milliseconds that each other event is held.
    pub pace_ms: u64,
    /// Texts and what stands in their place, each pair of one length.
    pub swaps: Vec<(&'static str, &'static str)>,
}

/// A running proxy; it goes away with its value.
pub struct Proxy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy in front of a server such as `http://127.0.0.1:8099`.
    ///
    /// # Panics
    /// When the loopback cannot be listened to, or a swap changes lengths.
    #[must_use]
    pub fn start(upstream: &str, manner: Manner) -> Self {
        for (from, to) in &manner.swaps {
            assert_eq!(from.len(), to.len(), "a swap keeps lengths");
        }
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = stop.clone();
        let accepting = std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stopping.load(SeqCst) {
                    return;
                }
                // A server that is gone closes the client's connection, as it would itself.
                let Ok(server) = TcpStream::connect(&upstream) else { continue };
                drop(join(client, server, &manner));
            }
        });
        Self { address, stop, accepting: Some(accepting) }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn join(client: TcpStream, server: TcpStream, manner: &Manner) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asking, mut asked) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        drop(io::copy(&mut asking, &mut asked));
        drop(asked.shutdown(std::net::Shutdown::Both));
    });
    let manner = manner.clone();
    std::thread::spawn(move || {
        let client_end = client.try_clone();
        drop(answer(server, client, &manner));
        if let Ok(client) = client_end {
            drop(client.shutdown(std::net::Shutdown::Both));
        }
    });
    Ok(())
}

fn answer(mut server: TcpStream, mut client: TcpStream, manner: &Manner) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    // The headers may come before the first event, or with it.
    let mut opening = false;
    loop {
        let n = server.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        let mut bytes = buffer[..n].to_vec();
        for (from, to) in &manner.swaps {
            exchange(&mut bytes, from.as_bytes(), to.as_bytes());
        }
        opening |= find(&bytes, b"HTTP/1.").is_some();
        let mut rest = &bytes[..];
        while let Some(at) = find(rest, EVENT_END) {
            let (event, after) = rest.split_at(at + EVENT_END.len());
            let held = if opening { manner.first_ms } else { manner.pace_ms };
            opening = false;
            std::thread::sleep(Duration::from_millis(held));
            client.write_all(event)?;
            rest = after;
        }
        client.write_all(rest)?;
    }
}

fn exchange(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| find(rest, from)) {
        at += next;
        bytes[at..at + to.len()].copy_from_slice(to);
        at += to.len();
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
