//! Ctrl-C: the first one seals what was measured, the second one ends at once.

use tokio::sync::{Notify, watch};

use crate::printer;

/// Told when the user will not wait for the seal.
static AGAIN: Notify = Notify::const_new();

/// Waits until the user will not wait any longer.
pub(crate) async fn at_once() {
    AGAIN.notified().await;
}

/// Listens for signals for the rest of the process's life.
pub(crate) fn on_signal() -> watch::Receiver<bool> {
    let (stop, stopped) = tachograph_session::interrupt_channel();
    tokio::spawn(async move {
        signal().await;
        printer::talk("stopping: sealing what was measured (again to end at once)");
        // The run may be over already.
        let _ = stop.send(true);
        signal().await;
        AGAIN.notify_one();
    });
    stopped
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(mut terminate), Ok(mut hangup)) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        },
        _ => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
