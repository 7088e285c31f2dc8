//! The yardstick: hyper alone, one task per stream, a stamp per frame and nothing else.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::future::try_join_all;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tachograph_net::{Clock, Read, Stamp};
use tokio::net::TcpStream;

use crate::Fallible;
use crate::outcome::{Meter, Outcome, Stream};
use crate::schedule::Schedule;

struct Stamped {
    started: Stamp,
    frames: Vec<(Stamp, u32)>,
    data: Vec<Bytes>,
    end: Stamp,
}

pub(crate) fn run(address: SocketAddr, schedule: Schedule) -> Fallible<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let open = try_join_all((0..schedule.streams).map(|_| connect(address))).await?;
        let meter = Meter::start();
        let tasks = open.into_iter().enumerate().map(|(index, connection)| {
            tokio::spawn(stream(connection, schedule.path(index), !schedule.is_flood()))
        });
        let tasks: Vec<_> = tasks.collect();
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await??);
        }
        let streams: Vec<Stream> = done.into_iter().map(Stream::from).collect();
        meter.stop(schedule, &streams)
    })
}

async fn connect(address: SocketAddr) -> Fallible<SendRequest<Empty<Bytes>>> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    // One request, as the measured client's warm-up sends.
    let request = http::Request::get("/").header("host", "server").body(Empty::new())?;
    sender.send_request(request).await?.into_body().collect().await?;
    Ok(sender)
}

/// `keep` holds on to the bytes of a paced stream, whose last event is the server's log.
async fn stream(
    mut sender: SendRequest<Empty<Bytes>>,
    path: String,
    keep: bool,
) -> Fallible<Stamped> {
    sender.ready().await?;
    let request = http::Request::get(path).header("host", "server").body(Empty::new())?;
    let started = Clock::now();
    let mut body = sender.send_request(request).await?.into_body();
    let (mut frames, mut data) = (Vec::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            frames.push((Clock::now(), bytes.len() as u32));
            if keep {
                data.push(bytes);
            }
        }
    }
    Ok(Stamped { started, frames, data, end: Clock::now() })
}

impl From<Stamped> for Stream {
    fn from(stamped: Stamped) -> Stream {
        let Stamped { started, frames, data, end } = stamped;
        let reads = frames.into_iter().map(|(at, len)| Read { at, len }).collect();
        Stream { started, reads, body: data.concat(), end }
    }
}
