//! What happens to the machine while it works.

mod gpu;
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux reads counters so far"))]
mod reading;
mod recorder;
mod sampler;
mod stretch;
mod table;
mod thermal;
mod throttling;

#[cfg(any(target_os = "linux", test))]
pub(crate) use reading::SlowReading;
pub(crate) use reading::{CoreTicks, Counters, Layout, Pace, Reading, TreeReading};
pub use sampler::{Sampler, SamplerOptions, Seen};
pub use stretch::{Stretch, TreeStretch};
pub use thermal::{HISTORY, LIMIT_MILLICELSIUS, TREND_WINDOW, band, is_above, trend};
pub use throttling::throttling;
