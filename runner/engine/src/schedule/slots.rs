//! Which tokens are in which cache, and where a new prompt goes.

use crate::model::{PAGE, PagedSequence};

/// What a slot remembers besides its cache.
#[derive(Debug, Default)]
struct Slot {
    /// The tokens whose keys and values are in the cache, from position 0.
    tokens: Vec<u32>,
    /// Pages that its running request may come to need; 0 when it is idle.
    reserved: usize,
    last_used: u64,
}

/// All slots. Each index names a slot here and its cache in [`Slots::caches`].
#[derive(Debug)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    /// The caches, as the forward pass wants them.
    pub(crate) caches: Vec<PagedSequence>,
    page_budget: usize,
    clock: u64,
}

impl Slots {
    /// Makes `count` empty slots whose caches together hold at most `cache_tokens` tokens.
    pub(crate) fn new(count: usize, empty: &PagedSequence, cache_tokens: usize) -> Self {
        Self {
            slots: (0..count).map(|_| Slot::default()).collect(),
            caches: vec![empty.clone(); count],
            page_budget: cache_tokens.div_ceil(PAGE) + 1,
            clock: 0,
        }
    }

    /// Finds a slot for `prompt`, which may grow to `length` tokens.
    ///
    /// Returns the slot and how many tokens of the prompt its cache already holds: those of the
    /// longest common prefix with any slot, but never the whole prompt, because the last token
    /// must be computed for its logits. `None` means that the request has to wait.
    pub(crate) fn admit(
        &mut self,
        prompt: &[u32],
        length: usize,
        reuse: bool,
    ) -> Option<(usize, usize)> {
        let needed = length.div_ceil(PAGE);
        let running: usize = self.slots.iter().map(|slot| slot.reserved).sum();
        if running + needed > self.page_budget {
            return None;
        }
        let oldest = (0..self.slots.len())
            .filter(|&slot| self.slots[slot].reserved == 0)
            .min_by_key(|&slot| self.slots[slot].last_used)?;
        let (source, cached) = match reuse {
            true => self.longest_prefix(prompt),
            false => (oldest, 0),
        };
        // An idle slot that would lose little is continued; any other is left for its owner.
        let continues = self.slots[source].reserved == 0
            && cached > 0
            && cached * 2 >= self.slots[source].tokens.len();
        let slot = if continues { source } else { oldest };
        if slot != source {
            self.caches[slot] = self.caches[source].clone();
            self.slots[slot].tokens = self.slots[source].tokens.clone();
        }
        self.slots[slot].tokens.truncate(cached);
        self.caches[slot].truncate(cached);
        self.slots[slot].reserved = needed;
        self.touch(slot);
        self.evict(running + needed);
        Some((slot, cached))
    }

    /// Notes that `tokens` are now in the cache of the slot.
    pub(crate) fn extend(&mut self, slot: usize, tokens: &[u32]) {
        self.slots[slot].tokens.extend_from_slice(tokens);
    }

    /// Ends the request of a slot; its tokens stay for later prompts.
    pub(crate) fn release(&mut self, slot: usize) {
        self.slots[slot].reserved = 0;
        self.touch(slot);
    }

    fn longest_prefix(&self, prompt: &[u32]) -> (usize, usize) {
        let most = prompt.len().saturating_sub(1);
        let common = |slot: &Slot| {
            slot.tokens.iter().zip(&prompt[..most]).take_while(|(a, b)| a == b).count()
        };
        let lengths = self.slots.iter().map(common);
        // Of equals, the idle one used last: it can be continued.
        lengths
            .enumerate()
            .max_by_key(|&(slot, length)| {
                let idle = self.slots[slot].reserved == 0;
                (length, idle, self.slots[slot].last_used)
            })
            .unwrap_or((0, 0))
    }

