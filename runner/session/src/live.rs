//! The live world: the network, the clock and the tape.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tachograph_model::{Digest, Failure};
use tachograph_net::{
    Client, Endpoint, Exchange, Framing, Head, Limits, Pending, Progress, Request, Stamp, WireCode,
    WireError,
};
use tachograph_sandbox::{CallId, Wire, WireResponse};
use tachograph_tape::{Record, TapeWriter};
use tokio::sync::{oneshot, watch};

use crate::{
    SessionError,
    gate::{Arriving, StepGate},
    journal::{Taped, fact_record},
    world::wire_failure,
};

/// A server that has begun to work on a request is not resent to: it could have
/// the prompt in its cache by then. A closed connection shows itself at once.
const STALE_WITHIN_NS: u64 = 50_000_000;
/// Connections in a row that may turn out to be closed by the server.
const STALE_CONNECTIONS: u32 = 3;

/// The user's wish to stop: send `true` once.
pub fn interrupt_channel() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}

/// A tape that lanes share.
type SharedTape = Arc<Mutex<Reel>>;

/// Where records go.
struct Reel {
    /// `None` while nothing is recorded (detection).
    tape: Option<TapeWriter>,
    /// The first record that could not be kept: the run is not sealed then.
    lost: Option<SessionError>,
}

/// The live world of one target.
pub(crate) struct Live {
    client: Client,
    endpoint: Endpoint,
    tape: SharedTape,
    interrupt: watch::Receiver<bool>,
    limits: Limits,
    streams: Arc<Mutex<Vec<Arc<Progress>>>>,
    /// Processes of a backend that this run has started.
    pids: Vec<u32>,
}

impl Live {
    /// A world that records nothing, to find out what is there.
    pub(crate) fn scouting(client: Client, endpoint: Endpoint, patience: Duration) -> Self {
        let limits = Limits {
            connect: patience,
            first_byte: patience,
            idle: patience,
            total: patience,
            ..Limits::default()
        };
        Self::with(client, endpoint, None, interrupt_channel().1, limits)
    }

    /// A world that records.
    pub(crate) fn recording(
        client: Client,
        endpoint: Endpoint,
        tape: TapeWriter,
        interrupt: watch::Receiver<bool>,
        patience: Option<Duration>,
    ) -> Self {
        let mut limits = Limits::default();
        if let Some(patience) = patience {
            (limits.first_byte, limits.idle) = (patience, patience);
            limits.total = limits.total.max(patience);
        }
        Self::with(client, endpoint, Some(tape), interrupt, limits)
    }

    fn with(
        client: Client,
        endpoint: Endpoint,
        tape: Option<TapeWriter>,
        interrupt: watch::Receiver<bool>,
        limits: Limits,
    ) -> Self {
        let tape = Arc::new(Mutex::new(Reel { tape, lost: None }));
        Self {
            client,
            endpoint,
            tape,
            interrupt,
            limits,
            streams: Arc::default(),
            pids: Vec::new(),
        }
    }

    /// Names the backend's process, when this run has started it.
    pub(crate) fn following(self, pid: Option<u32>) -> Self {
        Self { pids: pid.into_iter().collect(), ..self }
    }

    /// The processes to follow.
    pub(crate) fn pids(&self) -> &[u32] {
        &self.pids
    }

    /// Whether the user wants to stop.
    pub(crate) fn interrupted(&self) -> bool {
        *self.interrupt.borrow()
    }

    /// Tells when the user wants to stop.
    pub(crate) fn interruption(&self) -> watch::Receiver<bool> {
        self.interrupt.clone()
    }

    /// The client, to let it measure itself.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Opens connections before a measured step, and gives the least round trip.
    /// A server that cannot be reached shows itself in the step.
    pub(crate) async fn warm(&self, connections: usize) -> Option<u64> {
        // The answer does not matter, only that the connections are there.
        let warming = self.client.warm_path(&self.endpoint, "/health", connections);
        let _ = tokio::time::timeout(self.limits.first_byte, warming).await;
        self.client.rtt_floor(&self.endpoint, 3).await.ok()
    }

    /// The streams of the running step, for display.
    pub(crate) fn streams(&self) -> Arc<Mutex<Vec<Arc<Progress>>>> {
        self.streams.clone()
    }

    pub(crate) fn journal_fact(&self, key: &str, value: &Value) -> Result<(), SessionError> {
        append(&self.tape, &fact_record(key, value))
    }

