//! This crate's client, used as a run uses it.

use std::net::SocketAddr;
use std::time::Duration;

use tachograph_net::{Client, Clock, Endpoint, Limits, Pending, Request};

use crate::Fallible;
use crate::outcome::{Meter, Outcome, Stream};
use crate::schedule::Schedule;

pub(crate) fn run(address: SocketAddr, schedule: Schedule) -> Fallible<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::new()?;
    let endpoint = Endpoint::bind("server", &format!("http://{address}"), None)?;
    runtime.block_on(async {
        client.warm(&endpoint, schedule.streams).await?;
        let mut meter = Meter::start();
        // All are made ready first and leave together, as the streams of a concurrent step do.
        let due = Clock::now().after(Duration::from_millis(10));
        meter.begins(due);
        let pending: Vec<Pending> = (0..schedule.streams)
            .map(|index| {
                let request = Request::get(&schedule.path(index));
                client.start_at(&endpoint, request, Limits::default(), due)
            })
            .collect();
        let mut streams = Vec::new();
        for pending in pending {
            let exchange = pending.finish().await;
            if let Some(error) = exchange.error {
                return Err(error.message.into());
            }
            if exchange.timing.reused != Some(true) {
                return Err("a stream opened a connection of its own".into());
            }
            streams.push(Stream {
                started: exchange.timing.started,
                reads: exchange.reads,
                body: exchange.body,
                end: exchange.timing.end,
            });
        }
        meter.stop(schedule, &streams)
    })
}
