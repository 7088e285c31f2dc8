//! Two runs that take turns, so that a change of the machine meets both.
//!
//! Each run has a seat, and works only while it is its seat's turn: it looks for
//! its backend, gets ready, measures a step, writes a report. The turns go
//! A B B A, over and over, so that whatever changes evenly puts the same weight
//! on both. A seat that is left holds up nobody.

use std::sync::Arc;

use tachograph_metrics::compare::{Key, before};
use tachograph_model::RunResult;
use tokio::sync::watch;

use crate::SessionError;

/// Which seat has each turn.
const ORDER: [usize; 4] = [0, 1, 1, 0];

/// The seat of a run that takes turns with another; a run alone has none. The
/// seat is left when the last of its clones is dropped.
#[derive(Debug, Clone)]
pub struct Seat(Arc<Place>);

#[derive(Debug)]
struct Place {
    /// 0 or 1.
    side: usize,
    /// The words that the prompts of each run begin with.
    nonces: [String; 2],
    rules: Arc<Rules>,
    table: watch::Sender<Table>,
}

#[derive(Debug)]
struct Rules {
    by: Vec<Key>,
    anyway: bool,
}

/// What the two know of each other.
#[derive(Debug, Default)]
struct Table {
    /// The turns that have ended.
    turns: usize,
    left: [bool; 2],
    /// What is known of each run before its first step.
    known: [Option<Box<RunResult>>; 2],
}

impl Table {
    fn next(&self) -> usize {
        let side = ORDER[self.turns % ORDER.len()];
        if self.left[side] { 1 - side } else { side }
    }
}

/// Two seats for two runs. `by` are the keys in which they may differ, one when
/// none is named; runs that differ in more end before they measure, unless they
/// are to go on `anyway`.
pub fn take_turns(by: Vec<Key>, anyway: bool) -> [Seat; 2] {
    let table = watch::Sender::new(Table::default());
    let nonces = [crate::fresh::fresh_nonce(), crate::fresh::fresh_nonce()];
    let rules = Arc::new(Rules { by, anyway });
    [0, 1].map(|side| {
        let (nonces, rules, table) = (nonces.clone(), rules.clone(), table.clone());
        Seat(Arc::new(Place { side, nonces, rules, table }))
    })
}

/// A turn, which ends with this value.
pub(crate) struct Turn(Seat);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.table.send_modify(|table| table.turns += 1);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.table.send_modify(|table| table.left[self.side] = true);
    }
}

impl Seat {
    /// The nonce of this seat's run.
    pub(crate) fn nonce(&self) -> &str {
        &self.0.nonces[self.0.side]
    }

    /// The nonce of the other run.
    pub(crate) fn other(&self) -> &str {
        &self.0.nonces[1 - self.0.side]
    }

    /// Waits for this seat's turn.
    pub(crate) async fn turn(&self) -> Turn {
        let mut table = self.0.table.subscribe();
        // It cannot fail: this seat holds a sender.
        let _ = table.wait_for(|table| table.next() == self.0.side).await;
        Turn(self.clone())
    }

    /// Tells the other run what is known of this one, and waits to hear of that.
    ///
    /// # Errors
    /// [`SessionError::NotComparable`] when nothing that the two will measure could
    /// be compared, and [`SessionError::Stopped`] when the other run has ended.
    pub(crate) async fn agree(&self, known: RunResult) -> Result<(), SessionError> {
        let Place { side, rules, table, .. } = &*self.0;
        let mut heard = table.subscribe();
        table.send_modify(|table| table.known[*side] = Some(Box::new(known)));
        let both = |table: &Table| table.known.iter().all(Option::is_some);
        let waited = heard.wait_for(|table| both(table) || table.left[1 - side]).await;
        let table = waited.map_err(|_| SessionError::Stopped)?;
        let [Some(a), Some(b)] = &table.known else { return Err(SessionError::Stopped) };
        let obstacles = if rules.anyway { Vec::new() } else { before(a, b, &rules.by) };
        match obstacles.is_empty() {
            true => Ok(()),
            false => Err(SessionError::NotComparable {
                reasons: obstacles.into_iter().map(|obstacle| obstacle.message).collect(),
            }),
        }
    }
}

/// The turn of a run that may have a seat.
pub(crate) async fn turn(seat: Option<&Seat>) -> Option<Turn> {
    match seat {
        Some(seat) => Some(seat.turn().await),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    async fn works(seat: Seat, name: char, pieces: usize, log: Arc<Mutex<String>>) {
        for _ in 0..pieces {
            let turn = seat.turn().await;
            log.lock().unwrap().push(name);
            // Whoever has no turn would get in here.
            tokio::task::yield_now().await;
            log.lock().unwrap().push(name.to_ascii_lowercase());
            drop(turn);
        }
    }

    async fn logged(a: usize, b: usize) -> String {
        let [one, other] = take_turns(Vec::new(), false);
        let log = Arc::new(Mutex::new(String::new()));
        let other = works(other, 'B', b, log.clone());
        tokio::join!(other, works(one, 'A', a, log.clone()));
        log.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn turns_go_a_b_b_a_and_never_overlap() {
        assert_eq!(logged(4, 4).await, "AaBbBbAaAaBbBbAa");
    }

    #[tokio::test]
    async fn a_seat_that_is_left_holds_up_nobody() {
        assert_eq!(logged(1, 4).await, "AaBbBbBbBb");
        assert_eq!(logged(3, 0).await, "AaAaAa");
    }

    #[tokio::test]
    async fn each_knows_the_other_by_its_nonce() {
        let [a, b] = take_turns(Vec::new(), false);
        assert_eq!((a.nonce(), a.other()), (b.other(), b.nonce()));
        assert_ne!(a.nonce(), b.nonce());
    }
}
