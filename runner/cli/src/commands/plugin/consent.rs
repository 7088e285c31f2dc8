//! Asking the user on the terminal.

use std::io::{IsTerminal as _, stderr, stdin};

use super::AuthorError;
use crate::printer;

/// Asks a question that only `y` or `yes` answers with yes.
///
/// # Errors
/// [`AuthorError::NobodyToAsk`] without a terminal, [`AuthorError::Declined`]
/// for every other answer.
pub(super) fn ask(question: &str) -> Result<(), AuthorError> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(AuthorError::NobodyToAsk);
    }
    printer::talk(&format!("{question} [y/N]"));
    let mut answer = String::new();
    match stdin().read_line(&mut answer) {
        Ok(_) if is_yes(&answer) => Ok(()),
        _ => Err(AuthorError::Declined),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes(" YES \n"));
        assert!(!is_yes("") && !is_yes("\n") && !is_yes("yep") && !is_yes("n"));
    }
}
