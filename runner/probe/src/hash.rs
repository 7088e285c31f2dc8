//! The identity of a machine across runs.

use serde_json::Value;
use tachograph_model::{Digest, Fingerprint};

/// Fields that change from minute to minute, as JSON pointers into their parents.
const VOLATILE: &[(&str, &str)] = &[
    ("", "hash"),
    ("", "load"),
    ("", "load_1m"),
    ("", "power"),
    ("", "thermal"),
    ("", "sources"),
    ("/cpu", "mhz"),
    ("/memory", "available_bytes"),
    ("/memory", "swap_used_bytes"),
];

/// The same fields as `unread` names them.
const VOLATILE_GAPS: &[&str] = &[
    "load",
    "load_1m",
    "power",
    "thermal",
    "cpu.mhz",
    "memory.available_bytes",
    "memory.swap_used_bytes",
];

/// The SHA-256 of a fingerprint's canonical JSON (RFC 8785) without the hash
/// itself, load, power, heat, clock rate, available memory, swap in use and the
/// names of the sources.
///
/// A fingerprint with an altered field has another hash, so a shared result can
/// be checked against the one it carries.
pub fn fingerprint_hash(fingerprint: &Fingerprint) -> Digest {
    let mut value = serde_json::to_value(fingerprint).unwrap_or(Value::Null);
    for (parent, field) in VOLATILE {
        if let Some(Value::Object(object)) = value.pointer_mut(parent) {
            object.remove(*field);
        }
    }
    if let Some(Value::Array(unread)) = value.get_mut("unread") {
        unread.retain(|gap| {
            let field = gap.get("field").and_then(Value::as_str).unwrap_or_default();
            !VOLATILE_GAPS.contains(&field)
        });
    }
    // Canonical JSON fails only on numbers that are not finite, which JSON
    // values cannot hold.
    let bytes = serde_json_canonicalizer::to_vec(&value).unwrap_or_default();
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use tachograph_model::{Cache, Cpu, Load, Memory, Os, PowerState, Temperature, Unread};

    fn sample() -> Fingerprint {
        Fingerprint {
            hash: Digest::from_bytes([0; 32]),
            cpu: Cpu {
                model: Some("AMD EPYC".into()),
                arch: "x86_64".into(),
                logical_cores: 2,
                physical_cores: Some(2),
                mhz: Some(2596),
                features: vec!["avx2".into()],
                governor: None,
                ..Cpu::default()
            },
            memory: Memory {
                total_bytes: 1 << 34,
                available_bytes: 1 << 33,
                swap_used_bytes: 0,
                channels: None,
            },
            os: Os { family: "linux".into(), name: None, kernel: None, virtualization: None },
            accelerators: vec![],
            load_1m: Some(0.5),
            load: None,
            power: None,
            thermal: vec![],
            sources: BTreeMap::new(),
            unread: vec![Unread { field: "cpu.governor".into(), reason: "no cpufreq".into() }],
        }
    }

    #[test]
    fn what_changes_by_the_minute_leaves_the_hash_alone() {
        let before = sample();
        let mut after = before.clone();
        after.hash = Digest::from_bytes([9; 32]);
        after.cpu.mhz = None;
        after.load_1m = None;
        after.load = Some(Load { runnable: 3, threads: 9, cpu_pressure_permille: None });
        after.power = Some(PowerState {
            supply: "battery".into(),
            battery_percent: Some(50),
            cpu_speed_limit_percent: None,
        });
        after.thermal = vec![Temperature { zone: "x86_pkg_temp".into(), millicelsius: 61_000 }];
        after.sources.insert("cpu".into(), "procfs".into());
        after.memory.available_bytes = 1;
        after.memory.swap_used_bytes = 2;
        after.unread.push(Unread { field: "load_1m".into(), reason: "not told".into() });
        assert_eq!(fingerprint_hash(&before), fingerprint_hash(&after));
    }

    #[test]
    fn every_stable_field_enters_the_hash() {
        let hash = fingerprint_hash(&sample());
        let changes: [fn(&mut Fingerprint); 12] = [
            |f| f.cpu.max_mhz = Some(3_700),
            |f| f.cpu.numa_nodes = Some(2),
            |f| {
                f.cpu.caches.push(Cache {
                    level: 3,
                    kind: "unified".into(),
                    bytes: 1,
                    shared_by: None,
                })
            },
            |f| f.memory.channels = Some(8),
            |f| f.cpu.model = None,
            |f| f.cpu.logical_cores += 1,
            |f| f.cpu.features.clear(),
            |f| f.cpu.governor = Some("powersave".into()),
            |f| f.memory.total_bytes += 1,
            |f| f.os.virtualization = Some("vm".into()),
            |f| f.os.kernel = Some("6.1".into()),
            |f| f.unread.clear(),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut other = sample();
            change(&mut other);
            assert_ne!(fingerprint_hash(&other), hash, "change {index}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_canonical_text() {
        let text = concat!(
            r#"{"accelerators":[],"cpu":{"arch":"x86_64","features":["avx2"],"governor":null,"#,
            r#""logical_cores":2,"model":"AMD EPYC","physical_cores":2},"#,
            r#""memory":{"total_bytes":17179869184},"#,
            r#""os":{"family":"linux","kernel":null,"name":null,"virtualization":null},"#,
            r#""unread":[{"field":"cpu.governor","reason":"no cpufreq"}]}"#,
        );
        assert_eq!(fingerprint_hash(&sample()), Digest::of(text.as_bytes()));
    }
}
