//! Whether anything may leave this machine.
//!
//! | | the answer |
//! |---|---|
//! | `--local` or `--no-upload` | no, whatever else was said |
//! | no key and no `--upload` | no |
//! | where programs build and test (`CI=true` and the like), without `--upload` | no |
//! | `--yes` or `--upload` | yes |
//! | a terminal | the user is asked |
//! | else | no |

use std::ffi::OsString;

/// What the user said and where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consent {
    /// `--local` or `--no-upload`.
    pub keep_here: bool,
    /// A key for the server is at hand.
    pub key: bool,
    /// `--upload`.
    pub upload: bool,
    /// `--yes`.
    pub yes: bool,
    /// Nobody watches: a machine that builds and tests.
    pub ci: bool,
    /// Somebody can be asked.
    pub terminal: bool,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It may be sent.
    Send,
    /// It may be sent if the user says yes.
    Ask,
    /// It stays here.
    Withhold(Withheld),
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The user asked for it.
    #[error("--local or --no-upload keeps it here")]
    KeptHere,
    /// There is no key, and `--upload` was not said.
    #[error("there is no key for the server")]
    NoKey,
    /// A machine that builds and tests shares by accident.
    #[error("this is a CI job")]
    Ci,
    /// Nobody agreed, and there is no terminal to ask on.
    #[error("nobody agreed, and there is no terminal to ask on")]
    NobodyToAsk,
    /// The user was asked and did not say yes.
    #[error("it was not agreed to")]
    Declined,
}

/// Decides by the table above.
pub fn consent(said: &Consent) -> Answer {
    match said {
        Consent { keep_here: true, .. } => Answer::Withhold(Withheld::KeptHere),
        Consent { upload: true, .. } => Answer::Send,
        Consent { key: false, .. } => Answer::Withhold(Withheld::NoKey),
        Consent { ci: true, .. } => Answer::Withhold(Withheld::Ci),
        Consent { yes: true, .. } => Answer::Send,
        Consent { terminal: true, .. } => Answer::Ask,
        _ => Answer::Withhold(Withheld::NobodyToAsk),
    }
}

/// Variables that services which build and test set, with any value or `true`.
const CI: &[&str] = &["CI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"];
/// The same for services that do not set `CI`.
const SERVICES: &[&str] = &["JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE", "CODEBUILD_BUILD_ID"];

/// Whether this is a machine that builds and tests, by its environment.
pub fn in_ci(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let says = |name: &&str| {
        variable(name).is_some_and(|value| {
            let no = ["", "0", "false", "no"];
            !no.iter().any(|word| value.eq_ignore_ascii_case(word))
        })
    };
    CI.iter().chain(SERVICES).any(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> impl Iterator<Item = Consent> {
        (0u8..64).map(|bits| {
            let bit = |n: u8| bits >> n & 1 == 1;
            Consent {
                keep_here: bit(0),
                key: bit(1),
                upload: bit(2),
                yes: bit(3),
                ci: bit(4),
                terminal: bit(5),
            }
        })
    }

    /// S0.2, S0.7, S4.110, T6.
    #[test]
    fn nothing_is_sent_that_nobody_asked_for() {
        for said in every() {
            let answer = consent(&said);
            if said.keep_here {
                assert_eq!(answer, Answer::Withhold(Withheld::KeptHere));
            }
            if answer == Answer::Send {
                assert!(said.upload || (said.yes && said.key && !said.ci), "{said:?}");
            }
            if answer == Answer::Ask {
                assert!(said.terminal && said.key && !said.ci, "{said:?}");
            }
        }
    }

    #[test]
    fn each_reason_is_given() {
        let key = Consent { key: true, ..Consent::default() };
        for (said, want) in [
            (Consent::default(), Answer::Withhold(Withheld::NoKey)),
            (key, Answer::Withhold(Withheld::NobodyToAsk)),
            (Consent { ci: true, yes: true, ..key }, Answer::Withhold(Withheld::Ci)),
            (Consent { ci: true, upload: true, ..key }, Answer::Send),
            (Consent { terminal: true, ..key }, Answer::Ask),
            (Consent { yes: true, ..key }, Answer::Send),
            (Consent { upload: true, ..Consent::default() }, Answer::Send),
        ] {
            assert_eq!(consent(&said), want, "{said:?}");
        }
    }

    #[test]
    fn ci_is_known_by_its_variables() {
        let with = |name: &'static str, value: &'static str| {
            in_ci(move |asked| (asked == name).then(|| value.into()))
        };
        assert!(with("CI", "true") && with("CI", "1") && with("JENKINS_URL", "http://x"));
        assert!(!with("CI", "false") && !with("CI", "") && !with("CI", "0") && !with("HOME", "/"));
    }
}
