//! The process between this one and a backend: it ends the backend when this
//! process ends, however that happens.
//!
//! The guard waits for the end of its standard input, whose other end only the
//! runner holds. No signal handler of the runner has to run for that, so a
//! `kill -9` of it is enough.

use std::{
    ffi::OsString,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
};

/// How long a backend may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);

/// Runs a program until it ends, or until standard input closes: then it and
/// every process of its group are ended. Gives the program's status, or none
/// when it was ended here.
///
/// # Errors
/// When the program cannot be started or waited for.
pub async fn guard(program: OsString, args: Vec<OsString>) -> std::io::Result<Option<ExitStatus>> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let group = child.id();
    let ended = tokio::select! {
        status = child.wait() => Some(status?),
        () = input_closes() => None,
    };
    if ended.is_none() {
        end(&mut child, group).await;
    }
    Ok(ended)
}

async fn input_closes() {
    let mut sink = [0; 64];
    while matches!(tokio::io::stdin().read(&mut sink).await, Ok(1..)) {}
}

/// Asks the whole group to end, then makes it.
#[cfg(unix)]
async fn end(child: &mut Child, group: Option<u32>) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = group.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let Some(group) = group else { return };
    let _ = kill_process_group(group, Signal::TERM);
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    // Children that outlived their parent are still in the group.
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait().await;
}

#[cfg(not(unix))]
async fn end(child: &mut Child, _: Option<u32>) {
    let _ = tokio::time::timeout(GRACE, child.kill()).await;
}
