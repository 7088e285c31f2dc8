//! A run, from a verified suite to a sealed result.
//!
//! ```text
//! Run::live ──► begin ─► fingerprint ─► self-test ─► detect
//!                  for each workload: next() → step → lanes → samples → report
//!               result ─► seal ─► run folder
//! Run::replay ── the same code over a tape, with no network
//! ```
//!
//! Everything that is not a pure function of the suite is journalled through
//! a [`World`](world::World): facts that the host observes, and HTTP exchanges.
//! A replay runs the same code over a world that only reads, and therefore
//! arrives at the same bytes or says where it parted.

mod archive;
mod begin;
mod budget;
mod candidate;
mod challenge;
mod cooldown;
mod cost;
mod detect;
mod discover;
mod dispute;
mod error;
mod evidence;
#[cfg(test)]
mod fixture;
mod fresh;
mod gate;
mod guard;
mod harness;
mod identity;
mod journal;
mod lane;
mod launch;
mod live;
mod measured;
mod observed;
mod options;
mod plan;
mod progress;
mod pull;
mod replay;
mod reproduce;
mod roof;
mod run;
mod sample;
mod seat;
mod self_test;
mod session;
mod standing;
mod trial;
mod verify;
mod watch;
mod workload;
mod world;

pub use archive::{Archive, RunEntry, SealedRun, Unsealed};
pub use challenge::Challenge;
pub use cost::CostLimit;
pub use detect::{Absent, Found, Hosted, Installed, Sighting, detect_all};
pub use dispute::{Contents, Exported, Inspection, export, inspect};
pub use error::SessionError;
pub use guard::guard;
pub use launch::EngineCommand;
pub use live::interrupt_channel;
pub use options::{LocalPlugin, RunOptions, TargetOptions};
pub use progress::{Event, Observer, Silent};
pub use pull::{PullPlan, pull_plans};
pub use replay::{Replayed, replay};
pub use reproduce::{Ask, Obstacle, Plans, answer, before, fetch, plans};
pub use run::{Finished, run};
pub use seat::{Seat, take_turns};
pub use standing::{ReproductionNote, Standing};
pub use trial::{Trial, TrialTurn};
pub use verify::{Verified, answers, verify};
