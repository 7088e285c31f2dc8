//! A scripted server and the built guests.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part of its help")]

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tachograph_model::{CacheIntent, Failure, Message, Request, Role, WorkloadContext};
use tachograph_net::{Exchange, Framing, Head, Read, Stamp, Timing, WireCode, WireError};
use tachograph_sandbox::{
    CallId, DriverContext, DriverInstance, Host, Plugin, SandboxError, Wire, WireResponse,
    WorkloadSession,
};

/// The bytes of a built guest.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/guests");
    std::fs::read(folder.join(format!("{name}.wasm"))).unwrap()
}

/// The same guest, with a manifest that names every part of WASI.
pub(crate) fn declared(name: &str) -> Vec<u8> {
    let mut bytes = guest(name);
    let line = b"#wasi = [";
    let found = |place: &usize| bytes[*place..].starts_with(line);
    let places: Vec<usize> = (0..bytes.len()).filter(found).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place] = b' ';
    }
    bytes
}

pub(crate) static HOST: LazyLock<Arc<Host>> = LazyLock::new(|| Host::new(None).unwrap());
pub(crate) static DRIVER: LazyLock<Plugin> =
    LazyLock::new(|| HOST.load(&guest("hostile-driver")).unwrap());
pub(crate) static WORKLOAD: LazyLock<Plugin> =
    LazyLock::new(|| HOST.load(&guest("hostile-workload")).unwrap());

/// Answers every request with the same reads, and keeps what was asked.
pub(crate) struct Script {
    pub(crate) reads: Vec<&'static [u8]>,
    pub(crate) error: Option<WireError>,
    pub(crate) asked: Mutex<Vec<(CallId, String, String)>>,
    pub(crate) finished: Arc<Mutex<u32>>,
    /// How long an answer takes to end.
    pub(crate) lasts: std::time::Duration,
}

impl Default for Script {
    fn default() -> Self {
        Script {
            reads: vec![b"data: Hel\n\n", b"data: lo\n\ndata: [DO", b"NE]\n\n"],
            error: None,
            asked: Mutex::default(),
            finished: Arc::default(),
            lasts: std::time::Duration::ZERO,
        }
    }
}

pub(crate) fn broken() -> WireError {
    WireError::new(WireCode::ClosedEarly, "the server closed the connection early")
}

struct Answer {
    head: Head,
    exchange: Exchange,
    finished: Arc<Mutex<u32>>,
    lasts: std::time::Duration,
}

impl Wire for Script {
    fn send(
        &self,
        call: CallId,
        slot: &str,
        request: tachograph_net::Request,
        _: Framing,
    ) -> BoxFuture<'_, Result<Box<dyn WireResponse>, Failure>> {
        self.asked.lock().unwrap().push((call, slot.to_owned(), request.path));
        let head = Head { status: 200, headers: vec![("x-a".into(), "b".into())] };
        let stamp = |i: usize| Stamp(100 * (i as u64 + 1));
        let read = |(i, bytes): (usize, &&[u8])| Read { at: stamp(i), len: bytes.len() as u32 };
        let exchange = Exchange {
            timing: Timing {
                scheduled: Stamp(1),
                started: Stamp(2),
                dns_ns: None,
                connect_ns: None,
                reused: Some(true),
                written: Some(Stamp(3)),
                headers: Some(Stamp(4)),
                first_byte: None,
                last_byte: None,
                end: Stamp(1000),
                http_version: None,
            },
            head: Some(head.clone()),
            reads: self.reads.iter().enumerate().map(read).collect(),
            body: self.reads.concat(),
            error: self.error.clone(),
        };
        let finished = Arc::clone(&self.finished);
        let answer = Answer { head, exchange, finished, lasts: self.lasts };
        Box::pin(async move { Ok(Box::new(answer) as Box<dyn WireResponse>) })
    }
}

impl WireResponse for Answer {
    fn head(&self) -> &Head {
        &self.head
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Arc<Exchange>> {
        Box::pin(async move {
            if !self.lasts.is_zero() {
                tokio::time::sleep(self.lasts).await;
            }
            *self.finished.lock().unwrap() += 1;
            Arc::new(self.exchange)
        })
    }
}

pub(crate) async fn driver_with(deed: &str, script: Arc<Script>) -> DriverInstance {
    driver_of(&DRIVER, deed, script).await
}

pub(crate) async fn driver_of(plugin: &Plugin, deed: &str, script: Arc<Script>) -> DriverInstance {
    let context = DriverContext {
        config: json!({ "do": deed }),
        probe: json!({}),
        wire: script,
        slots: vec!["api".to_owned()],
        seed: 7,
    };
    HOST.driver(plugin, context).await.unwrap()
}

pub(crate) async fn driver(deed: &str) -> DriverInstance {
    driver_with(deed, Arc::default()).await
}

pub(crate) async fn workload(deed: &str) -> Result<WorkloadSession, SandboxError> {
    workload_of(&WORKLOAD, deed).await
}

pub(crate) async fn workload_of(
    plugin: &Plugin,
    deed: &str,
) -> Result<WorkloadSession, SandboxError> {
    let context: WorkloadContext = serde_json::from_value(json!({
        "workload": "w", "nonce": "n", "profile": "quick", "trials": 1, "warmup": 0,
        "max_tokens": null, "max_context": null, "tools": false
    }))
    .unwrap();
    let params: Value = json!({ "do": deed });
    HOST.open_workload(plugin, &params, &context, 11).await
}

pub(crate) fn request() -> Request {
    Request {
        id: "r".to_owned(),
        model: "m".to_owned(),
        messages: vec![Message::text(Role::User, "hi")],
        tools: Vec::new(),
        max_tokens: 8,
        exact_length: true,
        cache: CacheIntent::Cold,
        ideal_cached_tokens: 0,
        reference_prompt_tokens: 1,
        seed: 0,
        delay_ms: 0,
        condition: Default::default(),
    }
}
