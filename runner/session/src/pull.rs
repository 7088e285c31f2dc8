//! How a model gets to a backend: by the backend's own program.

use std::path::PathBuf;

use tachograph_model::Name;
use tachograph_trust::VerifiedSuite;

use crate::{
    SessionError,
    candidate::Candidate,
    detect::{names, unknown},
    launch::find_program,
};

/// A command that fetches a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullPlan {
    /// The driver whose manifest says so.
    pub driver: Name,
    /// The program's name.
    pub name: String,
    /// Where it is, if it is in `PATH`.
    pub program: Option<PathBuf>,
    /// Its arguments, filled in.
    pub args: Vec<String>,
    /// Whether the host may run it; otherwise the user is told the command.
    pub run: bool,
}

impl PullPlan {
    /// The command as a person would type it.
    pub fn command(&self) -> String {
        let quoted = |word: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=".contains(c);
            match !word.is_empty() && word.chars().all(plain) {
                true => word.clone(),
                false => format!("'{}'", word.replace('\'', "'\\''")),
            }
        };
        std::iter::once(&self.name).chain(&self.args).map(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// The commands that fetch a model, those that can be run first.
///
/// # Errors
/// When a plugin cannot be read, or the user named an unknown backend.
pub fn pull_plans(
    suite: &VerifiedSuite,
    backend: Option<&str>,
    model: &str,
) -> Result<Vec<PullPlan>, SessionError> {
    let mut candidates = Candidate::of_suite(suite)?;
    if let Some(name) = backend {
        let known = names(&candidates);
        candidates.retain(|candidate| candidate.is_called(name));
        if candidates.is_empty() {
            return Err(unknown(name, known));
        }
    }
    let plan = |candidate: &Candidate| {
        let pull = candidate.manifest.pull.as_ref()?;
        Some(PullPlan {
            driver: candidate.name.clone(),
            name: pull.program.clone(),
            program: find_program(&pull.program, None),
            args: pull.args.iter().map(|arg| arg.replace("{model}", model)).collect(),
            run: pull.run,
        })
    };
    let mut plans: Vec<PullPlan> = candidates.iter().filter_map(plan).collect();
    plans.sort_by_key(|plan| !(plan.run && plan.program.is_some()));
    Ok(plans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let plan = PullPlan {
            driver: "vllm".parse().unwrap(),
            name: "hf".to_owned(),
            program: None,
            args: vec!["download".to_owned(), "a b; rm -rf 'x'".to_owned()],
            run: false,
        };
        assert_eq!(plan.command(), r"hf download 'a b; rm -rf '\''x'\'''");
    }
}
