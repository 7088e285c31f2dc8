//! Measures the clock: this crate's client and a bare hyper client against a known schedule.
//!
//! `cargo run --release -p tachograph-net --example clock [-- --reps 7]`
//!
//! A server in a process of its own streams chunked server-sent events on a known schedule and
//! logs when it really sent each. Each client runs in a process of its own, so that its CPU time
//! and peak memory are its own. Repetitions alternate between the two clients. The output is the
//! Markdown of the "clock" section of `docs/performance.md`.

mod anchor;
mod bare;
mod measured;
mod outcome;
mod report;
mod schedule;
mod server;
mod usage;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use outcome::Outcome;
use schedule::{Gap, Schedule};

pub(crate) type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Which client a child process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bare,
    Ours,
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["server"] => server::run(),
        ["client", kind, address, schedule] => client(kind, address, schedule),
        [] => compare(7),
        ["--reps", reps] => compare(reps.parse()?),
        _ => Err("usage: clock [--reps N]".into()),
    }
}

fn client(kind: &str, address: &str, schedule: &str) -> Fallible<()> {
    let schedule: Schedule = serde_json::from_str(schedule)?;
    let outcome = match kind {
        "bare" => bare::run(address.parse()?, schedule)?,
        _ => measured::run(address.parse()?, schedule)?,
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}

/// A server process, ended when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Fallible<Server> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Server { child, address: address.trim().to_owned() })
    }

    fn run(&self, kind: Kind, schedule: Schedule) -> Fallible<Outcome> {
        let kind = if kind == Kind::Bare { "bare" } else { "ours" };
        let output = Command::new(std::env::current_exe()?)
            .args(["client", kind, &self.address, &serde_json::to_string(&schedule)?])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("the {kind} client failed: {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing its input ends it; the kill is for one that hangs.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn compare(reps: usize) -> Fallible<()> {
    let server = Server::start()?;
    let mut rows = Vec::new();
    for gap in [Gap::Even, Gap::Uneven] {
        for streams in [1, 16, 64, 256] {
            rows.push(pair(&server, reps, |rep| Schedule::paced(gap, streams, rep))?);
        }
    }
    let saturated = pair(&server, reps * 3, |_| Schedule::flood())?;
    report::print(&rows, &saturated, reps)
}

/// Alternates the two clients, so that a noisy minute hits both.
fn pair(
    server: &Server,
    reps: usize,
    schedule: impl Fn(u64) -> Schedule,
) -> Fallible<report::Pair> {
    let mut pair = report::Pair { schedule: schedule(0), bare: Vec::new(), ours: Vec::new() };
    for rep in 0..reps as u64 {
        let both = [Kind::Bare, Kind::Ours];
        let order = if rep % 2 == 0 { both } else { [both[1], both[0]] };
        for kind in order {
            let outcome = server.run(kind, schedule(rep))?;
            if kind == Kind::Bare { &mut pair.bare } else { &mut pair.ours }.push(outcome);
        }
    }
    Ok(pair)
}
