//! `tacho`: how fast does this LLM really run here, and can anyone check it?

mod args;
mod commands;
mod error;
mod home;
mod printer;
mod progress;
mod question;
#[cfg(test)]
mod reference;
mod stop;
mod update_config;
mod world;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    printer::log_to_stderr(args.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => return error::CliError::Runtime(source).report(),
    };
    // Dropping the command ends whatever it has started.
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = commands::dispatch(args) => ended,
            () = stop::at_once() => Ok(tachograph_model::ExitCode::Interrupted),
        }
    });
    runtime.shutdown_background();
    match ended {
        Ok(code) => ExitCode::from(code.code()),
        Err(error) => error.report(),
    }
}
