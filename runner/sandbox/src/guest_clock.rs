//! Counts the time that a guest itself uses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::ticker::Ticker;

/// The longest slice that is charged at once.
///
/// A running guest is interrupted at every tick, so a longer slice means that the machine ran
/// something else. A starved machine must not kill an innocent guest.
const SLICE: Duration = Duration::from_millis(50);

/// The time of one store's guest, over one call.
pub(crate) struct GuestClock {
    ticker: Arc<Ticker>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: Duration,
    budget: Duration,
    since: Option<Instant>,
}

impl GuestClock {
    pub(crate) fn new(ticker: Arc<Ticker>) -> GuestClock {
        GuestClock { ticker, state: Mutex::default() }
    }

    /// Begins a call with a fresh budget.
    pub(crate) fn start(&self, budget: Duration) {
        self.pause();
        *self.state() = State { budget, ..State::default() };
        self.resume();
    }

    /// The guest waits for the host, or its call is over.
    pub(crate) fn pause(&self) {
        let mut state = self.state();
        if let Some(since) = state.since.take() {
            state.used += since.elapsed().min(SLICE);
            self.ticker.leave();
        }
    }

    /// The guest runs again.
    pub(crate) fn resume(&self) {
        let mut state = self.state();
        if state.since.is_none() {
            state.since = Some(Instant::now());
            self.ticker.enter();
        }
    }

    /// Whether the budget is used up.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.state();
        state.used > state.budget
    }

    /// The time of one call.
    pub(crate) fn budget(&self) -> Duration {
        self.state().budget
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GuestClock {
    fn drop(&mut self) {
        self.pause();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_the_host_is_free() {
        let clock = GuestClock::new(Ticker::start(Vec::new()).unwrap());
        clock.start(Duration::from_millis(20));
        clock.pause();
        std::thread::sleep(Duration::from_millis(60));
        clock.resume();
        clock.pause();
        assert!(!clock.is_over());
        clock.resume();
        std::thread::sleep(Duration::from_millis(30));
        clock.pause();
        assert!(clock.is_over());
    }
}
