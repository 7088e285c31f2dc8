//! A web server on loopback that serves a folder, and misbehaves where it is
//! told to. Written on sockets, since no library misbehaves.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How a path is answered instead of from the folder.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, with their length.
    Bytes(Vec<u8>),
    /// A status without a body.
    Status(u16),
    /// A body without an end and without a length.
    Endless,
    /// A length that lies about these bytes.
    Length(u64, Vec<u8>),
    /// The file, one byte every so often.
    Slow(Duration),
    /// The headers, and then silence.
    Silent,
    /// Another address.
    Redirect(String),
    /// These bytes, called gzip.
    Gzip(Vec<u8>),
    /// The first half of the file, and then the connection breaks.
    Half,
}

pub(crate) struct Server {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    replies: Mutex<BTreeMap<String, Reply>>,
    asked: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) fn new(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            replies: Mutex::default(),
            asked: Mutex::default(),
        });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                // A client that hangs up ends its thread.
                thread::spawn(move || serve(&shared, stream));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn reply(&self, name: &str, reply: Reply) {
        self.shared.replies.lock().unwrap().insert(format!("/{name}"), reply);
    }

    /// The paths that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

fn serve(shared: &Shared, stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    shared.asked.lock().unwrap().push(path.clone());
    let reply = shared.replies.lock().unwrap().get(&path).cloned();
    answer(shared, stream, &path, reply)
}

fn answer(
    shared: &Shared,
    mut out: TcpStream,
    path: &str,
    reply: Option<Reply>,
) -> std::io::Result<()> {
    let file = || fs::read(shared.folder.join(path.trim_start_matches('/')));
    let head = |length: u64| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n");
    let close = "Connection: close\r\n\r\n";
    match reply {
        None => match file() {
            Ok(bytes) => {
                write!(out, "{}{close}", head(bytes.len() as u64))?;
                out.write_all(&bytes)
            }
            Err(_) => write!(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n{close}"),
        },
        Some(Reply::Bytes(bytes)) => {
            write!(out, "{}{close}", head(bytes.len() as u64))?;
            out.write_all(&bytes)
        }
        Some(Reply::Status(status)) => {
            write!(out, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n{close}")
        }
        Some(Reply::Endless) => {
            write!(out, "HTTP/1.1 200 OK\r\n{close}")?;
            loop {
                out.write_all(&[b'#'; 4096])?;
            }
        }
        Some(Reply::Length(length, bytes)) => {
            write!(out, "{}{close}", head(length))?;
            out.write_all(&bytes)
        }
        Some(Reply::Slow(pause)) => {
            let bytes = file()?;
            write!(out, "{}{close}", head(bytes.len() as u64))?;
            for byte in bytes {
                out.write_all(&[byte])?;
                thread::sleep(pause);
            }
            Ok(())
        }
        Some(Reply::Silent) => {
            write!(out, "{}{close}", head(10))?;
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Some(Reply::Redirect(to)) => {
            write!(out, "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n{close}")
        }
        Some(Reply::Gzip(bytes)) => {
            let length = head(bytes.len() as u64);
            write!(out, "{length}Content-Encoding: gzip\r\n{close}")?;
            out.write_all(&bytes)
        }
        Some(Reply::Half) => {
            let bytes = file()?;
            write!(out, "{}{close}", head(bytes.len() as u64))?;
            out.write_all(&bytes[..bytes.len() / 2])
        }
    }
}
