//! The HTTP interface over a real loopback socket.

mod client;

use std::time::{Duration, Instant};

use client::{Server, finish, small};
use serde_json::{Value, json};
use tachograph_engine::{Engine, EngineOptions, serve};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

fn ids(seed: u64, count: usize) -> Vec<u64> {
    (0..count as u64).map(|i| 16 + (i * 31 + seed * 7919) % 4000).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_describes_itself() {
    let server = Server::start(small()).await;
    assert_eq!(server.get("/health").await, json!({"status": "ok"}));
    let model = &server.get("/v1/models").await["data"][0];
    assert_eq!(model["id"], "tachograph-reference-v1");
    assert_eq!(model["owned_by"], "tachograph");
    assert_eq!(model["meta"]["n_vocab"], 4096);
    assert_eq!(model["meta"]["n_ctx_train"], 4096);
    let digest = model["meta"]["weights_sha256"].as_str().unwrap();
    assert_eq!(digest.len(), 64);
    let props = server.get("/props").await;
    assert_eq!(props["weights_sha256"], digest);
    assert_eq!(props["n_ctx"], 4096);
    assert_eq!(props["model"]["n_layer"], 2);
    assert!(props["build_info"].as_str().unwrap().starts_with("tachograph-engine "));
    let tokens = server.post("/tokenize", json!({"content": "one two"})).await;
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 2);
    let health = server.send("GET", "/health", "").await;
    let name = format!("server: tachograph-engine/{}", env!("CARGO_PKG_VERSION"));
    assert!(health.head.contains(&name), "{}", health.head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamed_chat_has_one_event_per_token_and_counts_them() {
    let server = Server::start(small()).await;
    let body = json!({
        "messages": [{"role": "user", "content": "Say something."}],
        "max_tokens": 20, "ignore_eos": true, "stream_options": {"include_usage": true},
    });
    let events = server.events("/v1/chat/completions", body.clone()).await;
    assert_eq!(events.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> =
        events[..events.len() - 1].iter().map(|e| serde_json::from_str(e).unwrap()).collect();
    // Role, twenty tokens, finish, usage.
    assert_eq!(chunks.len(), 23);
    assert_eq!(chunks[0]["choices"][0]["delta"], json!({"role": "assistant", "content": null}));
    let mut text = String::new();
    for chunk in &chunks[1..21] {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap());
    }
    assert_eq!(text.split_whitespace().count(), 20);
    assert_eq!(chunks[21]["choices"][0]["finish_reason"], "length");
    let last = &chunks[22];
    assert_eq!(last["choices"], json!([]));
    let prompt = last["usage"]["prompt_tokens"].as_u64().unwrap();
    assert_eq!(last["usage"]["completion_tokens"], 20);
    assert_eq!(last["usage"]["total_tokens"], prompt + 20);
    assert_eq!(last["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
    assert_eq!(last["timings"]["prompt_n"], prompt);
    let (n, ms) = (19.0, last["timings"]["predicted_ms"].as_f64().unwrap());
    let rate = last["timings"]["predicted_per_second"].as_f64().unwrap();
    assert!((rate * ms / 1e3 - n).abs() < 1e-6);

    // The same, not streamed, and with the prompt in the cache: the same text.
    let whole = server.post("/v1/chat/completions", body).await;
    assert_eq!(whole["object"], "chat.completion");
    assert_eq!(whole["choices"][0]["message"]["content"], text);
    assert_eq!(whole["usage"]["prompt_tokens_details"]["cached_tokens"], prompt - 1);
    assert_eq!(whole["timings"]["prompt_n"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamed_completion_puts_timings_in_its_finish_event() {
    let server = Server::start(small()).await;
    let body = json!({"prompt": "Once", "max_tokens": 3, "ignore_eos": true});
    let events = server.events("/v1/completions", body).await;
    assert_eq!(events.len(), 5);
    let finish: Value = serde_json::from_str(&events[3]).unwrap();
    assert_eq!(finish["choices"][0]["finish_reason"], "length");
    assert_eq!(finish["timings"]["predicted_n"], 3);
    assert!(finish.get("usage").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reuse_follows_the_common_prefix_and_changes_no_token() {
    let server = Server::start(small()).await;
    let ask = async |prompt: &[u64], cache: bool| {
        let body = json!({
            "prompt": prompt, "max_tokens": 24, "ignore_eos": true, "cache_prompt": cache,
        });
        let answer = server.post("/v1/completions", body).await;
        let cached = answer["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
        assert_eq!(answer["usage"]["prompt_tokens"], prompt.len());
        assert_eq!(answer["usage"]["completion_tokens"], 24);
        (answer["choices"][0]["text"].as_str().unwrap().to_owned(), cached)
    };
    let (long, short) = (ids(1, 900), ids(1, 600));
    let (cold, cached) = ask(&long, false).await;
    assert_eq!(cached, 0);
    assert_eq!(ask(&short, true).await.1, 599);
    let (warm, cached) = ask(&long, true).await;
    assert!(cached >= 600, "{cached}");
    assert_eq!(warm, cold);
    let (again, cached) = ask(&long, false).await;
    assert_eq!((again, cached), (cold, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_at_once_get_what_they_would_get_alone() {
    let server = Server::start(small()).await;
    let body = |seed| {
        json!({
            "prompt": ids(seed, 200 + seed as usize * 37), "max_tokens": 40, "ignore_eos": true,
            "cache_prompt": false,
        })
    };
    let mut alone = Vec::new();
    for seed in 0..6 {
        alone.push(server.post("/v1/completions", body(seed)).await);
    }
    let bodies: Vec<String> = (0..6).map(|seed| body(seed).to_string()).collect();
    let mut open = Vec::new();
    // More than there are slots: the others wait.
    for body in &bodies {
        open.push(server.open("POST", "/v1/completions", body).await);
    }
    for (stream, alone) in open.into_iter().zip(alone) {
        let together = finish(stream).await.json();
        assert_eq!(together["choices"], alone["choices"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_frees_its_slot() {
    let server = Server::start(EngineOptions { slots: 1, ..small() }).await;
    let body = json!({"prompt": "x", "max_tokens": 4000, "ignore_eos": true});
    let started = Instant::now();
    server.post("/v1/completions", body.clone()).await;
    let whole = started.elapsed();
    for streamed in [true, false] {
        let mut body = body.clone();
        body["stream"] = json!(streamed);
        let mut connection = server.open("POST", "/v1/completions", &body.to_string()).await;
        if streamed {
            // Generation runs: at least one event has come.
            connection.read_exact(&mut [0; 64]).await.unwrap();
        } else {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(connection);
        let next = json!({"prompt": "y", "max_tokens": 1});
        let started = Instant::now();
        server.post("/v1/completions", next).await;
        // With the only slot taken it would have waited for the rest of the 4,000 tokens.
        assert!(started.elapsed() < whole / 2, "{:?} of {whole:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_say_why() {
    let server = Server::start(small()).await;
    let refused = async |path: &str, body: String, status: u16| {
        let answer = server.send("POST", path, &body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let error = answer.json()["error"].clone();
        assert_eq!(error["code"], status);
        assert!(!error["message"].as_str().unwrap().is_empty());
        error
    };
    let completions = "/v1/completions";
    let error = refused(completions, "{".into(), 400).await;
    assert_eq!(error["type"], "invalid_request_error");
    let long = json!({"prompt": ids(1, 4096), "max_tokens": 1}).to_string();
    let error = refused(completions, long, 400).await;
    assert_eq!(error["type"], "exceed_context_size_error");
    assert_eq!((&error["n_prompt_tokens"], &error["n_ctx"]), (&json!(4096), &json!(4096)));
    for body in [
        json!({}),
        json!({"prompt": []}),
        json!({"prompt": [1, 4096]}),
        json!({"prompt": ["a", "b"]}),
        json!({"prompt": "x", "max_tokens": 0}),
        json!({"prompt": "x", "temperature": -1.0}),
        json!({"prompt": "x", "n": 2}),
    ] {
        refused(completions, body.to_string(), 400).await;
    }
    refused("/v1/chat/completions", json!({"messages": []}).to_string(), 400).await;
    let pilot = json!({"messages": [{"role": "pilot", "content": "x"}]}).to_string();
    refused("/v1/chat/completions", pilot, 400).await;
    refused("/v1/nothing", "{}".into(), 404).await;
    refused("/health", "{}".into(), 405).await;
    let big = format!("{{\"prompt\":\"{}\"}}", "x".repeat(8 << 20));
    refused(completions, big, 413).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_ends_at_the_context() {
    let server = Server::start(small()).await;
    let body = json!({"prompt": ids(3, 4090), "max_tokens": 100, "ignore_eos": true});
    let answer = server.post("/v1/completions", body).await;
    assert_eq!(answer["usage"]["completion_tokens"], 6);
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serving_ends_at_shutdown_and_refuses_other_machines() {
    let engine = Engine::new(small()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let served = tokio::spawn(serve(engine.clone(), listener, shutdown));
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    let open = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = serve(engine, open, std::future::pending()).await.unwrap_err();
    assert_eq!(error.code(), "engine-not-loopback");
}

/// The answer of the default model to a fixed prompt, on every machine with fused multiply-adds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_model_says_what_it_always_says() {
    let server = Server::start(EngineOptions::default()).await;
    let body = json!({"prompt": ids(5, 300), "max_tokens": 12, "ignore_eos": true});
    let answer = server.post("/v1/completions", body).await;
    assert_eq!(
        answer["choices"][0]["text"],
        " tule yoto suta kuje nusu jatu tubu gove deme keze gufe yuwo"
    );
}
