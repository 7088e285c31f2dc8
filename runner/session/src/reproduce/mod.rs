//! Measuring somebody's result again: what to ask for, what stands in the way,
//! and what came of it.
//!
//! ```text
//! result ─► [`Ask`]: the same suite, profile, workloads and settings
//!        ─► [`before`]: what would make a comparison void, found before it costs time
//!        ─► [`plans`]: whether the claimed plans are those of the suite
//!        ─► a run
//!        ─► [`answer`]: reproduced, not reproduced, or not comparable
//! ```

mod answer;
mod ask;
mod before;
mod fetch;
mod plans;

pub use answer::answer;
pub use ask::Ask;
pub use before::{Obstacle, before};
pub use fetch::fetch;
pub use plans::{Plans, plans};
