//! Asking the user what a plugin may have.

use super::AuthorError;
use crate::question::{self, Said};

/// Asks a question that only `y` or `yes` answers with yes.
///
/// # Errors
/// [`AuthorError::NobodyToAsk`] without a terminal, [`AuthorError::Declined`]
/// for every other answer.
pub(super) fn ask(question: &str) -> Result<(), AuthorError> {
    match question::ask(question) {
        Said::Yes => Ok(()),
        Said::No => Err(AuthorError::Declined),
        Said::Nobody => Err(AuthorError::NobodyToAsk),
    }
}
