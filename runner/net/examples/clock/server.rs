//! The server with the known schedule. One thread, plain sockets.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::time::Duration;

use tachograph_net::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

use crate::Fallible;
use crate::anchor::Anchor;
use crate::schedule::{EVENT, Gap, Gaps, TTFT};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Serves until the standard input is closed.
pub(crate) fn run() -> Fallible<()> {
    let anchor = Anchor::take();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                // A client that hung up is not this server's concern.
                let _ = connection(stream, anchor).await;
            });
        }
    })
}

async fn connection(mut stream: TcpStream, anchor: Anchor) -> Fallible<()> {
    let mut request = Vec::with_capacity(4096);
    loop {
        request.clear();
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let received = anchor.shared(Clock::now());
        let text = String::from_utf8_lossy(&request);
        let parts: Vec<&str> = text.split(' ').nth(1).unwrap_or("/").split('/').collect();
        match parts.as_slice() {
            ["", "none", tokens, _] => flood(&mut stream, tokens.parse()?).await?,
            ["", gap, tokens, seed] => {
                let gap = if *gap == "even" { Gap::Even } else { Gap::Uneven };
                let gaps = Gaps { gap, state: seed.parse()? };
                paced(&mut stream, gaps, tokens.parse()?, received, anchor).await?;
            }
            _ => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?,
        }
    }
}

/// Sends each token when it is due and the true times at the end.
async fn paced(
    stream: &mut TcpStream,
    mut gaps: Gaps,
    tokens: usize,
    received: u64,
    anchor: Anchor,
) -> Fallible<()> {
    let mut due = Instant::now() + TTFT;
    stream.write_all(HEAD.as_bytes()).await?;
    let event = chunk(EVENT);
    let mut log = format!("data: {{\"received\":{received},\"sent\":[");
    for index in 0..tokens {
        sleep_until(due).await;
        let sent = anchor.shared(Clock::now());
        stream.write_all(event.as_bytes()).await?;
        write!(log, "{}{sent}", if index == 0 { "" } else { "," })?;
        due += gaps.step();
    }
    log.push_str("]}\n\n");
    // Apart, so that the log is not part of the last token's packet.
    tokio::time::sleep(Duration::from_millis(5)).await;
    stream.write_all(format!("{}0\r\n\r\n", chunk(&log)).as_bytes()).await?;
    Ok(())
}

/// Sends everything at once, in one buffer, so that the client is what limits the rate.
async fn flood(stream: &mut TcpStream, tokens: usize) -> Fallible<()> {
    let answer = format!("{HEAD}{}0\r\n\r\n", chunk(EVENT).repeat(tokens));
    stream.write_all(answer.as_bytes()).await?;
    Ok(())
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}
