//! The built-in engine as a server of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use crate::Tacho;

/// A built-in engine that listens on a port of its own, and ends with its value.
pub struct Engine {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Engine {
    /// Starts one.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(tacho: &Tacho) -> Self {
        let mut command = tacho.command(&["engine", "--port", "0", "--until-stdin-closes"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the engine starts");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its first line");
        let url = line.trim().strip_prefix("listening ").expect("its address").to_owned();
        Self { child, url }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
