//! What the user sees while a run runs: one live line a workload, or plain lines.

use std::{
    io::IsTerminal,
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tachograph_model::{WorkloadReport, WorkloadStatus};
use tachograph_session::{Event, Observer};

use crate::printer;

/// The live display.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    workload: String,
    place: String,
    step: String,
    began: Option<Instant>,
    budget_s: u32,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(125));
            bar
        });
        Self { bar, state: Mutex::default() }
    }

    /// Takes the live line away, so that the report begins on a clean one.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| printer::talk(text)),
            None => printer::talk(text),
        }
    }

    fn live(&self, text: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        }
    }

    fn update(&self, state: &State, speed: &str) {
        let elapsed = state.began.map_or(0, |began| began.elapsed().as_secs());
        let State { place, workload, step, budget_s, .. } = state;
        self.live(format!(
            "{place} {workload}  {step}  {elapsed} s of at most {budget_s} s{speed}"
        ));
    }
}

impl Observer for Progress {
    fn event(&self, event: Event<'_>) {
        let Ok(mut state) = self.state.lock() else { return };
        match event {
            Event::Note(text) => self.line(text),
            Event::Launching { program, elapsed_s, patience_s } => {
                self.live(format!("starting {program}  {elapsed_s} s of at most {patience_s} s"));
            }
            Event::Backend { name, model, pin } => {
                self.line(&format!("measuring {model} on {name}"));
                self.line(&format!("with {}", pin.get(..32).unwrap_or(pin)));
            }
            Event::WorkloadBegins { id, index, of, budget_s } => {
                *state = State {
                    workload: id.to_owned(),
                    place: format!("{}/{of}", index + 1),
                    began: Some(Instant::now()),
                    budget_s,
                    step: String::new(),
                };
                self.update(&state, "");
            }
            Event::StepBegins { id, .. } => {
                id.clone_into(&mut state.step);
                self.update(&state, "");
            }
            Event::Tick { reads, elapsed_s } if elapsed_s > 0.0 => {
                let speed = format!("  about {:.0} tok/s", reads as f64 / elapsed_s);
                self.update(&state, &speed);
            }
            Event::Tick { .. } => {}
            Event::StepSkipped { id, reason } => {
                self.line(&format!("{} {}: {id} left out: {reason}", state.place, state.workload));
            }
            Event::WorkloadEnds { report } => self.line(&ended(&state, report)),
        }
    }
}

fn ended(state: &State, report: &WorkloadReport) -> String {
    let elapsed = state.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
    let State { place, workload, .. } = state;
    // A skip's verdict is its reason, cut to a line: the whole one says more.
    let said = match (report.status, &report.reason) {
        (WorkloadStatus::Skipped, Some(reason)) => format!("skipped: {reason}"),
        (WorkloadStatus::Failed, Some(reason)) => format!("failed: {reason}"),
        _ => report.verdict.clone(),
    };
    format!("{place} {workload} ({elapsed:.1} s): {said}")
}
