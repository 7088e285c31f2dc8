//! What a run tells while it runs.

use tachograph_model::WorkloadReport;

/// Something that happened in a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A sentence for the user, for example that the built-in engine is started.
    Note(&'a str),
    /// A backend was started and is not ready yet; told several times a second.
    Launching {
        /// The program.
        program: &'a str,
        /// Seconds since its start.
        elapsed_s: u64,
        /// The seconds that it may take.
        patience_s: u64,
    },
    /// The backend answered.
    Backend {
        /// Its name and version.
        name: &'a str,
        /// The model that is measured.
        model: &'a str,
        /// The pin of the suite.
        pin: &'a str,
    },
    /// A workload begins.
    WorkloadBegins {
        /// Its id.
        id: &'a str,
        /// Its place, from 0.
        index: usize,
        /// How many there are.
        of: usize,
        /// The seconds it may take.
        budget_s: u32,
    },
    /// A step begins.
    StepBegins {
        /// Its id.
        id: &'a str,
        /// The streams it holds at once.
        streams: u32,
    },
    /// Reads so far in the running step; close to tokens where a server sends
    /// one token an event. For display only.
    Tick {
        /// Socket reads of response bodies.
        reads: u64,
        /// Seconds since the step began.
        elapsed_s: f64,
    },
    /// A step was left out.
    StepSkipped {
        /// Its id.
        id: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// A workload ended.
    WorkloadEnds {
        /// Its report.
        report: &'a WorkloadReport,
    },
}

/// Someone who watches a run.
pub trait Observer: Send + Sync {
    /// Called for each event, in order; must return at once.
    fn event(&self, event: Event<'_>);
}

/// Nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}
