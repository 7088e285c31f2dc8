//! Serves the reference engine on loopback: `cargo run --release --example serve -- PORT`.
//!
//! Port 0, the default, lets the system choose. `--threads N` sets the compute threads, and
//! `--shape LAYERS,DIM,HEADS,KV_HEADS,HEAD_DIM,FF,VOCAB` makes another model. Ends on Ctrl-C.

#![expect(clippy::print_stdout, reason = "a program to be run by hand")]

use std::error::Error;

use tachograph_engine::{Engine, EngineOptions, ModelShape, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut options = EngineOptions::default();
    let mut port = 0u16;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--threads" => options.threads = words.next().ok_or("--threads N")?.parse()?,
            "--shape" => options.shape = shape(&words.next().ok_or("--shape NUMBERS")?)?,
            other => port = other.parse()?,
        }
    }
    let engine = Engine::new(options)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening http://{}", listener.local_addr()?);
    println!("weights sha256 {}", engine.weights_sha256());
    let interrupt = async {
        // Without a handler the default action ends the program anyway.
        let _ = tokio::signal::ctrl_c().await;
    };
    serve(engine, listener, interrupt).await?;
    Ok(())
}

fn shape(text: &str) -> Result<ModelShape, Box<dyn Error>> {
    let numbers: Vec<usize> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    match *numbers.as_slice() {
        [layers, dim, heads, kv_heads, head_dim, ff, vocab] => {
            Ok(ModelShape { layers, dim, heads, kv_heads, head_dim, ff, vocab })
        }
        _ => Err("a shape has seven numbers".into()),
    }
}
