//! Bounds on what a guest allocates.

use wasmtime::ResourceLimiter;

use crate::limits::{CORE_INSTANCES, MEMORIES, TABLE_ELEMENTS, TABLES};

/// Counts the memory and the tables of one store, all instances together.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// Bytes of linear memory that all memories together may have.
    pub(crate) most: usize,
    memory: usize,
    elements: usize,
    /// Whether an allocation was refused since the call began.
    pub(crate) refused: bool,
}

impl Limiter {
    pub(crate) fn new(most: usize) -> Limiter {
        Limiter { most, memory: 0, elements: 0, refused: false }
    }

    fn grown(total: &mut usize, current: usize, desired: usize, most: usize) -> bool {
        let after = total.saturating_add(desired.saturating_sub(current));
        if after > most {
            return false;
        }
        *total = after;
        true
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let allowed = Limiter::grown(&mut self.memory, current, desired, self.most);
        self.refused |= !allowed;
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let allowed = Limiter::grown(&mut self.elements, current, desired, TABLE_ELEMENTS);
        self.refused |= !allowed;
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_memories_share_one_bound() {
        let mut limiter = Limiter::new(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.refused);
        assert!(limiter.memory_growing(0, 40, None).unwrap());
    }
}
