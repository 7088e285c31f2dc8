//! The machine, in the form that may be shared.

use std::{collections::BTreeMap, thread};

use tachograph_model::{Digest, Fingerprint};

use crate::{
    fingerprint_hash,
    gaps::Gaps,
    platform::{self, Platform},
};

/// Describes this machine without anything that names it or its user: no serial
/// numbers, bus ids, host names, user names or paths.
///
/// Takes a few milliseconds; up to some seconds more where a tool of a GPU's
/// driver is installed and slow. What could not be read is in `unread`.
pub fn fingerprint() -> Fingerprint {
    read(&platform::current())
}

/// Describes one system.
pub(crate) fn read(system: &(impl Platform + Sync)) -> Fingerprint {
    let mut gaps = Gaps::default();
    // The tools of GPU drivers are slow, so everything else is read beside them.
    let (accelerators, gpu_gaps, mut fingerprint) = thread::scope(|scope| {
        let gpus = scope.spawn(|| {
            let mut gaps = Gaps::default();
            (system.accelerators(&mut gaps), gaps)
        });
        let fingerprint = Fingerprint {
            hash: Digest::from_bytes([0; 32]),
            cpu: system.cpu(&mut gaps),
            memory: system.memory(&mut gaps),
            os: system.os(&mut gaps),
            accelerators: Vec::new(),
            load_1m: system.load_1m(&mut gaps),
            load: system.load(&mut gaps),
            power: system.power(&mut gaps),
            thermal: system.thermal(&mut gaps),
            sources: BTreeMap::new(),
            unread: Vec::new(),
        };
        let (accelerators, gpu_gaps) = gpus.join().unwrap_or_else(|_| {
            let mut gaps = Gaps::default();
            gaps.note("accelerators", "reading them failed");
            (Vec::new(), gaps)
        });
        (accelerators, gpu_gaps, fingerprint)
    });
    gaps.extend(gpu_gaps);
    fingerprint.accelerators = accelerators;
    fingerprint.unread = gaps.into_sorted();
    let unread = |field: &str| fingerprint.unread.iter().any(|gap| gap.field == field);
    let known = system.sources().iter().filter(|(field, _)| !unread(field));
    fingerprint.sources =
        known.map(|&(field, source)| (field.to_owned(), source.to_owned())).collect();
    fingerprint.hash = fingerprint_hash(&fingerprint);
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn this_machine_is_described_fast_and_without_names() {
        let start = Instant::now();
        let found = fingerprint();
        let took = start.elapsed();
        assert!(took < Duration::from_millis(2_500), "{took:?}");
        assert!(found.cpu.logical_cores >= 1);
        assert!(found.memory.total_bytes > 0);
        assert_eq!(found.hash, fingerprint_hash(&found));

        let text = serde_json::to_string(&found).unwrap();
        let names = ["HOSTNAME", "USER", "LOGNAME", "HOME"];
        let private = names.iter().filter_map(|name| std::env::var(name).ok());
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        for word in private.chain(host).map(|word| word.trim().to_owned()) {
            // A very short name occurs in other words by chance.
            assert!(word.len() < 5 || !text.contains(&word), "{word} is in {text}");
        }
        for path in ["/proc", "/sys", "/home", "/etc"] {
            assert!(!text.contains(path), "{path} is in {text}");
        }
    }

    #[test]
    fn the_same_machine_has_the_same_hash() {
        assert_eq!(fingerprint().hash, fingerprint().hash);
    }
}
