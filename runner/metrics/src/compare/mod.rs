//! Comparing runs: is this one faster than that one, and may one ask at all?
//!
//! | step | where |
//! |---|---|
//! | may the two be compared, and what sets them apart | [`Obstacle`], [`Difference`], [`Key`] |
//! | the ratio of each figure with its interval | [`RatioInterval`] |
//! | the same for runs that took turns | [`took_turns`], [`block_ratio`] |
//! | what that means in practice | [`rule`], [`Verdict`] |
//! | all of it for two runs and more | [`compare`] |
//!
//! The interval of a ratio is a 95 % hierarchical bootstrap interval over the
//! samples of both runs, as for single figures, widened for few trials. A
//! figure is `faster` or `slower` only when the whole interval lies beyond the
//! practical band, and `equivalent` only when it lies inside; all else is
//! `unclear`, with the trials that would tell. Where two runs took turns, the
//! interval is Student's over their blocks of A B B A.

mod blocks;
mod difference;
mod figure;
mod key;
mod observe;
mod obstacle;
mod pair;
mod ratio;
mod rule;
mod runs;
mod small;
mod turns;
mod verdict;

#[cfg(test)]
mod simulate;
#[cfg(test)]
mod tests;

pub use blocks::{BLOCKS_NEEDED, block_ratio};
pub use difference::Difference;
pub use figure::Figure;
pub use key::Key;
pub use obstacle::{Obstacle, before};
pub use pair::{Overall, Pair, Tally, WorkloadPair};
pub use ratio::{RatioInterval, median_ratio, rate_ratio};
pub use rule::{Direction, Rule, rule};
pub use runs::{Comparison, Options, Run, RunLabel, change_of, compare, series};
pub(crate) use small::student_975;
pub use turns::{IN_TURN_WITH, took_turns};
pub use verdict::{Verdict, judge, more_trials};
