//! A server of plain threads, of which every byte and every pause is scripted.
//!
//! It answers `/v1/models` and `/health` as a server should; a script answers
//! the chat route. It goes away with its value.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::JoinHandle,
    time::Duration,
};

use serde_json::{Value, json};

/// The head of a stream in chunks.
pub const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// No connection is kept longer without a request.
const IDLE: Duration = Duration::from_secs(30);

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It waits for the next request.
    Keep,
    /// It is closed in order.
    Close,
    /// It is reset: closing with a request unread does that.
    Reset,
}

type Script = dyn Fn(&mut Answer) -> io::Result<After> + Send + Sync;

/// A running server.
pub struct Scripted {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Scripted {
    /// A server whose chat route is answered by a script.
    ///
    /// # Panics
    /// When the loopback cannot be listened to.
    #[must_use]
    pub fn start(chat: impl Fn(&mut Answer) -> io::Result<After> + Send + Sync + 'static) -> Self {
        Self::routes(move |answer| if answer.is_chat() { chat(answer) } else { usual(answer) })
    }

    /// A server whose every route is answered by a script; [`usual`] helps.
    ///
    /// # Panics
    /// As [`Scripted::start`].
    #[must_use]
    pub fn routes(
        script: impl Fn(&mut Answer) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = Arc::new(AtomicBool::new(false));
        let (script, chats): (Arc<Script>, _) = (Arc::new(script), Arc::default());
        let stopping = stop.clone();
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopping.load(SeqCst) {
                    return;
                }
                let (script, stop) = (script.clone(), stopping.clone());
                let chats: Arc<AtomicUsize> = Arc::clone(&chats);
                // An error is a client that went away, which is its right.
                std::thread::spawn(move || serve(stream, script.as_ref(), &stop, &chats));
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

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn serve(
    stream: TcpStream,
    script: &Script,
    stop: &Arc<AtomicBool>,
    chats: &AtomicUsize,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IDLE))?;
    loop {
        let (head, path, unread) = read_head(&stream)?;
        let (stream, stop) = (stream.try_clone()?, stop.clone());
        let mut answer = Answer { stream, stop, head, path, number: 0, unread };
        if answer.is_chat() {
            answer.number = chats.fetch_add(1, SeqCst);
        }
        let after = script(&mut answer)?;
        if after == After::Reset {
            return Ok(());
        }
        answer.request()?;
        if after == After::Close {
            return Ok(());
        }
    }
}

/// Reads a request's head and no byte more; gives it in lower case, its path,
/// and the length of its body.
fn read_head(mut stream: &TcpStream) -> io::Result<(String, String, usize)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    Ok((head, path, length))
}

/// A request, and the connection for its answer.
pub struct Answer {
    stream: TcpStream,
    stop: Arc<AtomicBool>,
    /// The request's head, in lower case.
    pub head: String,
    /// The path that was asked for.
    pub path: String,
    /// How many chat requests this server saw before this one.
    pub number: usize,
    unread: usize,
}

impl Answer {
    fn is_chat(&self) -> bool {
        self.path.ends_with("/chat/completions")
    }

    /// Reads the body of the request; empty when it was read before.
    ///
    /// # Errors
    /// When the client is gone.
    pub fn request(&mut self) -> io::Result<Vec<u8>> {
        let mut body = vec![0; std::mem::take(&mut self.unread)];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    /// Sends bytes as they are, in one call.
    ///
    /// # Errors
    /// When the client is gone.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Sends one chunk of a chunked body.
    ///
    /// # Errors
    /// As [`Answer::send`].
    pub fn chunk(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.send(chunked(bytes))
    }

    /// Sends an event in a chunk of its own.
    ///
    /// # Errors
    /// As [`Answer::send`].
    pub fn event(&mut self, data: impl std::fmt::Display) -> io::Result<()> {
        self.chunk(format!("data: {data}\n\n"))
    }

    /// Sends tokens of visible text, each after a pause.
    ///
    /// # Errors
    /// As [`Answer::send`].
    pub fn tokens(&mut self, count: usize, gap_ms: u64) -> io::Result<()> {
        for index in 0..count {
            pause(gap_ms);
            self.event(delta("content", &format!(" w{index}")))?;
        }
        Ok(())
    }

    /// Ends a stream in order, with counts if there are any.
    ///
    /// # Errors
    /// As [`Answer::send`].
    pub fn finish(&mut self, counts: Option<Value>) -> io::Result<After> {
        self.event(finish("length"))?;
        if let Some(counts) = counts {
            self.event(counts)?;
        }
        self.event("[DONE]")?;
        self.end()
    }

    /// Ends a chunked body.
    ///
    /// # Errors
    /// As [`Answer::send`].
    pub fn end(&mut self) -> io::Result<After> {
        self.send("0\r\n\r\n")?;
        Ok(After::Keep)
    }

    /// Sends a whole answer with its length.
    ///
    /// # Errors
    /// As [`Answer::send`].
    pub fn whole(&mut self, status: &str, headers: &str, body: &str) -> io::Result<After> {
        let length = body.len();
        self.send(format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}"))?;
        Ok(After::Keep)
    }

    /// Sends nothing until the server is stopped.
    ///
    /// # Errors
    /// None; the type is that of a script.
    pub fn stall(&mut self) -> io::Result<After> {
        while !self.stop.load(SeqCst) {
            pause(10);
        }
        Ok(After::Close)
    }
}

/// Waits.
pub fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Answers as a server without quirks: one model, and a page for everything else.
///
/// # Errors
/// As [`Answer::send`].
pub fn usual(answer: &mut Answer) -> io::Result<After> {
    let json = "content-type: application/json\r\n";
    match answer.path.as_str() {
        "/v1/models" => {
            let model = json!({ "id": "scripted", "object": "model", "owned_by": "nobody" });
            let list = json!({ "object": "list", "data": [model] });
            answer.whole("200 OK", json, &list.to_string())
        }
        "/health" => answer.whole("200 OK", json, "{}"),
        _ => answer.whole("404 Not Found", json, r#"{"error":{"message":"no such route"}}"#),
    }
}

/// One chunk of a chunked body.
#[must_use]
pub fn chunked(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// A chat event with a text under one key of its delta.
#[must_use]
pub fn delta(key: &str, text: &str) -> Value {
    event(json!({ "index": 0, "delta": { key: text }, "finish_reason": null }))
}

/// The event that says why an answer ends.
#[must_use]
pub fn finish(reason: &str) -> Value {
    event(json!({ "index": 0, "delta": {}, "finish_reason": reason }))
}

/// A chat event with one choice.
#[must_use]
pub fn event(choice: Value) -> Value {
    json!({
        "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [choice],
    })
}

/// The event that counts.
#[must_use]
pub fn usage(prompt: u64, output: u64) -> Value {
    let counts = json!({
        "prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output,
    });
    json!({
        "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [], "usage": counts,
    })
}
