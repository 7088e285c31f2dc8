//! Holds what the host measured through a driver against what was sent.

mod counts;
mod failure;
mod place;
mod texts;

use tachograph_model::SampleStatus;
use tachograph_session::TrialTurn;

use crate::{
    Check, CheckStatus, Level,
    answer::Channel,
    server::{Asked, Streamed},
};

pub(crate) use failure::{documented, fails, of_the_sandbox};

/// Collects the checks of one scenario.
#[derive(Debug)]
pub(crate) struct Judge {
    scenario: String,
    pub(crate) checks: Vec<Check>,
}

impl Judge {
    pub(crate) fn new(scenario: &str) -> Self {
        Self { scenario: scenario.to_owned(), checks: Vec::new() }
    }

    /// Adds a check; `message` names the fault when it failed.
    pub(crate) fn check(
        &mut self,
        id: &str,
        level: Level,
        passed: bool,
        expected: impl Into<String>,
        found: impl Into<String>,
        message: impl Into<String>,
    ) {
        let status = if passed { CheckStatus::Passed } else { CheckStatus::Failed };
        self.checks.push(Check {
            id: format!("{}/{id}", self.scenario),
            level,
            status,
            expected: expected.into(),
            found: found.into(),
            message: if passed { String::new() } else { message.into() },
        });
    }

    /// Adds a check that was not made.
    pub(crate) fn skip(&mut self, id: &str, level: Level, reason: impl Into<String>) {
        self.checks.push(Check {
            id: format!("{}/{id}", self.scenario),
            level,
            status: CheckStatus::Skipped,
            expected: String::new(),
            found: String::new(),
            message: reason.into(),
        });
    }

    /// A turn that should be the whole answer.
    pub(crate) fn answer(&mut self, turn: &TrialTurn, streamed: Option<&Streamed>, timed: bool) {
        let answered = turn.sample.status == SampleStatus::Ok;
        if !self.answered(turn, streamed.is_some()) {
            return;
        }
        let Some(streamed) = streamed.filter(|_| answered) else { return };
        self.texts(turn, streamed);
        self.places(turn, streamed);
        if timed {
            self.first_token_time(turn, streamed);
        }
        self.counts(turn, streamed);
        self.finish(turn, streamed);
        self.tool_call(turn, streamed);
        self.server_timing(turn, streamed);
    }

    /// Whether the request was answered at all, and by the rules of the turn.
    fn answered(&mut self, turn: &TrialTurn, streamed: bool) -> bool {
        let failure = turn.record.failure.as_ref();
        let refused = failure.filter(|failure| failure::of_the_turn(&failure.code));
        let fault = match refused.map(|failure| failure.code.as_str()) {
            Some("frame-unknown") => "the driver named a frame that never arrived: a forged id",
            Some("frame-backwards") => "the driver named its frames out of order",
            Some("delta-empty") => {
                "the driver counted a frame that brings neither text nor tokens, such as the role \
                 of an answer, as generated"
            }
            Some(_) => "the host refused what the driver said of its turn",
            None => "",
        };
        self.check(
            "turn-calls",
            Level::Required,
            refused.is_none(),
            "every call of the turn is accepted",
            told(refused),
            fault,
        );
        if refused.is_some() {
            return false;
        }
        let sample = &turn.sample;
        self.check(
            "answered",
            Level::Required,
            sample.status == SampleStatus::Ok && streamed,
            "the request is answered",
            match streamed {
                true => told(sample.error.as_ref()),
                false => format!(
                    "no request reached a route that generates; {}",
                    told(sample.error.as_ref())
                ),
            },
            "an answer without faults was not read to its end",
        );
        sample.status == SampleStatus::Ok && streamed
    }

    /// Two turns that should be the same.
    pub(crate) fn same(&mut self, one: &TrialTurn, other: &TrialTurn) {
        let said = |turn: &TrialTurn| -> Vec<_> {
            turn.record
                .deltas
                .iter()
                .map(|delta| (delta.channel, delta.text.clone(), delta.tokens))
                .collect()
        };
        let first = turn_summary(one);
        self.check(
            "attribution",
            Level::Required,
            said(one) == said(other)
                && one.sample.tokens == other.sample.tokens
                && one.sample.finish == other.sample.finish,
            first,
            turn_summary(other),
            "the same bytes were attributed differently the second time: the driver keeps state \
             between requests",
        );
    }

    /// A turn without a token.
    pub(crate) fn empty(&mut self, turn: &TrialTurn) {
        let deltas = turn.record.deltas.len();
        self.check(
            "no-tokens",
            Level::Required,
            deltas == 0,
            "no delta",
            format!("{deltas} deltas"),
            "tokens were reported of an answer that has none",
        );
        let code = turn.sample.error.as_ref().map(|error| error.code.as_str());
        self.check(
            "code",
            Level::Required,
            matches!(code, Some("empty-completion" | "protocol")),
            "empty-completion",
            told(turn.sample.error.as_ref()),
            "an answer without a token must not count as answered",
        );
    }

    /// The prompt and the length have to reach the server.
    pub(crate) fn request(&mut self, asked: &[Asked], marker: &str, max_tokens: u32) {
        let holds = |needle: &str| {
            asked.iter().any(|asked| {
                asked.body.windows(needle.len()).any(|window| window == needle.as_bytes())
            })
        };
        self.check(
            "prompt-sent",
            Level::Required,
            holds(marker),
            format!("a request with `{marker}`"),
            if holds(marker) { "found" } else { "no request holds it" },
            "the prompt did not reach the server",
        );
        let length = max_tokens.to_string();
        self.check(
            "length-sent",
            Level::Recommended,
            holds(&length),
            format!("a request with the number {length}"),
            if holds(&length) { "found" } else { "no request holds it" },
            "the number of tokens asked for did not reach the server",
        );
    }
}

/// A failure in one line.
pub(crate) fn told(failure: Option<&tachograph_model::Failure>) -> String {
    match failure {
        Some(failure) => format!("{}: {}", failure.code, failure.message),
        None => "no failure".to_owned(),
    }
}

fn turn_summary(turn: &TrialTurn) -> String {
    let deltas = turn.record.deltas.len();
    let bytes: usize = turn.record.deltas.iter().map(|delta| delta.text.len()).sum();
    let tokens = match turn.sample.tokens.output {
        Some(tokens) => tokens.to_string(),
        None => "no".to_owned(),
    };
    format!("{deltas} deltas, {bytes} bytes of text, {tokens} output tokens")
}

/// The kit's name of a channel of the sandbox; `None` for what is neither.
fn channel_of(channel: tachograph_sandbox::Channel) -> Option<Channel> {
    match channel {
        tachograph_sandbox::Channel::Content => Some(Channel::Content),
        tachograph_sandbox::Channel::Reasoning => Some(Channel::Reasoning),
        tachograph_sandbox::Channel::Tool => Some(Channel::Tool),
        tachograph_sandbox::Channel::Other => None,
    }
}
