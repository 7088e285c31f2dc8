//! Components of earlier days still run: see tests/fixtures/abi.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use support::{HOST, Script, request};
use tachograph_sandbox::DriverContext;

const STREAM: &[u8] = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"length\"}]}\n\n\
data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n\
data: [DONE]\n\n";

/// The folders, one an ABI.
fn exhibits() -> Vec<PathBuf> {
    let museum = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/abi");
    let entries = std::fs::read_dir(museum).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty());
    folders
}

#[tokio::test]
async fn drivers_of_every_abi_still_drive() {
    for folder in exhibits() {
        let plugin = HOST.load(&std::fs::read(folder.join("driver.wasm")).unwrap()).unwrap();
        let described = HOST.describe_driver(&plugin).await.unwrap();
        assert_eq!(described.id, plugin.preflight().manifest.id);
        let context = DriverContext {
            config: json!({}),
            probe: json!({}),
            wire: Arc::new(Script { reads: vec![STREAM], ..Script::default() }),
            slots: vec!["api".to_owned()],
            seed: 7,
        };
        let mut driver = HOST.driver(&plugin, context).await.unwrap();
        let record = driver.generate("c", &request()).await;
        assert_eq!(record.failure, None, "{}", folder.display());
        let text: Vec<u8> = record.deltas.iter().flat_map(|delta| delta.text.to_vec()).collect();
        assert_eq!(text, b"Hello");
        let usage = record.usage.unwrap();
        assert_eq!((usage.prompt, usage.output), (Some(5), Some(2)));
        assert_eq!(record.finish.as_deref(), Some("length"));
    }
}

#[tokio::test]
async fn workloads_of_every_abi_still_plan() {
    for folder in exhibits() {
        let plugin = HOST.load(&std::fs::read(folder.join("workload.wasm")).unwrap()).unwrap();
        let context = serde_json::from_value(json!({
            "workload": "chat-short", "nonce": "one two", "profile": "quick", "trials": 1,
            "warmup": 0, "max_tokens": null, "max_context": null, "tools": false
        }))
        .unwrap();
        let params = json!({ "prompt_tokens": 128, "output_tokens": 256 });
        let mut session = HOST.open_workload(&plugin, &params, &context, 1).await.unwrap();
        let step = session.next(None).await.unwrap().unwrap();
        assert_eq!(step.requests[0].reference_prompt_tokens, 128, "{}", folder.display());
        let report = session.report(&[]).await.unwrap();
        assert_eq!(report.workload, "chat-short");
    }
}
