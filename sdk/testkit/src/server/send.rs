//! Connections: requests in, scripted bytes out.

use std::{io, sync::Arc, time::Duration};

use tachograph_net::{Clock, Stamp};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpStream, tcp::WriteHalf},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    Sent, Shared, Streamed, request,
    stage::{Cut, End, Reply, Whole},
};
use crate::answer::Rendered;

/// No connection is kept longer without a request.
const IDLE: Duration = Duration::from_secs(30);
/// How long a stalled stream is held open; the client gives up long before.
const STALL: Duration = Duration::from_secs(30);
/// What lies between the last byte and the break of a connection.
const BREAK: Duration = Duration::from_millis(30);
/// What lies between the halves of a character.
const HALF: Duration = Duration::from_millis(2);

/// Serves one connection to its end.
pub(super) async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    // A client that went away is its right; nobody waits for the error.
    let end = exchanges(&mut stream, &shared).await;
    if matches!(end, Ok(End::Reset)) {
        // Closing then resets.
        let _ = stream.set_zero_linger();
    }
}

async fn exchanges(stream: &mut TcpStream, shared: &Shared) -> io::Result<End> {
    stream.set_nodelay(true)?;
    let (from, mut to) = stream.split();
    let mut from = BufReader::new(from);
    loop {
        let Ok(asked) = timeout(IDLE, request::read(&mut from)).await else {
            return Ok(End::Close);
        };
        let Some(asked) = asked? else { return Ok(End::Close) };
        let read = Clock::now();
        let due = Instant::now();
        let (reply, cut) = {
            let mut scene = shared.scene();
            (shared.backend.reply(&asked, &mut scene), scene.cut)
        };
        shared.log().asked.push(asked);
        let closes = shared.backend.closes_after_body();
        let version = if closes { "HTTP/1.0" } else { "HTTP/1.1" };
        match reply {
            Reply::Whole(whole) => send_whole(&mut to, version, closes, &whole).await?,
            Reply::Stream(rendered, end) => {
                let mut head =
                    format!("{version} 200 OK\r\ncontent-type: {}\r\n", rendered.content_type);
                for (name, value) in shared.backend.headers() {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                if !closes {
                    head.push_str("transfer-encoding: chunked\r\n");
                }
                head.push_str("\r\n");
                to.write_all(head.as_bytes()).await?;
                let slot = {
                    let mut log = shared.log();
                    let rendered = Rendered::clone(&rendered);
                    log.streamed.push(Streamed { asked: read, rendered, sent: Vec::new() });
                    log.streamed.len() - 1
                };
                let mut body = Body { to: &mut to, chunked: !closes, cut };
                let note = |sent: Sent| {
                    if let Some(streamed) = shared.log().streamed.get_mut(slot) {
                        streamed.sent.push(sent);
                    }
                };
                body.send(&rendered, due, note).await?;
                match end {
                    End::Whole if !closes => to.write_all(b"0\r\n\r\n").await?,
                    End::Stall => {
                        sleep(STALL).await;
                        return Ok(End::Close);
                    }
                    End::Whole => {}
                    end => {
                        // What was sent arrives before the connection breaks.
                        sleep(BREAK).await;
                        return Ok(end);
                    }
                }
            }
        }
        if closes {
            return Ok(End::Close);
        }
    }
}

async fn send_whole(
    to: &mut WriteHalf<'_>,
    version: &str,
    closes: bool,
    whole: &Whole,
) -> io::Result<()> {
    let mut head = format!("{version} {} Kit\r\n", whole.status);
    for (name, value) in &whole.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !closes {
        head.push_str(&format!("content-length: {}\r\n", whole.body.len()));
    }
    head.push_str("\r\n");
    to.write_all(&[head.as_bytes(), &whole.body].concat()).await
}

struct Body<'a, 'b> {
    to: &'a mut WriteHalf<'b>,
    chunked: bool,
    cut: Cut,
}

impl Body<'_, '_> {
    /// Sends every message when it is due, and tells what was sent.
    async fn send(
        &mut self,
        rendered: &Rendered,
        due: Instant,
        mut note: impl FnMut(Sent),
    ) -> io::Result<()> {
        let mut place = 0;
        for message in &rendered.messages {
            sleep_until(due + message.at).await;
            let began: Stamp = Clock::now();
            let end = place + message.bytes.len() as u64;
            // Told before it is sent: whoever has the bytes finds them here.
            note(Sent { began, start: place, end });
            place = end;
            self.message(&message.bytes).await?;
        }
        Ok(())
    }

    async fn message(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.cut {
            Cut::Messages => self.write(bytes).await,
            Cut::Bytes => {
                for byte in bytes {
                    self.write(std::slice::from_ref(byte)).await?;
                }
                Ok(())
            }
            Cut::Characters => {
                let mut rest = bytes;
                // A byte of this form goes on with a character.
                let inside = |byte: &u8| byte & 0xc0 == 0x80;
                while let Some(cut) = rest.iter().position(inside) {
                    self.write(&rest[..cut]).await?;
                    sleep(HALF).await;
                    let after = rest[cut..].iter().position(|byte| !inside(byte));
                    let after = cut + after.unwrap_or(rest.len() - cut);
                    self.write(&rest[cut..after]).await?;
                    rest = &rest[after..];
                }
                self.write(rest).await
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.chunked {
            return self.to.write_all(bytes).await;
        }
        let head = format!("{:x}\r\n", bytes.len());
        self.to.write_all(&[head.as_bytes(), bytes, b"\r\n"].concat()).await
    }
}
