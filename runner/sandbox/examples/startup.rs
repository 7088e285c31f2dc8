//! How long it takes to check, compile, load and instantiate a plugin.
//!
//! `cargo run --release -p tachograph-sandbox --example startup -- FILE.wasm…`
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use serde_json::json;
use tachograph_model::{Failure, PluginRole};
use tachograph_net::Framing;
use tachograph_sandbox::{CallId, DriverContext, Host, Wire, WireResponse, preflight};

struct NoWire;

impl Wire for NoWire {
    fn send(
        &self,
        _: CallId,
        _: &str,
        _: tachograph_net::Request,
        _: Framing,
    ) -> BoxFuture<'_, Result<Box<dyn WireResponse>, Failure>> {
        Box::pin(async { Err(Failure::new("no-endpoint", "nothing is bound")) })
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("tachograph-startup-{}", std::process::id()));
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).unwrap();
        let checked = (0..20).map(|_| {
            let start = Instant::now();
            preflight(&bytes).unwrap();
            start.elapsed()
        });
        let checked = median(checked.collect());
        let started = Instant::now();
        let host = Host::new(Some(&folder)).unwrap();
        let engines = started.elapsed();
        let started = Instant::now();
        let plugin = host.load(&bytes).unwrap();
        let cold = started.elapsed();
        let warm = (0..20).map(|_| {
            let host = Host::new(Some(&folder)).unwrap();
            let start = Instant::now();
            host.load(&bytes).unwrap();
            start.elapsed()
        });
        let warm = median(warm.collect());
        let mut instances = Vec::new();
        for seed in 0..200 {
            let start = Instant::now();
            match plugin.preflight().manifest.role {
                PluginRole::Driver => {
                    let context = DriverContext {
                        config: json!({}),
                        probe: json!({}),
                        wire: Arc::new(NoWire),
                        slots: vec!["api".to_owned()],
                        seed,
                    };
                    host.driver(&plugin, context).await.unwrap();
                }
                PluginRole::Workload => drop(host.describe_workload(&plugin).await.unwrap()),
            }
            instances.push(start.elapsed());
        }
        println!(
            "{file}: {} bytes; engines {engines:?}; preflight {checked:?}; compile {cold:?}; \
             from the cache {warm:?}; instance made and dropped {:?}",
            bytes.len(),
            median(instances),
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
