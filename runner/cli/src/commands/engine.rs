//! `tacho engine`: the built-in reference engine, on loopback.

use clap::Args;
use tachograph_engine::{Engine as Model, EngineOptions};
use tachograph_model::ExitCode;
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::{error::CliError, printer};

const ABOUT: &str = "\
A small llama-architecture model with generated weights, behind an
OpenAI-compatible API. The arithmetic is real and the text is meaningless: it
measures this machine's processor with a fixed yardstick.";

/// Serve the built-in reference engine on loopback.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Engine {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8099)]
    port: u16,
    /// Threads; all cores by default.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// End when standard input closes: a child ends with its parent.
    #[arg(long)]
    until_stdin_closes: bool,
}

pub(crate) async fn run(command: Engine) -> Result<ExitCode, CliError> {
    let mut options = EngineOptions::default();
    if let Some(threads) = command.threads {
        options.threads = threads;
    }
    let listener = TcpListener::bind(("127.0.0.1", command.port))
        .await
        .map_err(CliError::disk("listen on", format!("127.0.0.1:{}", command.port)))?;
    let address = listener
        .local_addr()
        .map_err(CliError::disk("listen on", format!("127.0.0.1:{}", command.port)))?;
    let engine = Model::new(options)?;
    printer::data(&format!("listening http://{address}"))?;
    let child = command.until_stdin_closes;
    let stop = async move {
        if child {
            // Whatever comes is ignored; the end, or an error, ends the engine.
            let mut sink = [0; 64];
            while matches!(tokio::io::stdin().read(&mut sink).await, Ok(1..)) {}
        } else {
            let _ = tokio::signal::ctrl_c().await;
        }
    };
    tachograph_engine::serve(engine, listener, stop).await?;
    Ok(ExitCode::Ok)
}
