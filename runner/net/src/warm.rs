//! Opening connections ahead of a measurement.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::drive::{Job, drive};
use crate::marks::Marks;
use crate::{Clock, Limits, WireError};

/// What opening one connection cost: one warm-up request of [`Client::warm`](crate::Client::warm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// Nanoseconds of name lookup; `None` if there was none.
    pub dns_ns: Option<u64>,
    /// Nanoseconds of TCP and TLS set-up; `None` if a connection was already there.
    pub connect_ns: Option<u64>,
    /// The status of the answer. Any status will do: it is the connection that counts.
    pub status: Option<u16>,
    /// Why there is no answer.
    pub error: Option<WireError>,
}

/// Sends all requests in one turn of the reader thread, so that each needs a connection of its
/// own, and waits until every connect has ended.
///
/// A request may be carried by a connection that another one opened and was done with first. Its
/// own connect then goes on in the background and ends in the pool, where it belongs.
pub(crate) async fn open_all(
    requests: Vec<(reqwest::Client, reqwest::Request, Arc<Marks>)>,
) -> Vec<Connect> {
    let limits = Limits {
        first_byte: Duration::from_secs(30),
        idle: Duration::from_secs(10),
        total: Duration::from_secs(60),
        ..Limits::default()
    };
    let all: Vec<Arc<Marks>> = requests.iter().map(|(_, _, marks)| Arc::clone(marks)).collect();
    // Kept open to the end: a closed channel cancels its exchange.
    let mut keep = Vec::with_capacity(requests.len());
    let exchanges = join_all(requests.into_iter().map(|(client, request, marks)| {
        let (cancel, cancelled) = oneshot::channel();
        let (head, _) = oneshot::channel();
        keep.push(cancel);
        let progress = Arc::default();
        let (limits, scheduled) = (limits.clone(), Clock::now());
        drive(Job { client, request, limits, scheduled, marks, progress, head, cancelled })
    }))
    .await;

    let patience = Clock::now().after(limits.connect);
    while all.iter().any(|marks| marks.in_progress()) && Clock::now() < patience {
        sleep(Duration::from_millis(1)).await;
    }
    // A connection enters the pool a few turns of this thread after its connect has ended.
    sleep(Duration::from_millis(2)).await;

    let costs = all.iter().map(|marks| (marks.dns_ns(), marks.connect_ns()));
    exchanges
        .into_iter()
        .zip(costs)
        .map(|(exchange, (dns_ns, connect_ns))| Connect {
            dns_ns,
            connect_ns,
            status: exchange.head.map(|head| head.status),
            error: exchange.error,
        })
        .collect()
}
