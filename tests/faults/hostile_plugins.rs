//! Hostile workloads in a suite: each ends in a named failure, and the run goes
//! on with the others. What each misdeed is caught as, call by call, is tested
//! in the sandbox; here a whole run with them is sealed, verified and replayed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, sync::Arc};

use tachograph_model::{Digest, ProfileName, WorkloadStatus};
use tachograph_sandbox::Host;
use tachograph_session::{
    Archive, EngineCommand, RunOptions, Silent, TargetOptions, interrupt_channel, replay, run,
    verify,
};
use tachograph_tests::{checkout, program};
use tachograph_trust::{Catalog, RunKey, SecretKey, read_suite, sign_suite};

const MISDEEDS: &[(&str, &str)] = &[
    ("loop", "fuel"),
    ("memory", "memory"),
    ("panic", "crashed"),
    ("stack", "recursed too deep"),
    ("invalid-json", "step"),
    ("wrong-schema", "/concurrency"),
    ("huge-return", "bytes at once"),
    ("files", "asked for files"),
    ("environment", "asked for environment variables"),
    ("clock", "asked for a clock"),
];

/// suite-v2's first workload and its drivers, with the misdeeds before it,
/// signed by a key of this test.
fn suite(folder: &Path, key: &SecretKey) {
    let official = fs::read(checkout().join("suites/suite-v2/suite.toml")).unwrap();
    let official = read_suite("suite-v2", &official).unwrap();
    let hostile = fs::read(checkout().join("tests/fixtures/guests/hostile-workload.wasm")).unwrap();
    let blobs = folder.join("blobs");
    fs::create_dir(&blobs).unwrap();
    let keep = |bytes: &[u8]| {
        fs::write(blobs.join(format!("{}.wasm", Digest::of(bytes).hex())), bytes).unwrap();
    };
    keep(&hostile);
    let mut text = String::from(
        "kind = \"suite\"\nschema = 1\nname = \"suite-hostile\"\nversion = \"1.0.0\"\n\
         released = \"2026-11-22\"\nmetrics = \"1\"\ndescription = \"misdeeds\"\nseed = 1\n",
    );
    for profile in ["quick", "standard", "publish"] {
        text += &format!("[profiles.{profile}]\ntrials = 1\nwarmup = 0\nbudget_s = 60\n");
    }
    let plugin = |id: &str, version: &str, sha256: Digest, size: usize| {
        format!(
            "{{ id = \"{id}\", version = \"{version}\", sha256 = \"{sha256}\", size = {size} }}"
        )
    };
    for (misdeed, _) in MISDEEDS {
        let pinned = plugin("hostile-workload", "0.1.0", Digest::of(&hostile), hostile.len());
        text += &format!(
            "[[workload]]\nid = \"{misdeed}\"\nplugin = {pinned}\nparams = {{ do = \"{misdeed}\" }}\n"
        );
    }
    let chat = official.workload.first().unwrap();
    let driver = official.driver.iter().find(|d| d.id.as_str() == "openai-compatible").unwrap();
    for pinned in [&chat.plugin, &driver.plugin] {
        let name = format!("{}.wasm", pinned.sha256.hex());
        keep(&fs::read(checkout().join("suites/blobs").join(name)).unwrap());
    }
    let pin = |p: &tachograph_model::PluginRef| {
        plugin(p.id.as_str(), &p.version, p.sha256, usize::try_from(p.size).unwrap())
    };
    text += &format!(
        "[[workload]]\nid = \"chat-short\"\nplugin = {}\n\
         params = {{ prompt_tokens = 128, output_tokens = 8 }}\n\
         [[driver]]\nid = \"openai-compatible\"\nplugin = {}\n\
         capabilities = {{ endpoints = [\"api\"], secrets = [\"api-key\"] }}\n",
        pin(&chat.plugin),
        pin(&driver.plugin),
    );
    let manifest = folder.join("suite.toml");
    let signature = sign_suite("suite.toml", text.as_bytes(), key).unwrap();
    fs::write(&manifest, text).unwrap();
    fs::write(folder.join("suite.toml.minisig"), signature).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_past_hostile_workloads() {
    let folder = tempfile::tempdir().unwrap();
    let suites = folder.path().join("suite-hostile");
    fs::create_dir(&suites).unwrap();
    let key = SecretKey::generate().unwrap();
    suite(&suites, &key);
    let catalog = Catalog::empty().with_folder(&suites).with_key(key.public_key().unwrap());
    let host = Host::new(None).unwrap();
    let archive = Archive::open(&folder.path().join("data")).unwrap();
    let args = ["engine", "--port", "0", "--until-stdin-closes"].map(Into::into).to_vec();
    let options = RunOptions {
        profile: ProfileName::Quick,
        workloads: Vec::new(),
        iterations: None,
        max_tokens: None,
        budget_s: None,
        patience: None,
        telemetry_hz: None,
        challenge: None,
        canary: false,
        cost: None,
        seed: None,
        target: TargetOptions {
            backend: Some("built-in".to_owned()),
            urls: Vec::new(),
            model: None,
            launch: false,
            program: None,
            secret: None,
            config: Default::default(),
            plugin: None,
            engine: EngineCommand { program: program(), args },
        },
    };
    let finished = run(
        &host,
        catalog.resolve("suite-hostile").unwrap(),
        options,
        &archive,
        &RunKey::ephemeral().unwrap(),
        Arc::new(Silent),
        interrupt_channel().1,
    )
    .await
    .unwrap();
    let workloads = &finished.result.workloads;
    for ((misdeed, said), workload) in MISDEEDS.iter().zip(workloads) {
        assert_eq!(workload.report.status, WorkloadStatus::Failed, "{misdeed}");
        let reason = workload.report.reason.as_deref().unwrap();
        assert!(reason.contains(said), "{misdeed}: {reason}");
        assert!(reason.contains("hostile-workload"), "{misdeed}: {reason}");
    }
    let chat = workloads.last().unwrap();
    assert_eq!(chat.report.status, WorkloadStatus::Measured, "{:?}", chat.report);
    assert!(verify(&catalog, &finished.run).unwrap().tape_checked);
    assert!(replay(&host, &catalog, &finished.run).await.unwrap().identical);
}