    /// Closes the tape.
    pub(crate) fn finish_tape(&self) -> Result<Digest, SessionError> {
        let closed = || SessionError::Malformed {
            what: "the tape".to_owned(),
            reason: "it was closed before".to_owned(),
        };
        let mut reel = self.tape.lock().map_err(|_| closed())?;
        match reel.lost.take() {
            Some(error) => Err(error),
            None => Ok(reel.tape.take().ok_or_else(closed)?.finish()?),
        }
    }

    pub(crate) fn wire(&self, gate: Arc<StepGate>) -> Arc<dyn Wire> {
        if let Ok(mut streams) = self.streams.lock() {
            streams.clear();
        }
        Arc::new(LiveWire {
            client: self.client.clone(),
            endpoint: self.endpoint.clone(),
            tape: self.tape.clone(),
            interrupt: self.interrupt.clone(),
            limits: self.limits.clone(),
            streams: self.streams.clone(),
            gate,
        })
    }
}

async fn interruption(mut interrupt: watch::Receiver<bool>) {
    if interrupt.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could interrupt.
        std::future::pending::<()>().await;
    }
}

fn append(tape: &SharedTape, record: &Record) -> Result<(), SessionError> {
    let mut tape = tape.lock().map_err(|_| SessionError::Malformed {
        what: "the tape".to_owned(),
        reason: "a writer of it panicked".to_owned(),
    })?;
    match tape.tape.as_mut() {
        Some(writer) => Ok(writer.append(record)?),
        None => Ok(()),
    }
}

/// Notes that a record was lost, which is told when the tape is closed.
fn lose(tape: &SharedTape, error: SessionError) -> Failure {
    let failure = Failure::new("tape", error.to_string());
    if let Ok(mut reel) = tape.lock() {
        reel.lost.get_or_insert(error);
    }
    failure
}

/// Requests go to the network, and everything of them to the tape.
struct LiveWire {
    client: Client,
    endpoint: Endpoint,
    tape: SharedTape,
    interrupt: watch::Receiver<bool>,
    limits: Limits,
    streams: Arc<Mutex<Vec<Arc<Progress>>>>,
    gate: Arc<StepGate>,
}

impl Wire for LiveWire {
    fn send(
        &self,
        call: CallId,
        slot: &str,
        request: Request,
        framing: Framing,
    ) -> BoxFuture<'_, Result<Box<dyn WireResponse>, Failure>> {
        let slot = slot.to_owned();
        Box::pin(async move {
            // A refused request is not journalled: the replay refuses it again.
            request.check(&self.endpoint).map_err(|error| wire_failure(&WireError::from(error)))?;
            let streaming = framing != Framing::Raw;
            let due = match streaming {
                true => tokio::select! {
                    due = self.gate.ready(&call.invocation) => due,
                    // A lane that never gets ready must not hold up a stop.
                    () = interruption(self.interrupt.clone()) => tachograph_net::Clock::now(),
                },
                false => tachograph_net::Clock::now(),
            };
            let arriving = streaming.then(|| self.gate.arriving());
            let answer = self.answer(&request, streaming, due).await;
            let entry = Entry { call, slot, framing, request, tape: self.tape.clone() };
            match answer {
                Ok((head, pending)) => {
                    let stream = Some(Stream::read(pending, arriving, entry, self));
                    Ok(Box::new(LiveResponse { head, stream }) as Box<dyn WireResponse>)
                }
                Err(mut exchange) => {
                    drop(arriving);
                    // What arrived between a stop and now is no answer.
                    exchange.head = None;
                    let error = exchange.error.get_or_insert_with(cancelled).clone();
                    entry.journal(Arc::from(exchange))?;
                    Err(wire_failure(&error))
                }
            }
        })
    }
}

impl LiveWire {
    /// Sends a request and waits for its headers; without them the exchange has
    /// failed, or was stopped here.
    async fn answer(
        &self,
        request: &Request,
        streaming: bool,
        due: Stamp,
    ) -> Result<(Head, Pending), Box<Exchange>> {
        for attempt in 1.. {
            let limits = self.limits.clone();
            let mut pending = self.client.start_at(&self.endpoint, request.clone(), limits, due);
            if streaming && let Ok(mut streams) = self.streams.lock() {
                streams.push(pending.progress());
            }
            let head = tokio::select! {
                head = pending.head() => head.cloned().ok(),
                () = interruption(self.interrupt.clone()) => None,
            };
            if let Some(head) = head {
                return Ok((head, pending));
            }
            let exchange = pending.finish_unless(std::future::ready(())).await;
            if attempt > STALE_CONNECTIONS || !met_a_stale_connection(&exchange) {
                return Err(Box::new(exchange));
            }
            tracing::debug!(attempt, "the server had closed this connection; taking another");
        }
        unreachable!("the loop ends with an answer or a failure")
    }
}

