//! Data to standard output, talk to standard error; nobody else prints.

use std::io::{IsTerminal, Write, stderr, stdout};

use tachograph_report::{Detail, Style};
use tracing_subscriber::EnvFilter;

use crate::error::CliError;

/// Writes data to standard output.
pub(crate) fn data(text: &str) -> Result<(), CliError> {
    let mut out = stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    write!(out, "{text}{end}").and_then(|()| out.flush()).map_err(CliError::Stdout)
}

/// Writes bytes to standard output, as they are.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(CliError::Stdout)
}

/// Writes a line to standard error: names and messages in it may be those of a
/// server. Nobody is left to tell when that fails.
pub(crate) fn talk(text: &str) {
    let _ = writeln!(stderr(), "{}", tachograph_report::printable(text));
}

/// How to lay text out on standard output.
pub(crate) fn style() -> Style {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style { width: 80, color: stdout().is_terminal() && !plain }
}

/// How much of a result to show.
pub(crate) fn detail(full: bool) -> Detail {
    if full { Detail::Full } else { Detail::Compact }
}

/// Sends the log to standard error: warnings, or more with `-v`. `TACHO_LOG`
/// takes a filter such as `tachograph_net=debug` instead.
pub(crate) fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("TACHO_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .without_time()
        .init();
}
