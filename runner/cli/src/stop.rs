//! Ctrl-C: the first one seals what was measured, the second one ends at once.

use tachograph_model::ExitCode;
use tokio::sync::watch;

use crate::printer;

/// Listens for signals for the rest of the process's life.
pub(crate) fn on_signal() -> watch::Receiver<bool> {
    let (stop, stopped) = tachograph_session::interrupt_channel();
    tokio::spawn(async move {
        signal().await;
        printer::talk("stopping: sealing what was measured (again to end at once)");
        // The run may be over already.
        let _ = stop.send(true);
        signal().await;
        std::process::exit(ExitCode::Interrupted.code().into());
    });
    stopped
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
