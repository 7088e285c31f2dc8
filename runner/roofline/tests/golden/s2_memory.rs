//! S2: the KV cache and the memory projections.

use tachograph_metrics::roofline::{KvCache, project};
use tachograph_weights::kv_bytes_per_token;

use crate::Rounded;

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

/// TinyLlama 1.1B: 22 layers, 32 query heads, 4 key and value heads of 64,
/// 16-bit elements, blocks of 16 tokens.
fn tiny_llama() -> KvCache {
    KvCache { bytes_per_token: kv_bytes_per_token(&[4; 22], 64, 64).unwrap(), block_tokens: 16 }
}

/// S2.34: 22.0 KB per token, which is KiB.
#[test]
fn s2_34_a_token_takes_22_kib() {
    assert_eq!(tiny_llama().bytes_per_token, 22_528);
    assert_eq!(22_528.0 / KIB, 22.0);
    assert!(!(Rounded::exact(22_528.0) / Rounded::exact(1000.0)).meets(Rounded::printed("22.0")));
}

/// S2.34: the 32 heads that the report's header has would give 176 KiB. The
/// cache has the 4 key and value heads.
#[test]
fn s2_34_query_heads_give_eight_times_too_much() {
    assert_eq!(kv_bytes_per_token(&[32; 22], 64, 64), Some(176 * 1024));
}

/// S2.35: 8 or 9 tokens take one block of 16 each: 352 KiB a sequence. The
/// table is of allocated memory, about twice what is used.
#[test]
fn s2_35_the_cache_is_allocated_in_blocks() {
    let cache = tiny_llama();
    // The second column of the table is the tokens of all sequences together.
    for (sequences, tokens, kib) in [
        (1, 8, 352.0),
        (2, 16, 704.0),
        (5, 40, 1760.0),
        (1, 9, 352.0),
        (2, 18, 704.0),
        (5, 45, 1760.0),
    ] {
        let allocated = cache.allocated(sequences, tokens / sequences).unwrap();
        assert_eq!(allocated as f64 / KIB, kib, "{sequences} sequences");
    }
    let five = cache.allocated(5, 8).unwrap() as f64 / MIB;
    assert_eq!(format!("{five:.1}"), "1.7", "as printed, MiB");
    assert_eq!(cache.used(1, 8), Some(176 * 1024), "half of what is allocated");
}

/// S2.36: 11, 22, 44 and 88 MB at 512 to 4,096 tokens, which are MiB.
#[test]
fn s2_36_the_projections_per_sequence() {
    let projected = project(0, &tiny_llama(), None, 1, &[512, 1024, 2048, 4096]);
    let mib: Vec<f64> = projected.iter().map(|p| p.kv as f64 / MIB).collect();
    assert_eq!(mib, [11.0, 22.0, 44.0, 88.0]);
}
