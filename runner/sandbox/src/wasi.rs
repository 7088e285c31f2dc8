//! WASI with everything behind it denied.
//!
//! Compilers emit these imports whatever a program does. No folder, variable, argument or input
//! is there; the clock stands still; a wait is over at once; random numbers follow from a seed;
//! the last words of a guest are kept for the message of its crash. Sockets are not linked.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random};
use wasmtime_wasi::p2::{DynPollable, OutputStream, Pollable, StreamResult, subscribe};
use wasmtime_wasi::{WasiCtx, async_trait};

use crate::limits::{FAILURE_TEXT, RANDOM_BYTES};
use crate::state::{Base, HasBase, flood};

/// Links the interfaces that the preflight lets pass.
pub(crate) fn link<T: HasBase>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    // Streams, polling and the standard streams; its clocks and its random numbers are replaced.
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(linker)?;
    clocks::wall_clock::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    clocks::monotonic_clock::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    random::random::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    random::insecure::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    random::insecure_seed::add_to_linker::<T, HasSelf<Base>>(linker, T::base)?;
    linker.allow_shadowing(false);
    cli::environment::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::exit::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_input::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_output::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdin::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdout::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stderr::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    filesystem::preopens::add_to_linker::<T, WasiFilesystem>(linker, T::filesystem)?;
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

/// The last 4 KiB that a guest wrote to its standard streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<Vec<u8>>>);

impl LastWords {
    pub(crate) fn clear(&self) {
        self.with(Vec::clear);
    }

    /// What was written, without control characters; `None` if that is nothing.
    pub(crate) fn text(&self) -> Option<String> {
        let text = self.with(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let text = crate::functions::printable(text.trim());
        (!text.is_empty()).then_some(text)
    }

    fn add(&self, more: &[u8]) {
        self.with(|bytes| {
            bytes.extend_from_slice(&more[more.len().saturating_sub(FAILURE_TEXT)..]);
            let surplus = bytes.len().saturating_sub(FAILURE_TEXT);
            bytes.drain(..surplus);
        });
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl IsTerminal for LastWords {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LastWords {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for LastWords {
    async fn ready(&mut self) {}
}

impl OutputStream for LastWords {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.add(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(FAILURE_TEXT)
    }
}

impl clocks::wall_clock::Host for Base {
    fn now(&mut self) -> wasmtime::Result<clocks::wall_clock::Datetime> {
        Ok(clocks::wall_clock::Datetime { seconds: 0, nanoseconds: 0 })
    }

    fn resolution(&mut self) -> wasmtime::Result<clocks::wall_clock::Datetime> {
        Ok(clocks::wall_clock::Datetime { seconds: 1, nanoseconds: 0 })
    }
}

impl clocks::monotonic_clock::Host for Base {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1_000_000_000)
    }

    fn subscribe_instant(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.now_ready()
    }

    fn subscribe_duration(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.now_ready()
    }
}

impl Base {
    /// A clock that stands still cannot wait.
    fn now_ready(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        self.count()?;
        let ready = self.table.push(Ready)?;
        subscribe(&mut self.table, ready)
    }
}

struct Ready;

#[async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

/// Random numbers that follow from a seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > RANDOM_BYTES {
            return Err(flood("random bytes", RANDOM_BYTES));
        }
        let mut bytes = Vec::with_capacity(len as usize + 8);
        while (bytes.len() as u64) < len {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(len as usize);
        Ok(bytes)
    }
}

impl random::random::Host for Base {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random.bytes(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.next())
    }
}

impl random::insecure::Host for Base {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random.bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.next())
    }
}

impl random::insecure_seed::Host for Base {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.random.next(), self.random.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_the_last() {
        let words = LastWords::default();
        words.add(&vec![b'a'; 10 * FAILURE_TEXT]);
        words.add(b"panicked at \x1b[31mhere\n");
        let text = words.text().unwrap();
        assert!(text.ends_with("panicked at \\u{1b}[31mhere"));
        assert!(text.len() <= FAILURE_TEXT + 16);
    }

    #[test]
    fn a_seed_gives_the_same_bytes_again() {
        let bytes = |seed| Random::new(seed).bytes(33).unwrap();
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
        assert!(Random::new(7).bytes(u64::MAX).is_err());
    }
}
