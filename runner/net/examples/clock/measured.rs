//! This crate's client, used as a run uses it.

use std::net::SocketAddr;

use tachograph_net::{Client, Endpoint, Limits, Pending, Request};

use crate::Fallible;
use crate::outcome::{Meter, Outcome, Stream};
use crate::schedule::Schedule;

pub(crate) fn run(address: SocketAddr, schedule: Schedule) -> Fallible<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::new()?;
    let endpoint = Endpoint::bind("server", &format!("http://{address}"), None)?;
    runtime.block_on(async {
        client.warm(&endpoint, schedule.streams).await?;
        let meter = Meter::start();
        let pending: Vec<Pending> = (0..schedule.streams)
            .map(|index| {
                client.start(&endpoint, Request::get(&schedule.path(index)), Limits::default())
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
