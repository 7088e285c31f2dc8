//! Measures the reference engine on this machine, through its own HTTP interface.
//!
//! ```text
//! cargo run --release -p tachograph-engine --example speed -- [--threads N] [--rounds N]
//! [--shape LAYERS,DIM,HEADS,KV_HEADS,HEAD_DIM,FF,VOCAB]
//! ```
//!
//! Prints prefill speed at several lengths, decode speed after 128 and 2,048 tokens with the
//! ratio of the two, and decode speed of 16 streams at once. The rates are the server's
//! `timings`; each line shows the median and the best of the rounds.

#![expect(clippy::print_stdout, reason = "a program to be run by hand")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};
use tachograph_engine::{Engine, EngineOptions, ModelShape, serve};
use tokio::net::TcpListener;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Tokens generated per decode measurement.
const ANSWER: usize = 256;

fn main() -> Outcome<()> {
    let mut options = EngineOptions::default();
    let mut rounds = 5usize;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("an option needs a value")?;
        match word.as_str() {
            "--threads" => options.threads = value.parse()?,
            "--rounds" => rounds = value.parse::<usize>()?.max(1),
            "--shape" => options.shape = shape(&value)?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    let started = Instant::now();
    let engine = Engine::new(options)?;
    println!(
        "{} parameters, {} threads, {}, ready in {:.0} ms",
        engine.shape().parameters(),
        engine.options().threads,
        engine.instruction_set(),
        started.elapsed().as_secs_f64() * 1e3
    );
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let port = listener.local_addr()?.port();
    runtime.spawn(serve(engine, listener, std::future::pending()));

    // The rounds interleave, so that a slow moment of the machine does not hit one line alone.
    let lengths = [128usize, 1024, 4096, 8192];
    let mut prefill = vec![Vec::new(); lengths.len()];
    let (mut shallow, mut deep, mut batch) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        for (length, rates) in lengths.iter().zip(&mut prefill) {
            rates.push(rate(&ask(port, round, *length, 1)?, "prompt_per_second")?);
        }
        shallow.push(rate(&ask(port, round, 128, ANSWER)?, "predicted_per_second")?);
        deep.push(rate(&ask(port, round, 2048, ANSWER)?, "predicted_per_second")?);
        batch.push(streams(port, 16, 1024)?);
    }
    for (length, rates) in lengths.iter().zip(&mut prefill) {
        show(&format!("prefill {length:>5} tokens"), rates);
    }
    let before = show("decode after   128 tokens", &mut shallow);
    let after = show("decode after 2,048 tokens", &mut deep);
    show("decode of 16 streams, 1,024", &mut batch);
    println!(
        "decode after 2,048 / after 128: median {:.2}, best {:.2}",
        after.0 / before.0,
        after.1 / before.1
    );
    Ok(())
}

/// Prints the median and the best of some rates and returns them.
fn show(label: &str, rates: &mut [f64]) -> (f64, f64) {
    rates.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    let median = match rates.len() % 2 {
        0 => (rates[middle - 1] + rates[middle]) / 2.0,
        _ => rates[middle],
    };
    let best = rates[rates.len() - 1];
    println!("{label:<28} {median:>8.0} tok/s, best {best:>8.0}");
    (median, best)
}

/// Reads the numbers of another shape.
fn shape(text: &str) -> Outcome<ModelShape> {
    let numbers: Vec<usize> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    match *numbers.as_slice() {
        [layers, dim, heads, kv_heads, head_dim, ff, vocab] => {
            Ok(ModelShape { layers, dim, heads, kv_heads, head_dim, ff, vocab })
        }
        _ => Err("a shape has seven numbers".into()),
    }
}

/// Asks for `answer` tokens after a cold prompt of `length` tokens; returns the `timings`.
fn ask(port: u16, round: usize, length: usize, answer: usize) -> Outcome<Value> {
    let prompt: Vec<usize> = (0..length).map(|i| 16 + (i * 31 + round * 7) % 4000).collect();
    let body = json!({
        "prompt": prompt, "max_tokens": answer, "ignore_eos": true, "cache_prompt": false,
    })
    .to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "POST /v1/completions HTTP/1.1\r\nhost: engine\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (_, body) = response.split_once("\r\n\r\n").ok_or("no body")?;
    let answer: Value = serde_json::from_str(body)?;
    Ok(answer["timings"].clone())
}

/// Tokens per second of `count` answers at once, from the last first token to the first end.
///
/// With equal prompts and equal lengths, the mean rate times `count` is what they share.
fn streams(port: u16, count: usize, length: usize) -> Outcome<f64> {
    let asks: Vec<_> = (0..count)
        .map(|index| std::thread::spawn(move || ask(port, 1000 + index, length, ANSWER)))
        .collect();
    let mut total = 0.0;
    for ask in asks {
        let timings = ask.join().map_err(|_| "a client failed")??;
        total += rate(&timings, "predicted_per_second")?;
    }
    Ok(total)
}

fn rate(timings: &Value, name: &str) -> Outcome<f64> {
    timings[name].as_f64().ok_or_else(|| format!("the engine gave no {name}").into())
}
