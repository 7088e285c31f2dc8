//! The report for people.

use crate::{Check, CheckStatus, Conformance, Level, Report};

impl Report {
    /// The report as text, wrapped at `width` columns (at least 40): one line a
    /// scenario, then each fault. No times, unless a time is the fault.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        let width = width.max(40);
        let mut text = String::new();
        let name = match self.plugin.is_empty() {
            true => "this file".to_owned(),
            false => format!("{} {}", self.plugin, self.version),
        };
        let against = match &self.dialect {
            Some(dialect) => format!(", tested against: {dialect}"),
            None => String::new(),
        };
        line(&mut text, &format!("{name}{against}"));
        line(&mut text, "");
        for (scenario, checks) in self.scenarios() {
            let (passed, failed, skipped) = counts(&checks);
            let word = match (worst(&checks), passed) {
                (Some(Level::Required), _) => "FAIL",
                (Some(Level::Recommended), _) => "warn",
                (None, 0) => "skip",
                (None, _) => "ok",
            };
            let mut told = match (passed, failed) {
                (0, 0) => checks.first().map(|check| check.message.clone()).unwrap_or_default(),
                (passed, 0) => plural(passed, "check"),
                (passed, failed) => {
                    format!("{failed} of {} failed", plural(passed + failed, "check"))
                }
            };
            if skipped > 0 && passed + failed > 0 {
                told.push_str(&format!(", {skipped} skipped"));
            }
            wrapped(&mut text, &format!("  {word:<5} {scenario:<22} "), &told, width);
        }
        for (check, scenarios) in self.faults() {
            line(&mut text, "");
            let weight = match check.level {
                Level::Required => "required",
                Level::Recommended => "recommended",
            };
            line(&mut text, &format!("{} ({weight})", check.id));
            wrapped(&mut text, "  fault     ", &check.message, width);
            if !check.expected.is_empty() {
                wrapped(&mut text, "  expected  ", &check.expected, width);
                wrapped(&mut text, "  found     ", &check.found, width);
            }
            if !scenarios.is_empty() {
                wrapped(&mut text, "  also in   ", &scenarios.join(", "), width);
            }
        }
        line(&mut text, "");
        line(&mut text, &self.verdict());
        let left = self.not_tested();
        if !left.is_empty() {
            wrapped(&mut text, "not tested by this script: ", &left.join(", "), width);
        }
        text
    }

    fn verdict(&self) -> String {
        let (passed, failed, _) = counts(&self.checks.iter().collect::<Vec<_>>());
        let all = passed + failed;
        match self.conformance {
            Conformance::Full => format!("conformance: full ({})", plural(all, "check")),
            Conformance::Basic => {
                format!(
                    "conformance: basic ({failed} recommended of {} failed)",
                    plural(all, "check")
                )
            }
            Conformance::None => {
                format!("conformance: none ({failed} of {} failed)", plural(all, "check"))
            }
        }
    }

    /// The failures, each with the further scenarios that the same check fails in.
    fn faults(&self) -> Vec<(&Check, Vec<&str>)> {
        let mut faults: Vec<(&Check, Vec<&str>)> = Vec::new();
        for check in self.failures() {
            let (scenario, name) = check.split();
            let same = |known: &&mut (&Check, Vec<&str>)| {
                known.0.split().1 == name && known.0.level == check.level
            };
            match faults.iter_mut().find(same) {
                Some((_, scenarios)) => scenarios.push(scenario),
                None => faults.push((check, Vec::new())),
            }
        }
        faults
    }

    /// The checks by scenario, in order.
    fn scenarios(&self) -> Vec<(&str, Vec<&Check>)> {
        let mut scenarios: Vec<(&str, Vec<&Check>)> = Vec::new();
        for check in &self.checks {
            let (scenario, _) = check.split();
            match scenarios.iter_mut().find(|(known, _)| *known == scenario) {
                Some((_, checks)) => checks.push(check),
                None => scenarios.push((scenario, vec![check])),
            }
        }
        scenarios
    }
}

