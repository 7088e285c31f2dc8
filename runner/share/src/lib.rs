//! Giving a result to others, and keeping what others gave.
//!
//! | step | what |
//! |---|---|
//! | [`full`], [`anonymous`], [`submission`] | the three forms, as exact bytes |
//! | [`Scanner`] | what names the machine or its user, or opens a door, and where it stands |
//! | [`consent`] | whether anything may leave at all |
//! | [`submit`] | one request, once |
//! | [`read_rows`], [`doubts`], [`Imports`] | rows of others: read, checked against themselves, kept as claims |
//!
//! A tape is never shared: no function here takes one.

mod anonymous;
mod consent;
mod error;
mod full;
mod imports;
mod plausible;
mod rows;
mod scan;
mod shapes;
mod submission;
mod submit;

#[cfg(test)]
mod fixture;

pub use anonymous::anonymous;
pub use consent::{Answer, Consent, Withheld, consent, in_ci};
pub use error::ShareError;
pub use full::full;
pub use imports::{Imports, Kept};
pub use plausible::doubts;
pub use rows::{MAX_ROWS, MAX_ROWS_BYTES, Row, read_rows};
pub use scan::{Finding, Scanner};
pub use submission::{SubmissionOptions, submission};
pub use submit::{Accepted, submit};
