//! WASI with everything behind it denied.
//!
//! Compilers emit these imports whatever a program does. No folder, variable, argument or input
//! is there; the clock stands still; a wait is over at once; random numbers follow from a seed;
//! the last words of a guest are kept for the message of its crash. Sockets are not linked.
//! A call of a clock, the environment or a folder is noted, and fails the plugin's call unless its
//! manifest names that part.

mod empty;
mod random;
mod words;

pub(crate) use random::Random;
pub(crate) use words::LastWords;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random as numbers};

use crate::state::{Base, HasBase};

/// Links the interfaces that the preflight lets pass.
pub(crate) fn link<T: HasBase>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    // Streams, polling and the standard streams; its clocks and its random numbers are replaced.
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(linker)?;
    clocks::wall_clock::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    clocks::monotonic_clock::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    numbers::random::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    numbers::insecure::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    numbers::insecure_seed::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    linker.allow_shadowing(false);
    cli::environment::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    cli::exit::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_input::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_output::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdin::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdout::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stderr::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    filesystem::preopens::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    filesystem::types::add_to_linker::<T, WasiFilesystem>(linker, T::filesystem)
}

/// A context that grants nothing.
pub(crate) fn denied(words: &LastWords) -> WasiCtx {
    WasiCtx::builder()
        .stdout(words.clone())
        .stderr(words.clone())
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .allow_blocking_current_thread(false)
        .build()
}
