//! Sends requests and reads answers on the reader thread.

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpStream;

use crate::drive::{Job, drive};
use crate::http_client::{ClientOptions, build};
use crate::marks::Marks;
use crate::outgoing::outgoing;
use crate::reader::Reader;
use crate::record::Record;
use crate::resolve::PolicyResolver;
use crate::warm::open_all;
use crate::{
    Clock, Connect, Endpoint, Limits, NetError, Pending, Request, Stamp, WireCode, WireError, fault,
};

/// A measured HTTP client: one reader thread, one connection pool. Cheap to clone.
///
/// No proxies, no redirects, no cookies, no decompression, no retries of a request that was
/// written. HTTP/2 is used where TLS negotiates it.
///
/// ```no_run
/// # async fn example() -> Result<(), tachograph_net::NetError> {
/// use tachograph_net::{Client, Endpoint, Framing, Limits, Request, frames};
///
/// let client = Client::new()?;
/// let endpoint = Endpoint::bind("api", "http://127.0.0.1:8080", None)?;
/// client.warm(&endpoint, 4).await?;
/// let request = Request::post_json("/v1/completions", r#"{"prompt":"Hello","stream":true}"#);
/// let exchange = client.start(&endpoint, request, Limits::default()).finish().await;
/// for frame in frames(Framing::Sse, &exchange.body, &exchange.reads) {
///     let arrived = exchange.reads[frame.read].at;
///     let since = arrived.since(exchange.timing.started);
///     assert!(since > 0 && !frame.data.is_empty());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    resolver: PolicyResolver,
    reader: Reader,
}

impl Client {
    /// Starts the reader thread.
    ///
    /// # Errors
    /// `client-start` if the thread or its timers and sockets cannot be made.
    pub fn new() -> Result<Client, NetError> {
        Client::with_options(ClientOptions::default())
    }

    /// As [`Client::new`], with names and certificates of the user's own.
    ///
    /// # Errors
    /// As [`Client::new`], and `client-start` for a certificate that cannot be read.
    pub fn with_options(options: ClientOptions) -> Result<Client, NetError> {
        let reader = Reader::start()?;
        let http = build(&options)?;
        let resolver = PolicyResolver { hosts: Arc::new(options.hosts) };
        Ok(Client { http, resolver, reader })
    }

    /// Sends a request now. The exchange runs whether or not anyone waits for it.
    ///
    /// A request that the policy refuses ends at once with `policy-denied` and sends nothing.
    #[must_use]
    pub fn start(&self, endpoint: &Endpoint, request: Request, limits: Limits) -> Pending {
        self.start_at(endpoint, request, limits, Clock::now())
    }

    /// Sends a request when the clock reaches `due`, or at once if it has passed.
    ///
    /// The wait is on the reader thread, with a granularity of one millisecond, and requests leave
    /// one after the other; what is late shows as `started - scheduled`. For a burst, name one
    /// moment a little ahead for all: they are then made ready before the first one leaves.
    #[must_use]
    pub fn start_at(
        &self,
        endpoint: &Endpoint,
        request: Request,
        limits: Limits,
        due: Stamp,
    ) -> Pending {
        let secret = endpoint.secret().cloned();
        let (pending, ends) = Pending::new(self.reader.clone(), due, secret);
        let progress = pending.progress();
        let marks = Arc::new(Marks::default());
        let request = match outgoing(endpoint, request, &marks) {
            Ok(request) => request,
            Err(refused) => {
                let record = Record::new(due, Clock::now());
                progress.finish();
                // The receiver is in `pending`, which is still held here.
                let _ = ends.finished.send(record.finish(Some(WireError::from(refused))));
                return pending;
            }
        };
        let job = Job {
            client: self.http.clone(),
            request,
            limits,
            scheduled: due,
            marks,
            progress,
            head: ends.head,
            cancelled: ends.cancelled,
        };
        self.reader.send(due, async move {
            // The caller may have dropped its end.
            let _ = ends.finished.send(drive(job).await);
        });
        pending
    }

    /// Opens keep-alive connections before a measured step, by as many concurrent `GET /`.
    ///
    /// Idle connections count: with 16 of them, asking for 64 opens 48. Over HTTP/2 one connection
    /// carries all streams, and one is what is opened.
    ///
    /// # Errors
    /// The first error, if not one of them got an answer.
    pub async fn warm(
        &self,
        endpoint: &Endpoint,
        connections: usize,
    ) -> Result<Vec<Connect>, NetError> {
        self.warm_path(endpoint, "/", connections).await
    }

    /// As [`Client::warm`], by requests for a path that is cheap on this server.
    ///
    /// # Errors
    /// `policy-denied` for a path that is refused; the first error, if not one of the requests
    /// got an answer.
    pub async fn warm_path(
        &self,
        endpoint: &Endpoint,
        path: &str,
        connections: usize,
    ) -> Result<Vec<Connect>, NetError> {
        let mut jobs = Vec::with_capacity(connections);
        for _ in 0..connections {
            let marks = Arc::new(Marks::default());
            let request = outgoing(endpoint, Request::get(path), &marks)?;
            jobs.push((self.http.clone(), request, marks));
        }
        let opened = self.on_reader(open_all(jobs)).await.map_err(NetError::Wire)?;
        match opened.iter().find_map(|connect| connect.error.clone()) {
            Some(error) if opened.iter().all(|connect| connect.status.is_none()) => {
                Err(NetError::Wire(error))
            }
            _ => Ok(opened),
        }
    }

    /// Nanoseconds of the fastest of `tries` TCP connects: the floor under every round trip.
    ///
    /// # Errors
    /// The code of the first failed try: `connect-refused`, `dns`, `timeout-connect` and so on.
    pub async fn rtt_floor(&self, endpoint: &Endpoint, tries: usize) -> Result<u64, NetError> {
        let (resolver, endpoint) = (self.resolver.clone(), endpoint.clone());
        let fastest = async move { fastest_connect(&resolver, &endpoint, tries.max(1)).await };
        self.on_reader(fastest).await.and_then(|found| found).map_err(NetError::Wire)
    }

    /// Runs something on the reader thread and waits for it.
    async fn on_reader<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, WireError> {
        self.reader
            .handle
            .spawn(work)
            .await
            .map_err(|_| WireError::new(WireCode::Cancelled, "the reader thread stopped"))
    }
}

async fn fastest_connect(
    resolver: &PolicyResolver,
    endpoint: &Endpoint,
    tries: usize,
) -> Result<u64, WireError> {
    let addresses = resolver
        .addresses(endpoint.host(), endpoint.port())
        .await
        .map_err(|error| fault::classify_connect(&*error))?;
    let mut best = u64::MAX;
    for _ in 0..tries {
        let start = Clock::now();
        let connecting = TcpStream::connect(addresses.as_slice());
        match tokio::time::timeout(Limits::default().connect, connecting).await {
            Ok(Ok(_stream)) => best = best.min(Clock::now().since(start)),
            Ok(Err(error)) => return Err(fault::classify_connect(&error)),
            Err(_) => {
                let message = "no connection within 10 s";
                return Err(WireError::new(WireCode::TimeoutConnect, message));
            }
        }
    }
    Ok(best)
}
