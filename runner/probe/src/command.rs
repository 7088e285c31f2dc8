//! Runs a system tool with a time limit.

use std::{
    env,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// The most that is read of a tool's output, in bytes.
const OUTPUT_CAP: u64 = 64 * 1024;

/// Why a tool gave no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolError {
    /// It could not be started.
    NotStarted,
    /// It ended with an error.
    Failed,
    /// It did not end in time and was killed.
    TimedOut,
}

impl ToolError {
    /// The reason as a clause, without any path.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NotStarted => "could not be started",
            Self::Failed => "ended with an error",
            Self::TimedOut => "gave no answer in time",
        }
    }
}

/// Finds a program in the absolute folders of `PATH`.
///
/// Relative entries are passed over, so that the working folder never decides
/// which program runs.
pub(crate) fn find_in_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// What a program writes to its standard output, at most 64 KiB.
///
/// # Errors
/// See [`ToolError`]; a program that outlives `limit` is killed.
pub(crate) fn output(program: &Path, args: &[&str], limit: Duration) -> Result<String, ToolError> {
    let deadline = Instant::now() + limit;
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| ToolError::NotStarted)?;
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // A thread, because a grandchild may hold the pipe open for ever.
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let whole = stdout.take(OUTPUT_CAP).read_to_end(&mut bytes);
            sender.send(whole.map(|_| bytes)).ok();
        });
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
            _ => {
                child.kill().ok();
                child.wait().ok();
                return Err(ToolError::TimedOut);
            }
        }
    };
    if !status.success() {
        return Err(ToolError::Failed);
    }
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
    match receiver.recv_timeout(left) {
        Ok(Ok(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(Err(_)) => Err(ToolError::Failed),
        Err(_) => Err(ToolError::TimedOut),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, limit_ms: u64) -> Result<String, ToolError> {
        output(Path::new("/bin/sh"), &["-c", script], Duration::from_millis(limit_ms))
    }

    #[test]
    fn output_comes_back_and_failures_have_names() {
        assert_eq!(sh("echo one", 5_000).as_deref(), Ok("one\n"));
        assert_eq!(sh("exit 3", 5_000), Err(ToolError::Failed));
        let missing = output(Path::new("/nowhere/tool"), &[], Duration::from_secs(1));
        assert_eq!(missing, Err(ToolError::NotStarted));
    }

    #[test]
    fn a_tool_that_hangs_is_left_behind() {
        let start = Instant::now();
        assert_eq!(sh("exec sleep 30", 60), Err(ToolError::TimedOut));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_does_not_hold_us() {
        let start = Instant::now();
        assert_eq!(sh("sleep 8 & exit 0", 60), Err(ToolError::TimedOut));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn only_absolute_folders_are_searched() {
        assert!(find_in_path("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find_in_path("no-such-tool-here"), None);
    }
}
