//! Asking the user on the terminal.

use std::io::{IsTerminal as _, stderr, stdin};

use crate::printer;

/// What the user said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// `y` or `yes`.
    Yes,
    /// Anything else.
    No,
    /// There is no terminal to ask on.
    Nobody,
}

/// Whether there is a terminal to ask on.
pub(crate) fn somebody() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks a question that only `y` or `yes` answers with yes.
pub(crate) fn ask(question: &str) -> Said {
    if !somebody() {
        return Said::Nobody;
    }
    printer::talk(&format!("{question} [y/N]"));
    let mut answer = String::new();
    match stdin().read_line(&mut answer) {
        Ok(_) if is_yes(&answer) => Said::Yes,
        _ => Said::No,
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
