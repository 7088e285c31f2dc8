//! The life of one request, on the reader thread.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use hyper_util::client::legacy::connect::HttpInfo;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::marks::{MARKS, Marks};
use crate::record::Record;
use crate::watch::{Waiting, Watch};
use crate::{Clock, Exchange, Head, Limits, Progress, Stamp, WireCode, WireError, fault};

/// Frames after which deadlines and cancellation are looked at even if there is always more to
/// read; otherwise they are looked at when there is not.
const UNWATCHED: u32 = 256;

/// A request that is ready to leave.
pub(crate) struct Job {
    pub(crate) client: reqwest::Client,
    pub(crate) request: reqwest::Request,
    pub(crate) limits: Limits,
    pub(crate) scheduled: Stamp,
    pub(crate) marks: Arc<Marks>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) head: oneshot::Sender<Head>,
    pub(crate) cancelled: oneshot::Receiver<()>,
}

/// Sends the request and reads its answer to the end.
pub(crate) async fn drive(job: Job) -> Exchange {
    let Job { client, request, limits, scheduled, marks, progress, head, mut cancelled } = job;
    let started = Clock::now();
    let mut record = Record::new(scheduled, started);
    if !matches!(cancelled.try_recv(), Err(TryRecvError::Empty)) {
        progress.finish();
        return record.finish(Some(WireError::new(WireCode::Cancelled, "it never left")));
    }
    let mut watch = Watch::new(limits.clone(), started, cancelled);

    let sending = MARKS.scope(Arc::clone(&marks), client.execute(request));
    let outcome = match wait_for_head(sending, &mut watch, &marks).await {
        Ok(response) => match accept_head(&response, &mut record, &marks, &limits, head) {
            Ok(()) => {
                read_body(response, &mut record, &mut watch, &marks, &limits, &progress).await
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };

    record.timing.dns_ns = marks.dns_ns();
    record.timing.written = marks.written();
    if record.timing.headers.is_none() {
        record.timing.connect_ns = marks.connect_ns();
        record.timing.reused = marks.connect_ns().map(|_| false);
    }
    let exchange = record.finish(outcome.err());
    // The connection goes back to the pool in a task of its own. Let it, before the caller can
    // send the next request, which would otherwise open another connection.
    tokio::task::yield_now().await;
    progress.finish();
    exchange
}

async fn wait_for_head(
    sending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    watch: &mut Watch,
    marks: &Marks,
) -> Result<reqwest::Response, WireError> {
    let mut sending = pin!(sending);
    poll_fn(|cx| match sending.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(answer.map_err(|error| fault::classify(&error))),
        Poll::Pending => watch.poll(cx, Waiting::FirstByte, marks).map(Err),
    })
    .await
}

/// Stamps and keeps the head.
fn accept_head(
    response: &reqwest::Response,
    record: &mut Record,
    marks: &Marks,
    limits: &Limits,
    announce: oneshot::Sender<Head>,
) -> Result<(), WireError> {
    let timing = &mut record.timing;
    timing.headers = Some(Clock::now());
    timing.http_version = Some(format!("{:?}", response.version()));
    let local = response.extensions().get::<HttpInfo>().map(HttpInfo::local_addr);
    let opened = marks.opened(local);
    timing.reused = Some(!opened);
    timing.connect_ns = marks.connect_ns().filter(|_| opened);

    let size: usize =
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > limits.max_headers {
        let message = format!("the headers are larger than {} bytes", limits.max_headers);
        return Err(WireError::new(WireCode::HeadersTooLarge, message));
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let head = Head { status: response.status().as_u16(), headers };
    // Nobody waits for the head if the caller goes straight for the whole exchange.
    let _ = announce.send(head.clone());
    record.head = Some(head);
    Ok(())
}

/// Drains the body.
///
/// hyper hands over one chunk of the transfer coding at a time, even when many came in one packet.
/// So when nothing is ready the task lets the connection's task run once more before it believes
/// it; what then turns up was already there and belongs to the same read.
async fn read_body(
    mut response: reqwest::Response,
    record: &mut Record,
    watch: &mut Watch,
    marks: &Marks,
    limits: &Limits,
    progress: &Progress,
) -> Result<(), WireError> {
    let mut asked_again = true;
    let mut unwatched = 0;
    poll_fn(|cx| {
        loop {
            let waiting = record.last_read().map_or(Waiting::FirstByte, Waiting::More);
            if unwatched >= UNWATCHED {
                unwatched = 0;
                if let Poll::Ready(error) = watch.poll(cx, waiting, marks) {
                    return Poll::Ready(Err(error));
                }
            }
            // The future holds nothing between two polls, so a new one each time loses nothing.
            match pin!(response.chunk()).poll(cx) {
                Poll::Ready(Ok(Some(data))) => {
                    if data.is_empty() {
                        continue;
                    }
                    record.take(&data, limits.max_body, progress)?;
                    asked_again = false;
                    unwatched += 1;
                }
                Poll::Ready(Ok(None)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(fault::classify(&error))),
                Poll::Pending if !asked_again => {
                    asked_again = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => {
                    record.close_read();
                    unwatched = 0;
                    return watch.poll(cx, waiting, marks).map(Err);
                }
            }
        }
    })
    .await
}
