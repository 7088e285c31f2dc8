//! The gate of a step: lanes start together, and guests wait for the quiet.
//!
//! Two rules keep the guests out of the measurement. No measured stream is sent
//! before every lane has its request ready, so that building requests does not
//! stagger the start. And no guest interprets a stream while another stream of
//! the step is still arriving, so that its processor time delays no stamp.

use std::collections::BTreeSet;

use tachograph_net::{Clock, Stamp};
use tokio::sync::watch;

/// The state of a step's lanes.
#[derive(Debug, Default)]
struct Lanes {
    /// First calls of lanes that have neither sent a stream nor ended.
    preparing: BTreeSet<String>,
    /// Streams that are arriving.
    arriving: u32,
    /// When the start was given.
    started: Option<Stamp>,
}

/// Shared by the lanes of one step.
#[derive(Debug)]
pub(crate) struct StepGate {
    lanes: watch::Sender<Lanes>,
    /// Whether interpretation waits for the quiet. Off for steps in which a lane
    /// has several requests: holding one lane back would change the load.
    waits_for_quiet: bool,
}

impl StepGate {
    /// A gate for lanes, each named by its first call.
    pub(crate) fn new(first_calls: BTreeSet<String>, waits_for_quiet: bool) -> Self {
        let lanes = Lanes { preparing: first_calls, ..Lanes::default() };
        Self { lanes: watch::Sender::new(lanes), waits_for_quiet }
    }

    /// A gate that holds nobody, for calls outside a step.
    pub(crate) fn open() -> Self {
        Self::new(BTreeSet::new(), false)
    }

    /// Says that a call has its stream ready, waits for the other lanes, and
    /// returns when the stream is due.
    pub(crate) async fn ready(&self, call: &str) -> Stamp {
        if !self.ended(call) {
            return Clock::now();
        }
        let mut lanes = self.lanes.subscribe();
        // The sender lives in `self`, so the wait can only end with a value.
        let started = lanes.wait_for(|lanes| lanes.preparing.is_empty()).await;
        started.ok().and_then(|lanes| lanes.started).unwrap_or_else(Clock::now)
    }

    /// Says that a call has ended, so that nobody waits for its stream. Returns
    /// whether anyone still did.
    pub(crate) fn ended(&self, call: &str) -> bool {
        self.lanes.send_if_modified(|lanes| {
            let first = lanes.preparing.remove(call);
            if first && lanes.preparing.is_empty() {
                lanes.started = Some(Clock::now());
            }
            first
        })
    }

    /// A stream begins to arrive; it has ended when the guard is dropped.
    pub(crate) fn arriving(self: &std::sync::Arc<Self>) -> Arriving {
        self.lanes.send_modify(|lanes| lanes.arriving += 1);
        Arriving(self.clone())
    }

    /// Waits until no stream of the step is arriving.
    pub(crate) async fn quiet(&self) {
        if self.waits_for_quiet {
            let mut lanes = self.lanes.subscribe();
            // As above: the sender cannot be gone.
            let _ = lanes.wait_for(|lanes| lanes.arriving == 0 && lanes.preparing.is_empty()).await;
        }
    }
}

/// A stream that is arriving.
#[derive(Debug)]
pub(crate) struct Arriving(std::sync::Arc<StepGate>);

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.lanes.send_modify(|lanes| lanes.arriving = lanes.arriving.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    fn calls(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[tokio::test]
    async fn lanes_start_together_and_a_failed_lane_holds_nobody() {
        let gate = Arc::new(StepGate::new(calls(&["a", "b", "c"]), true));
        let released = Arc::new(AtomicU32::new(0));
        let lanes: Vec<_> = ["a", "b"]
            .map(|name| {
                let (gate, released) = (gate.clone(), released.clone());
                tokio::spawn(async move {
                    let due = gate.ready(name).await;
                    released.fetch_add(1, Ordering::SeqCst);
                    due
                })
            })
            .into();
        tokio::task::yield_now().await;
        assert_eq!(released.load(Ordering::SeqCst), 0);
        assert!(gate.ended("c"));
        let mut due = Vec::new();
        for lane in lanes {
            due.push(lane.await.unwrap());
        }
        assert_eq!(due[0], due[1]);
    }

    #[tokio::test]
    async fn interpretation_waits_for_the_last_stream() {
        let gate = Arc::new(StepGate::new(calls(&["a"]), true));
        gate.ready("a").await;
        let (first, second) = (gate.arriving(), gate.arriving());
        drop(first);
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.quiet().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
    }
}