    /// Empties idle slots, the least recently used first, until the caches fit the budget.
    fn evict(&mut self, running: usize) {
        loop {
            let idle = |slot: &usize| self.slots[*slot].reserved == 0;
            let held: usize =
                (0..self.slots.len()).filter(idle).map(|s| self.caches[s].page_count()).sum();
            if running + held <= self.page_budget {
                return;
            }
            let oldest = (0..self.slots.len())
                .filter(idle)
                .filter(|&slot| self.caches[slot].page_count() > 0)
                .min_by_key(|&slot| self.slots[slot].last_used);
            let Some(oldest) = oldest else { return };
            self.slots[oldest].tokens.clear();
            self.caches[oldest].truncate(0);
        }
    }

    fn touch(&mut self, slot: usize) {
        self.clock += 1;
        self.slots[slot].last_used = self.clock;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelShape;

    fn slots(count: usize, cache_tokens: usize) -> Slots {
        let shape = ModelShape { layers: 1, kv_heads: 1, head_dim: 32, ..ModelShape::default() };
        Slots::new(count, &PagedSequence::new(shape), cache_tokens)
    }

    fn prompt(kind: u32, length: usize) -> Vec<u32> {
        (0..length as u32).map(|i| kind * 1000 + i % 900).collect()
    }

    /// Runs a whole request: its tokens are in the cache afterwards.
    fn run(slots: &mut Slots, prompt: &[u32]) -> (usize, usize) {
        let (slot, cached) = slots.admit(prompt, prompt.len() + 10, true).unwrap();
        slots.caches[slot].reserve(prompt.len());
        slots.extend(slot, &prompt[cached..]);
        slots.release(slot);
        (slot, cached)
    }

    #[test]
    fn a_growing_prompt_stays_in_its_slot() {
        let mut slots = slots(4, 100_000);
        let (first, cached) = run(&mut slots, &prompt(1, 600));
        assert_eq!(cached, 0);
        assert_eq!(run(&mut slots, &prompt(1, 800)), (first, 600));
        // The same prompt again: all but the last token.
        assert_eq!(run(&mut slots, &prompt(1, 800)), (first, 799));
    }

    #[test]
    fn a_short_common_prefix_leaves_the_long_sequence_alone() {
        let mut slots = slots(4, 100_000);
        let (long, _) = run(&mut slots, &prompt(1, 2000));
        let mut other = prompt(1, 300);
        other.extend(prompt(2, 100));
        let (slot, cached) = run(&mut slots, &other);
        assert_ne!(slot, long);
        assert_eq!(cached, 300);
        assert_eq!(run(&mut slots, &prompt(1, 2000)), (long, 1999));
    }

    #[test]
    fn a_running_sequence_lends_its_prefix() {
        let mut slots = slots(2, 100_000);
        let (first, _) = slots.admit(&prompt(1, 500), 600, true).unwrap();
        slots.caches[first].reserve(500);
        slots.extend(first, &prompt(1, 500));
        let (second, cached) = slots.admit(&prompt(1, 500), 600, true).unwrap();
        assert_ne!(first, second);
        assert_eq!(cached, 499);
        assert!(slots.admit(&prompt(1, 500), 600, true).is_none(), "both slots run");
    }

    #[test]
    fn without_reuse_everything_is_computed() {
        let mut slots = slots(2, 100_000);
        run(&mut slots, &prompt(1, 500));
        let (slot, cached) = slots.admit(&prompt(1, 500), 600, false).unwrap();
        assert_eq!((cached, slots.caches[slot].page_count()), (0, 0));
    }

    #[test]
    fn the_budget_evicts_the_oldest_and_then_makes_requests_wait() {
        let mut slots = slots(4, 2048);
        run(&mut slots, &prompt(1, 1000));
        run(&mut slots, &prompt(2, 1000));
        // Room for one more only if the first goes.
        run(&mut slots, &prompt(3, 1000));
        assert_eq!(slots.longest_prefix(&prompt(1, 1000)).1, 0);
        assert_eq!(slots.longest_prefix(&prompt(3, 1000)).1, 999);
        assert!(slots.admit(&prompt(4, 10), 2000, true).is_some());
        assert!(slots.admit(&prompt(5, 10), 2000, true).is_none());
    }
}
