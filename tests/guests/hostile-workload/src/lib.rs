//! A workload that breaks one rule: the one that its parameters name.
#![cfg(target_family = "wasm")]

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::time::{Duration, Instant};

wit_bindgen::generate!({ world: "workload", path: "../../../sdk/wit/v1" });

use exports::tachograph::plugin::workload_api::{Guest, GuestSession, Session};
use tachograph::plugin::types::Error;

// SAFETY: the linker copies both sections; nothing else uses the names.
#[unsafe(link_section = "tachograph:abi")]
#[used]
static ABI: [u8; 3] = *b"1.0";
#[unsafe(link_section = "tachograph:manifest")]
#[used]
static MANIFEST: [u8; include_bytes!("../plugin.toml").len()] = *include_bytes!("../plugin.toml");

struct Hostile;

struct Open {
    deed: String,
}

export!(Hostile);

const STEP: &str = r#"{"id":"ID","phase":"measure","trial":0,"concurrency":1,"requests":[]}"#;

fn error(code: &str, message: String) -> Error {
    Error {
        code: code.to_owned(),
        message,
        retryable: false,
        http_status: None,
        retry_after_ms: None,
        detail: None,
    }
}

impl Guest for Hostile {
    type Session = Open;

    fn describe() -> String {
        r#"{"id":"hostile-workload","version":"0.1.0","title":"hostile","params_schema":{}}"#
            .to_owned()
    }
}

impl GuestSession for Open {
    /// The parameters look like `{"do":"loop"}`.
    fn open(params: String, _: String, _: u64) -> Result<Session, Error> {
        let deed = params.strip_prefix("{\"do\":\"").and_then(|rest| rest.strip_suffix("\"}"));
        match deed {
            Some("refuse") => Err(error("bad-params", "no".to_owned())),
            deed => Ok(Session::new(Open { deed: deed.unwrap_or("ok").to_owned() })),
        }
    }

    fn next(&self, _: Option<String>) -> Result<Option<String>, Error> {
        match self.deed.as_str() {
            "loop" => loop {
                black_box(1);
            },
            "fill" => {
                let mut block = vec![0_u8; 100 << 20];
                for round in 0_u64.. {
                    block.fill(black_box(round as u8));
                }
                Ok(None)
            }
            "memory" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(vec![1_u8; 1 << 20]);
                    black_box(&hoard);
                }
            }
            "stack" => Ok(Some(dig(0).to_string())),
            "panic" => panic!("boom"),
            "huge-return" => Ok(Some("x".repeat(100 << 20))),
            "invalid-json" => Ok(Some("{\"id\":".to_owned())),
            "wrong-schema" => Ok(Some(STEP.replace("\"concurrency\":1", "\"concurrency\":-1"))),
            "extra-field" => Ok(Some(STEP.replace("\"id\"", "\"at_ns\":5,\"id\""))),
            "random" => {
                let hash = RandomState::new().hash_one(1);
                Ok(Some(STEP.replace("ID", &hash.to_string())))
            }
            "files" => Ok(std::fs::read("/etc/passwd").ok().map(|_| STEP.to_owned())),
            "environment" => Ok(std::env::var("HOME").ok()),
            "clock" => {
                black_box(Instant::now());
                Ok(None)
            }
            "world" => {
                let before = Instant::now();
                for i in 0..1_000_000 {
                    black_box(i);
                }
                let reached = std::fs::read("/etc/passwd").is_ok()
                    || std::fs::read_dir("/").is_ok()
                    || std::env::vars().next().is_some()
                    || before.elapsed() != Duration::ZERO;
                Ok(Some(STEP.replace("ID", if reached { "reached" } else { "nothing" })))
            }
            _ => Ok(None),
        }
    }

    fn report(&self, _: String) -> Result<String, Error> {
        Ok(match self.deed.as_str() {
            "wrong-schema" => r#"{"workload":"x","status":"great"}"#,
            "invalid-json" => "NaN",
            _ => {
                r#"{"workload":"x","status":"measured","reason":null,"verdict":"v","summary":{},
                "parts":[],"skipped":[],"flags":[]}"#
            }
        }
        .to_owned())
    }
}

/// Little of a frame is in linear memory, so the engine's stack ends first.
fn dig(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX { 0 } else { dig(depth + 1) + 1 }
}
