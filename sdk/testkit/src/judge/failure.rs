//! Whether failures have the documented codes.

use tachograph_model::{Failure, SampleStatus};
use tachograph_net::WireCode;
use tachograph_session::TrialTurn;

use super::{Judge, told};
use crate::{
    Level,
    answer::{Carries, Channel},
    scenario::Wanted,
    server::Streamed,
};

/// What the host refuses of a turn.
const OF_THE_TURN: &[&str] = &[
    "frame-unknown",
    "frame-backwards",
    "delta-empty",
    "stale-turn",
    "stale-response",
    "turn-too-large",
    "bad-finish",
    "bad-meta",
    "meta-too-large",
];

/// How the sandbox ends a plugin.
const OF_THE_SANDBOX: &[&str] = &[
    "plugin-trap",
    "plugin-timeout",
    "out-of-memory",
    "stack-overflow",
    "return-too-large",
    "host-call-flood",
    "undeclared-access",
    "instance-poisoned",
];

/// What drivers say.
const OF_DRIVERS: &[&str] = &[
    "bad-request",
    "context-exceeded",
    "unauthorized",
    "not-found",
    "rate-limited",
    "loading",
    "server-error",
    "protocol",
    "not-this-backend",
    "unsupported",
    "empty-completion",
    "frame-too-large",
];

pub(super) fn of_the_turn(code: &str) -> bool {
    OF_THE_TURN.contains(&code)
}

/// Whether the sandbox ended the plugin with this code.
pub(crate) fn of_the_sandbox(code: &str) -> bool {
    OF_THE_SANDBOX.contains(&code)
}

/// Whether a code is in a table that users can look up.
pub(crate) fn documented(code: &str) -> bool {
    OF_DRIVERS.contains(&code) || WireCode::ALL.iter().any(|wire| wire.as_str() == code)
}

/// A turn that should fail.
pub(crate) fn fails(
    judge: &mut Judge,
    turn: &TrialTurn,
    streamed: Option<&Streamed>,
    wanted: &Wanted,
) {
    let failure = turn.record.failure.as_ref();
    judge.check(
        "fails",
        Level::Required,
        failure.is_some() && turn.sample.status == SampleStatus::Failed,
        "a failure",
        told(failure),
        "the driver reports an answer where there was none, or only a part of one",
    );
    let Some(failure) = failure else { return };
    let code = failure.code.as_str();
    judge.check(
        "code",
        if documented(code) { wanted.level } else { Level::Required },
        wanted.codes.contains(&code),
        wanted.codes.join(" or "),
        told(Some(failure)),
        match documented(code) {
            true => "the failure has the code of another one",
            false => "the failure has a code that no table knows",
        },
    );
    if wanted.codes.contains(&code) {
        details(judge, failure, wanted);
    }
    if wanted.pieces > 0 {
        let expected = before(streamed, wanted.pieces);
        let found = super::texts::text_of(turn, Channel::Content);
        judge.check(
            "partial-text",
            Level::Recommended,
            found.starts_with(expected.as_bytes()),
            super::texts::shown(expected.as_bytes()),
            super::texts::shown(&found),
            "what arrived before the fault was thrown away",
        );
    }
}

fn details(judge: &mut Judge, failure: &Failure, wanted: &Wanted) {
    if let Some(retryable) = wanted.retryable {
        judge.check(
            "retryable",
            Level::Required,
            failure.retryable == retryable,
            retryable.to_string(),
            failure.retryable.to_string(),
            "whether the same request may succeed later is told wrongly",
        );
    }
    let shown = |number: Option<u64>| match number {
        Some(number) => number.to_string(),
        None => "not stated".to_owned(),
    };
    if wanted.retry_after_ms.is_some() {
        judge.check(
            "retry-after",
            Level::Required,
            failure.retry_after_ms == wanted.retry_after_ms,
            format!("{} (in milliseconds)", shown(wanted.retry_after_ms)),
            shown(failure.retry_after_ms),
            "how long the server asks to wait is lost",
        );
    }
    if wanted.http_status.is_some() {
        judge.check(
            "http-status",
            Level::Recommended,
            failure.http_status == wanted.http_status,
            shown(wanted.http_status.map(u64::from)),
            shown(failure.http_status.map(u64::from)),
            "the status of the answer is lost",
        );
    }
}

/// The visible text of the first pieces of a stream.
fn before(streamed: Option<&Streamed>, pieces: usize) -> String {
    let messages = streamed.map(|streamed| streamed.rendered.messages.as_slice());
    let carrying = messages
        .unwrap_or_default()
        .iter()
        .filter(|message| message.carries == Carries::Text)
        .take(pieces)
        .filter_map(|message| message.text.as_ref());
    carrying
        .filter(|(channel, _)| *channel == Channel::Content)
        .map(|(_, text)| text.as_str())
        .collect()
}
