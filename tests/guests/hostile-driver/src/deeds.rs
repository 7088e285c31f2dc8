//! What the driver does in `generate`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use crate::tachograph::plugin::http::{Endpoint, Framing, Request, Response, send};
use crate::tachograph::plugin::log;
use crate::tachograph::plugin::turn::{Channel, TokenSource, Turn, Usage};
use crate::tachograph::plugin::types::Error;
use crate::{error, post};

static KEPT: Mutex<Option<Response>> = Mutex::new(None);

pub fn run(deed: &str, endpoint: &Endpoint, turn: &Turn) -> Result<(), Error> {
    match deed {
        "ok" => honest(endpoint, turn),
        "loop" => loop {
            black_box(1);
        },
        "memory" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 1 << 20]);
                black_box(&hoard);
            }
        }
        "stack" => {
            black_box(dig(0));
            Ok(())
        }
        "guest-stack" => {
            black_box(dig_wide(0));
            Ok(())
        }
        "panic" => panic!("boom \u{1b}[31m"),
        "exit" => std::process::exit(3),
        "forged" => delta(turn, 77 << 32, "x"),
        "forged-quietly" => {
            honest(endpoint, turn)?;
            let _ = delta(turn, u64::MAX, "x");
            Ok(())
        }
        "backwards" => {
            let response = post(endpoint, "/v1")?;
            let frames = response.next()?.frames;
            delta(turn, frames[1].id, "b")?;
            delta(turn, frames[0].id, "a")
        }
        "empty-delta" => {
            let response = post(endpoint, "/v1")?;
            let frames = response.next()?.frames;
            turn.delta(frames[0].id, Channel::Content, &[], None)
        }
        "zero-tokens" => {
            let response = post(endpoint, "/v1")?;
            let frames = response.next()?.frames;
            turn.delta(frames[0].id, Channel::Content, &[], Some(0))
        }
        "flood" => loop {
            log::write(log::Level::Debug, "");
        },
        "request-flood" => loop {
            let _ = post(endpoint, "/v1");
        },
        "refused-request-flood" => loop {
            let _ = post(endpoint, "//evil.test/");
        },
        "log" => {
            log::write(log::Level::Info, &"\u{1b}[2J".repeat(100_000));
            honest(endpoint, turn)
        }
        "print" => {
            for _ in 0..10_000 {
                println!("{}", "y".repeat(100));
            }
            honest(endpoint, turn)
        }
        "double-slash" => post(endpoint, "//evil.test/").map(drop),
        "absolute" => post(endpoint, "http://evil.test/").map(drop),
        "dots" => post(endpoint, "/v1/%2e%2e/admin").map(drop),
        "host-header" => {
            let header = crate::tachograph::plugin::http::Header {
                name: "Host".to_owned(),
                value: "evil.test".to_owned(),
            };
            let request = Request {
                method: "GET".to_owned(),
                path: "/".to_owned(),
                query: None,
                headers: vec![header],
                body: Vec::new(),
                framing: Framing::Raw,
            };
            send(endpoint, &request).map(drop)
        }
        "large-request" => {
            let request = Request {
                method: "POST".to_owned(),
                path: "/".to_owned(),
                query: None,
                headers: Vec::new(),
                body: vec![0; 20 << 20],
                framing: Framing::Raw,
            };
            send(endpoint, &request).map(drop)
        }
        "world" => world(turn),
        "files" => {
            let _ = std::fs::read("/etc/passwd");
            honest(endpoint, turn)
        }
        "environment" => {
            let _ = std::env::var("HOME");
            honest(endpoint, turn)
        }
        "clock" => {
            black_box(Instant::now());
            honest(endpoint, turn)
        }
        "date" => {
            black_box(SystemTime::now());
            honest(endpoint, turn)
        }
        "sleep" => {
            std::thread::sleep(Duration::from_secs(3600));
            honest(endpoint, turn)
        }
        "random" => turn.meta(&format!("{{\"hash\":{}}}", RandomState::new().hash_one(1) >> 12)),
        "large-meta" => turn.meta(&format!("{{\"x\":\"{}\"}}", "y".repeat(20_000))),
        "used-after-drop" => {
            let response = post(endpoint, "/v1")?;
            // SAFETY: none; the second owner uses a handle that is gone.
            let ghost = unsafe { Response::from_handle(response.handle()) };
            drop(response);
            ghost.next().map(drop)
        }
        "kept" => {
            let mut kept = KEPT.lock().map_err(|_| error("lock"))?;
            match kept.as_ref() {
                Some(response) => response.next().map(drop),
                None => {
                    *kept = Some(post(endpoint, "/v1")?);
                    Ok(())
                }
            }
        }
        "unread" => post(endpoint, "/v1").map(drop),
        _ => Err(error("no-such-deed")),
    }
}

fn honest(endpoint: &Endpoint, turn: &Turn) -> Result<(), Error> {
    let response = post(endpoint, "/v1")?;
    let mut last = None;
    loop {
        let batch = response.next()?;
        for frame in &batch.frames {
            let data = &batch.bytes[frame.start as usize..][..frame.len as usize];
            if data != b"[DONE]" {
                turn.delta(frame.id, Channel::Content, data, Some(1))?;
            }
            last = Some(frame.id);
        }
        if batch.last {
            break;
        }
    }
    let Some(last) = last else { return Err(error("protocol")) };
    turn.usage(
        last,
        Usage {
            prompt_tokens: Some(5),
            cached_tokens: None,
            output_tokens: Some(2),
            reasoning_tokens: None,
            source: TokenSource::Usage,
        },
    )?;
    turn.tool_call(last, "f", "{\"a\":1}")?;
    turn.tool_call(last, "f", "{\"a\":")?;
    turn.finish(last, "stop")
}

fn delta(turn: &Turn, frame: u64, text: &str) -> Result<(), Error> {
    turn.delta(frame, Channel::Content, text.as_bytes(), None)
}

/// Little of a frame is in linear memory, so the engine's stack ends first.
fn dig(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX { 0 } else { dig(depth + 1) + 1 }
}

/// Most of a frame is in linear memory, so the guest's own stack ends first.
fn dig_wide(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { dig_wide(black_box(depth + 1)) + room[1] }
}

/// Tells what of the outside it could reach.
fn world(turn: &Turn) -> Result<(), Error> {
    let before = Instant::now();
    let mut sum = 0_u64;
    for i in 0..10_000_000_u64 {
        sum = black_box(sum + i);
    }
    std::thread::sleep(Duration::from_secs(3600));
    let seen = [
        ("read", std::fs::read("/etc/passwd").is_ok()),
        ("list", std::fs::read_dir("/").is_ok()),
        ("list-here", std::fs::read_dir(".").is_ok()),
        ("write", std::fs::write("/tmp/x", "x").is_ok()),
        ("env", std::env::vars().next().is_some()),
        ("args", std::env::args().next().is_some()),
        ("stdin", std::io::stdin().read_line(&mut String::new()).is_ok_and(|n| n > 0)),
        ("clock", before.elapsed() != Duration::ZERO),
        ("date", SystemTime::now() != SystemTime::UNIX_EPOCH),
    ];
    let seen: Vec<String> =
        seen.iter().filter(|(_, seen)| *seen).map(|(what, _)| format!("\"{what}\"")).collect();
    turn.meta(&format!("{{\"seen\":[{}]}}", seen.join(",")))
}