fn counts(checks: &[&Check]) -> (usize, usize, usize) {
    let of = |status| checks.iter().filter(|check| check.status == status).count();
    (of(CheckStatus::Passed), of(CheckStatus::Failed), of(CheckStatus::Skipped))
}

/// The weight of the heaviest failure.
fn worst(checks: &[&Check]) -> Option<Level> {
    let failed = checks.iter().filter(|check| check.status == CheckStatus::Failed);
    failed.map(|check| check.level).min()
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Adds words after a label; further lines are indented as far.
fn wrapped(text: &mut String, label: &str, words: &str, width: usize) {
    let indent = " ".repeat(label.chars().count());
    let mut current = label.to_owned();
    let mut fresh = true;
    for word in words.split_whitespace() {
        let long = current.chars().count() + 1 + word.chars().count() > width;
        if long && !fresh {
            line(text, &current);
            current.clone_from(&indent);
            fresh = true;
        }
        if !fresh {
            current.push(' ');
        }
        current.push_str(word);
        fresh = false;
    }
    line(text, &current);
}

#[cfg(test)]
mod tests {
    use crate::{Check, CheckStatus, Conformance, Level, Report};

    fn check(id: &str, level: Level, status: CheckStatus) -> Check {
        Check {
            id: id.to_owned(),
            level,
            status,
            expected: "eight frames with tokens, each of them named once and in order".to_owned(),
            found: "7 frames".to_owned(),
            message: match status {
                CheckStatus::Passed => String::new(),
                CheckStatus::Failed => "a delta was dropped: a frame with text was not counted, \
                                        and its time is lost with it"
                    .to_owned(),
                CheckStatus::Skipped => "a script has no tools".to_owned(),
            },
        }
    }

    fn report(checks: Vec<Check>) -> Report {
        Report::new("my-server", "0.1.0", Some("script".to_owned()), checks)
    }

    #[test]
    fn faults_are_named_once() {
        use CheckStatus::{Failed, Passed, Skipped};
        use Level::{Recommended, Required};
        let report = report(vec![
            check("component/loads", Required, Passed),
            check("plain/frames", Required, Failed),
            check("plain/content", Required, Passed),
            check("crlf/frames", Required, Failed),
            check("cut-off/partial-text", Recommended, Failed),
            check("cut-off/code", Required, Passed),
            check("tool-call/scenario", Required, Skipped),
        ]);
        assert_eq!((report.passed(), report.level()), (false, Conformance::None));
        insta::assert_snapshot!(report.to_text(60), @r"
        my-server 0.1.0, tested against: script

          ok    component              1 check
          FAIL  plain                  1 of 2 checks failed
          FAIL  crlf                   1 of 1 check failed
          warn  cut-off                1 of 2 checks failed
          skip  tool-call              a script has no tools

        plain/frames (required)
          fault     a delta was dropped: a frame with text was not
                    counted, and its time is lost with it
          expected  eight frames with tokens, each of them named
                    once and in order
          found     7 frames
          also in   crlf

        cut-off/partial-text (recommended)
          fault     a delta was dropped: a frame with text was not
                    counted, and its time is lost with it
          expected  eight frames with tokens, each of them named
                    once and in order
          found     7 frames

        conformance: none (3 of 6 checks failed)
        not tested by this script: tool-call
        ");
    }

    #[test]
    fn a_recommended_failure_leaves_the_basics() {
        use CheckStatus::{Failed, Passed};
        let report = report(vec![
            check("plain/frames", Level::Required, Passed),
            check("plain/prompt-tokens", Level::Recommended, Failed),
        ]);
        assert_eq!((report.passed(), report.level()), (true, Conformance::Basic));
        let again: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        assert_eq!(again, report);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let failed = check("plain/frames", Level::Required, CheckStatus::Failed);
        for width in [40, 60, 80] {
            let text = report(vec![failed.clone()]).to_text(width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        }
    }
}
