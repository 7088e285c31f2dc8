//! How large the buffers are.

use crate::ProbeError;

/// The arrays that the kernels work on: `a`, `b` and `c`.
pub(crate) const ARRAYS: u64 = 3;

/// Each array is so many times the last-level cache, as STREAM asks for. All
/// three together are twelve times as large, so at most a twelfth of a pass
/// over them can come from the cache.
const TIMES_CACHE: u64 = 4;

/// The least size of an array, bytes, for machines with little cache.
const LEAST_ARRAY: u64 = 64 << 20;

/// The cache that is assumed where the system does not say, bytes.
const ASSUMED_CACHE: u64 = 64 << 20;

/// An array is split into whole pages of two mebibytes for each thread.
const GRAIN: u64 = 2 << 20;

/// The bytes of each array and thread, such that the arrays lie well beyond a
/// cache of `cache` bytes. A refusal where all of them would take more than
/// half of the `available` bytes.
pub(crate) fn bytes_per_thread(
    cache: Option<u64>,
    available: u64,
    threads: u64,
) -> Result<u64, ProbeError> {
    let array = cache.unwrap_or(ASSUMED_CACHE).saturating_mul(TIMES_CACHE).max(LEAST_ARRAY);
    let part = array.div_ceil(threads).div_ceil(GRAIN).saturating_mul(GRAIN);
    let needed = part.saturating_mul(threads).saturating_mul(ARRAYS);
    if needed > available / 2 {
        return Err(ProbeError::MemoryShort { needed, available });
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn arrays_are_four_times_the_cache() {
        assert_eq!(bytes_per_thread(Some(32 * MIB), 1 << 40, 2), Ok(64 * MIB));
        assert_eq!(bytes_per_thread(Some(MIB), 1 << 40, 1), Ok(64 * MIB), "the least");
        assert_eq!(bytes_per_thread(None, 1 << 40, 1), Ok(256 * MIB), "assumed");
        assert_eq!(bytes_per_thread(Some(32 * MIB), 1 << 40, 3), Ok(44 * MIB), "128 ÷ 3");
    }

    #[test]
    fn short_memory_is_refused_and_not_measured_in_cache() {
        let error = bytes_per_thread(Some(32 * MIB), 767 * MIB, 2).unwrap_err();
        assert_eq!(error, ProbeError::MemoryShort { needed: 384 * MIB, available: 767 * MIB });
        assert!(bytes_per_thread(Some(32 * MIB), 768 * MIB, 2).is_ok());
        assert!(bytes_per_thread(Some(u64::MAX), u64::MAX, 2).is_err());
    }

    proptest! {
        #[test]
        fn what_is_not_refused_is_beyond_the_cache_and_within_memory(
            cache in 1_u64..1 << 34, available in 0_u64..1 << 42, threads in 1_u64..1024,
        ) {
            if let Ok(part) = bytes_per_thread(Some(cache), available, threads) {
                prop_assert!(part * threads >= 4 * cache);
                prop_assert!(part * threads * ARRAYS <= available / 2);
            }
        }
    }
}
