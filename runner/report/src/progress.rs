//! Progress where there is no terminal to draw on.

use std::time::Duration;

use crate::{number::rate, text::clean};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// The workload's id.
    pub workload: &'a str,
    /// Its place among the workloads, from 1.
    pub index: usize,
    /// How many workloads there are.
    pub of: usize,
    /// What runs now, for example `trial 2`.
    pub step: &'a str,
    /// Requests that are done.
    pub done: usize,
    /// Requests in all, once known.
    pub planned: Option<usize>,
    /// Time since the workload began.
    pub elapsed: Duration,
    /// About how long it will still take, once that can be said.
    pub left: Option<Duration>,
    /// Output tokens per second so far.
    pub tokens_per_s: Option<f64>,
}

/// One line without its end, for example
/// `[2/5] chat-long: trial 1, 3 of 7 requests, 0:42 elapsed, about 1:10 left, 81.2 tok/s`.
pub fn progress_line(progress: &Progress<'_>) -> String {
    let requests = match progress.planned {
        Some(planned) => format!("{} of {planned} requests", progress.done),
        None if progress.done == 1 => "1 request".to_owned(),
        None => format!("{} requests", progress.done),
    };
    let mut parts = vec![clean(progress.step), requests];
    parts.push(format!("{} elapsed", clock(progress.elapsed)));
    parts.extend(progress.left.map(|left| format!("about {} left", clock(left))));
    parts.extend(progress.tokens_per_s.filter(|tps| tps.is_finite()).map(rate));
    parts.retain(|part| !part.is_empty());
    let workload = clean(progress.workload);
    format!("[{}/{}] {workload}: {}", progress.index, progress.of, parts.join(", "))
}

/// Minutes and seconds, hours where needed: `0:42`, `1:02:05`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let mut progress = Progress {
            workload: "chat-long",
            index: 2,
            of: 5,
            step: "trial 1",
            done: 3,
            planned: Some(7),
            elapsed: Duration::from_secs(42),
            left: Some(Duration::from_secs(70)),
            tokens_per_s: Some(81.24),
        };
        insta::assert_snapshot!("progress", progress_line(&progress));
        progress = Progress {
            step: "",
            done: 1,
            planned: None,
            left: None,
            tokens_per_s: None,
            elapsed: Duration::from_secs(3_725),
            ..progress
        };
        insta::assert_snapshot!("progress_unknown", progress_line(&progress));
    }
}
