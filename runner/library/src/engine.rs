//! The built-in engine as a child of the program that uses this library.
//!
//! In the same process it would take the processor from the harness that times it,
//! so the program is started a second time, and is nothing but the engine there.

use std::ffi::OsString;

use tachograph_engine::{Engine, EngineOptions};
use tachograph_session::EngineCommand;
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::Error;

/// The argument that makes a program the engine.
const ROLE: &str = "--serve-as-tachograph-engine";

/// How to start the engine: this very program.
pub(crate) fn command() -> Result<EngineCommand, Error> {
    let program = std::env::current_exe().map_err(Error::system("find this program"))?;
    Ok(EngineCommand { program, args: vec![OsString::from(ROLE)] })
}

/// Serves the built-in engine when this process was started for that, and gives
/// `true` once it is over; else `false`, at once.
///
/// A program that measures [`Target::BuiltIn`](crate::Target::BuiltIn) calls this
/// first in its `main` and ends when it gives `true`.
///
/// # Errors
/// When the engine cannot be set up or cannot listen.
pub fn serve_if_engine() -> Result<bool, Error> {
    if std::env::args_os().nth(1).is_none_or(|role| role != ROLE) {
        return Ok(false);
    }
    let runtime = tokio::runtime::Runtime::new().map_err(Error::system("start a runtime"))?;
    runtime.block_on(serve())?;
    Ok(true)
}

async fn serve() -> Result<(), Error> {
    let listen = Error::system("listen on 127.0.0.1");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(listen)?;
    let address = listener.local_addr().map_err(Error::system("listen on 127.0.0.1"))?;
    let engine = Engine::new(EngineOptions::default())?;
    announce(&format!("listening http://{address}"))?;
    let parent_is_gone = async {
        let mut sink = [0; 64];
        while matches!(tokio::io::stdin().read(&mut sink).await, Ok(1..)) {}
    };
    tachograph_engine::serve(engine, listener, parent_is_gone).await?;
    Ok(())
}

/// Tells the parent where the engine listens: the one line that this library ever
/// writes to standard output, in a process of its own.
fn announce(line: &str) -> Result<(), Error> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Error::system("tell the parent"))
}
