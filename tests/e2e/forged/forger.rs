//! Somebody who changes a recorded tape and makes everything else fit.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};
use tachograph_model::RunResult;
use tachograph_sandbox::Host;
use tachograph_session::Archive;
use tachograph_tape::{Kind, Record, Tape, TapeWriter};
use tachograph_tests::{Said, Tacho, checkout};
use tachograph_trust::{Catalog, RunKey};

/// A run of a real llama.cpp server, recorded once.
pub(crate) fn recorded() -> PathBuf {
    checkout().join("tests/fixtures/runs/llama-server")
}

pub(crate) struct Forger {
    records: Vec<Record>,
    key: RunKey,
}

impl Forger {
    pub(crate) fn new() -> Self {
        let tape = Tape::read(&recorded().join("run.tape")).unwrap();
        let mut forger = Self { records: tape.records, key: RunKey::ephemeral().unwrap() };
        let key = forger.key.public_key().to_text();
        forger.fact("begin", |begin| {
            begin["sealed_by"] = key.into();
            // As a run of this version would have been.
            begin["revision"] = 1.into();
        });
        forger.add(
            "memory-bandwidth",
            json!({ "bandwidth": null, "cache_bytes": null,
            "reason": "the recorded run did not measure it" }),
        );
        forger.add("stretches", json!([]));
        forger
    }

    /// Adds a fact that the recorded run did not have.
    fn add(&mut self, key: &str, value: Value) {
        let fact = Record::new(Kind::Fact, json!({ "key": key, "value": value }));
        self.records.insert(1, fact);
    }

    /// Changes a fact.
    pub(crate) fn fact(&mut self, key: &str, change: impl FnOnce(&mut Value)) {
        let mut facts = self.records.iter_mut().filter(|record| record.kind == Kind::Fact);
        let fact = facts.find(|record| record.json["key"] == key).unwrap();
        change(&mut fact.json["value"]);
    }

    /// Changes the streams of some calls: what is known of them, and their bodies.
    pub(crate) fn exchanges(
        &mut self,
        calls: &str,
        mut change: impl FnMut(&mut Value, &mut Vec<u8>),
    ) {
        let mut changed = 0;
        for record in self.records.iter_mut().filter(|record| record.kind == Kind::Exchange) {
            let call = record.json["call"]["invocation"].as_str().unwrap();
            if call.starts_with(calls) {
                change(&mut record.json["exchange"], &mut record.blobs[1]);
                changed += 1;
            }
        }
        assert!(changed > 0, "no call begins with {calls}");
    }

    /// Replaces a text in the bodies of some calls, the last read taking up any
    /// difference in length.
    pub(crate) fn replace(&mut self, calls: &str, from: &str, to: &str) {
        let mut replaced = false;
        self.exchanges(calls, |exchange, body| {
            let text = String::from_utf8(body.clone()).unwrap();
            replaced |= text.contains(from);
            let longer = text.replace(from, to).into_bytes();
            let reads = exchange["reads"].as_array_mut().unwrap();
            let last = reads.last_mut().unwrap();
            let grown = last["len"].as_u64().unwrap() + longer.len() as u64 - body.len() as u64;
            last["len"] = grown.into();
            *body = longer;
        });
        assert!(replaced, "no body holds {from}");
    }

    /// Hashes the chain anew, derives the result from the forged tape, and seals
    /// it with the forger's own key.
    pub(crate) async fn seal(self) -> Forged {
        let tacho = Tacho::new();
        let folder = tacho.home().join("forged");
        std::fs::create_dir(&folder).unwrap();
        let mut tape = TapeWriter::create(&folder.join("run.tape")).unwrap();
        for record in &self.records {
            tape.append(record).unwrap();
        }
        let digest = tape.finish().unwrap();
        let bytes = std::fs::read(recorded().join("result.json")).unwrap();
        let mut result: RunResult = serde_json::from_slice(&bytes).unwrap();
        result.tape = digest;
        let mut forged = Forged { tacho, folder, result, key: self.key };
        forged.write();
        let archive = Archive::open(&forged.tacho.home().join("data")).unwrap();
        let run = archive.find(forged.path()).unwrap();
        // The program's own cache: plugins are compiled once for both.
        let cache = forged.tacho.home().join("cache/plugins");
        let host: Arc<Host> = Host::new(Some(&cache)).unwrap();
        let replayed = tachograph_session::replay(&host, &Catalog::builtin(), &run).await.unwrap();
        forged.result = serde_json::from_slice(&replayed.bytes).unwrap();
        forged.write();
        forged
    }
}

/// A forged run that seal, chain and replay hold for.
pub(crate) struct Forged {
    pub(crate) tacho: Tacho,
    folder: PathBuf,
    result: RunResult,
    key: RunKey,
}

impl Forged {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    /// Changes the result alone, and seals it again.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut RunResult)) {
        change(&mut self.result);
        self.write();
    }

    fn write(&self) {
        let sealed = tachograph_trust::seal(&self.result, &self.key).unwrap();
        std::fs::write(self.folder.join("result.json"), sealed.bytes).unwrap();
        std::fs::write(self.folder.join("result.json.minisig"), sealed.signature_text).unwrap();
    }

    /// Hands the run over and has it checked.
    pub(crate) fn inspect(&self, code: i32) -> Said {
        let args = ["dispute", "export", self.path(), "--with-outputs", "-o", "forged.tar"];
        let _ = self.tacho.run(&args).expect(0);
        self.tacho.run(&["dispute", "inspect", "forged.tar"]).expect(code)
    }

    /// Asserts that seal, chain and replay hold and this check alone convicts.
    pub(crate) fn caught_by(&self, check: &str, reason: &str) {
        let said = self.inspect(24);
        let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        for held in ["pass seal", "pass chain", "pass replay"] {
            assert!(flat.contains(held), "{held}: {}", said.out);
        }
        assert!(flat.contains(&format!("FAIL {check} ")), "{}", said.out);
        assert!(flat.contains(reason), "{reason}: {}", said.out);
        let replayed = self.tacho.run(&["replay", self.path()]).expect(0);
        assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
    }
}
