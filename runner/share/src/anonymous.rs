//! The anonymous form: the machine is a hash, and nothing ties two together but
//! that hash.

use tachograph_model::{
    AnonymousBackend, AnonymousResult, AnonymousWorkload, RunResult, WorkloadResult,
};
use tachograph_trust::canonical_json;

use crate::ShareError;

const SECONDS_A_DAY: u64 = 86_400;

/// The canonical JSON of a result's anonymous form; the same result always
/// gives the same bytes.
///
/// What is not named here does not come along, so a field that results get
/// later stays behind until somebody decides otherwise.
///
/// # Errors
/// [`ShareError::Form`] when a number has no canonical form.
pub fn anonymous(result: &RunResult) -> Result<Vec<u8>, ShareError> {
    let backend = &result.backend;
    let anonymous = AnonymousResult {
        kind: "anonymous-result".to_owned(),
        schema: 1,
        day: result.started_unix_s / SECONDS_A_DAY,
        suite: result.suite.clone(),
        runner: result.runner.clone(),
        plugins: result.plugins.clone(),
        backend: AnonymousBackend {
            driver: backend.driver.clone(),
            origin: backend.origin.clone(),
            preset: backend.preset.clone(),
            local: backend.local,
            name: backend.info.name.clone(),
            version: backend.info.version.clone(),
            slots: backend.info.slots,
        },
        model: result.model.clone(),
        fingerprint: result.fingerprint.hash,
        workloads: result.workloads.iter().map(workload).collect(),
        harness: result.harness.clone(),
        flags: result.flags.iter().map(|flag| flag.code.clone()).collect(),
    };
    canonical_json(&anonymous).map_err(|error| ShareError::Form { reason: error.to_string() })
}

fn workload(workload: &WorkloadResult) -> AnonymousWorkload {
    AnonymousWorkload {
        id: workload.id.clone(),
        plan: workload.plan,
        report: workload.report.clone(),
        wall_ns: workload.wall_ns,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture;

    /// S4.92: the machine is its hash; docs/sharing.md lists what stays.
    #[test]
    fn of_the_machine_only_the_hash_stays() {
        let result = fixture::result();
        let bytes = anonymous(&result).unwrap();
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let stays = [
            "backend",
            "day",
            "fingerprint",
            "flags",
            "harness",
            "kind",
            "model",
            "plugins",
            "runner",
            "schema",
            "suite",
            "workloads",
        ];
        assert_eq!(keys, stays);
        assert_eq!(value["fingerprint"], result.fingerprint.hash.to_string());
        let text = String::from_utf8(bytes).unwrap();
        let machine = &result.fingerprint;
        let gone = [
            machine.cpu.model.as_deref().unwrap(),
            machine.os.name.as_deref().unwrap(),
            machine.os.kernel.as_deref().unwrap(),
            &machine.memory.total_bytes.to_string(),
            &machine.accelerators[0].name,
            &result.sealed_by,
            &result.nonce,
            &result.tape.hex(),
            &result.started_unix_s.to_string(),
            // The other models of the server, single requests, and sentences
            // that may describe the machine.
            "another-model",
            "text_sha256",
            "first_token_ns",
            "the battery",
        ];
        for word in gone {
            assert!(!text.contains(word), "{word} is in {text}");
        }
        assert_eq!(value["flags"], serde_json::json!(["on-battery"]));
    }

    #[test]
    fn a_run_gives_the_same_bytes_each_time() {
        let result = fixture::result();
        assert_eq!(anonymous(&result).unwrap(), anonymous(&result.clone()).unwrap());
        let day: AnonymousResult = serde_json::from_slice(&anonymous(&result).unwrap()).unwrap();
        assert_eq!(day.day, 20_779, "2026-11-22");
    }
}