/// Some servers close a connection after each stream without saying so, and the
/// next request may be written before the close arrives. It was never answered
/// and never measured: it is sent again, on another connection, and what is on
/// the tape is that second sending.
fn met_a_stale_connection(exchange: &Exchange) -> bool {
    let closed = |error: &WireError| {
        error.code == WireCode::ClosedEarly.as_str() || error.code == WireCode::Reset.as_str()
    };
    let timing = &exchange.timing;
    let at_once = timing.end.since(timing.started) < STALE_WITHIN_NS;
    let pooled = timing.connect_ns.is_none();
    pooled && at_once && exchange.head.is_none() && exchange.error.as_ref().is_some_and(closed)
}

fn cancelled() -> WireError {
    WireError::new(WireCode::Cancelled, "the run was stopped")
}

/// What the tape keeps of a request besides its exchange.
struct Entry {
    call: CallId,
    slot: String,
    framing: Framing,
    request: Request,
    tape: SharedTape,
}

impl Entry {
    fn journal(self, exchange: Arc<Exchange>) -> Result<(), Failure> {
        let Self { call, slot, framing, request, tape } = self;
        let exchange = Exchange::clone(&exchange);
        Taped { call, slot, framing, request, exchange }
            .record()
            .and_then(|record| append(&tape, &record))
            .map_err(|error| lose(&tape, error))
    }
}

/// A stream that is read to its end by a task of its own, so that it ends (and
/// the gate learns of it) whether or not a guest asks for it.
struct Stream {
    exchange: oneshot::Receiver<Exchange>,
    /// Dropped to hang up.
    hold: oneshot::Sender<()>,
    entry: Entry,
    /// The gate to wait for, unless this is no stream of a step.
    gate: Option<Arc<StepGate>>,
    interrupt: watch::Receiver<bool>,
}

impl Stream {
    fn read(pending: Pending, arriving: Option<Arriving>, entry: Entry, wire: &LiveWire) -> Self {
        let gate = arriving.is_some().then(|| wire.gate.clone());
        let (done, exchange) = oneshot::channel();
        let (hold, mut held) = oneshot::channel::<()>();
        let interrupt = wire.interrupt.clone();
        tokio::spawn(async move {
            let stop = async {
                tokio::select! {
                    () = interruption(interrupt) => {}
                    _ = &mut held => {}
                }
            };
            let exchange = pending.finish_unless(stop).await;
            drop(arriving);
            // Nobody is left to tell when the whole run has gone away.
            let _ = done.send(exchange);
        });
        Self { exchange, hold, entry, gate, interrupt: wire.interrupt.clone() }
    }

    async fn finish(self) -> Arc<Exchange> {
        let Self { exchange, hold, entry, gate, interrupt } = self;
        let Ok(exchange) = exchange.await else {
            // The reading task is gone only with the runtime, and so is this one.
            return std::future::pending().await;
        };
        drop(hold);
        if let Some(gate) = gate {
            tokio::select! {
                () = gate.quiet() => {}
                () = interruption(interrupt) => {}
            }
        }
        let mut exchange = Arc::new(exchange);
        if let Err(failure) = entry.journal(exchange.clone()) {
            // A sample whose evidence could not be written is no sample.
            let error =
                WireError { code: failure.code, message: failure.message, retryable: false };
            Arc::make_mut(&mut exchange).error = Some(error);
        }
        exchange
    }
}

struct LiveResponse {
    head: Head,
    stream: Option<Stream>,
}

impl WireResponse for LiveResponse {
    fn head(&self) -> &Head {
        &self.head
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Arc<Exchange>> {
        let stream = self.stream.take();
        Box::pin(async move {
            match stream {
                Some(stream) => stream.finish().await,
                None => std::future::pending().await,
            }
        })
    }
}

impl Drop for LiveResponse {
    /// A guest that drops a response unread still leaves it on the tape, so
    /// that a replay can hand out its head.
    fn drop(&mut self) {
        if let Some(Stream { exchange, hold, entry, .. }) = self.stream.take() {
            drop(hold);
            tokio::spawn(async move {
                let Ok(exchange) = exchange.await else { return };
                if let Err(failure) = entry.journal(Arc::new(exchange)) {
                    tracing::warn!(code = failure.code, "{}", failure.message);
                }
            });
        }
    }
}
